"""Handles news of a conversation's ticket, its Slack channel and its deleted lines."""

from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.handoff import human_agents
from bot.turn.stages import rating
from bot.turn.stages.authors import without_codes
from bot.turn.turn_context import Incoming


async def ticket_changed(incoming: Incoming) -> TurnResult:
    """Follow the ticket's fields; where people have solved it, the customer is asked how it was."""
    before = incoming.conversation
    change = human_agents.follow_ticket(before, incoming.first)
    if incoming.policy.timers.ask_rating:
        change = rating.ask(before, change, incoming.first)
    return results.followed(incoming.waiting, change)


async def line_deleted(incoming: Incoming) -> TurnResult:
    """Tell people who have it that a line is gone."""
    change = human_agents.line_deleted(incoming.conversation, without_codes(incoming.first))
    return results.followed(incoming.waiting, change)


async def channel_changed(incoming: Incoming) -> TurnResult:
    """Go on in the channel's new place, or be over with it."""
    change = human_agents.place_changed(incoming.conversation, incoming.first)
    return results.followed(incoming.waiting, change)


async def nothing_to_do(incoming: Incoming) -> TurnResult:
    """Take the message in: what it stands for was done before the turn began."""
    return TurnResult(incoming.conversation, len(incoming.lines))
