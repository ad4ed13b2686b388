"""Handles news of a conversation's ticket, its Slack channel and its deleted lines."""

from bot.domain.events import ChannelGone, ChannelMoved, TicketDeleted, TicketUpdated
from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.handoff import human_agents
from bot.turn.identity.authors import without_codes
from bot.turn.ratings import rating
from bot.turn.turn_context import Incoming


async def ticket_changed(incoming: Incoming) -> TurnResult:
    """Follow the ticket's fields; where people have solved it, the customer is asked how it was."""
    before = incoming.conversation
    news = incoming.only(TicketUpdated)
    change = human_agents.follow_ticket(before, news)
    if incoming.policy.timers.ask_rating:
        change = rating.ask(before, change, news, incoming.deps.rating_links)
    return results.followed(incoming.waiting, change)


async def ticket_gone(incoming: Incoming) -> TurnResult:
    """Go on without the ticket."""
    change = human_agents.ticket_gone(incoming.conversation, incoming.only(TicketDeleted))
    return results.followed(incoming.waiting, change)


async def line_deleted(incoming: Incoming) -> TurnResult:
    """Tell people who have it that a line is gone."""
    change = human_agents.line_deleted(incoming.conversation, without_codes(incoming.first))
    return results.followed(incoming.waiting, change)


async def channel_moved(incoming: Incoming) -> TurnResult:
    """Go on in the channel's new place."""
    change = human_agents.channel_moved(incoming.conversation, incoming.only(ChannelMoved))
    return results.followed(incoming.waiting, change)


async def channel_gone(incoming: Incoming) -> TurnResult:
    """Be over with the channel."""
    change = human_agents.channel_gone(incoming.conversation, incoming.only(ChannelGone))
    return results.followed(incoming.waiting, change)


async def nothing_to_do(incoming: Incoming) -> TurnResult:
    """Take the message in: what it stands for was done before the turn began."""
    return TurnResult(incoming.conversation, len(incoming.lines))
