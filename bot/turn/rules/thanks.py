"""Ends a conversation on a plain thanks: nothing is left to answer."""

from bot.desk.policy.policy import is_plain_thanks
from bot.domain.capabilities import capabilities_of, desk_user
from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.proposals import Stage
from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnContext


async def solve_ticket(ctx: TurnContext) -> TurnResult | None:
    """Solve a ticket by its requester's thanks; people in copy solve nothing by theirs."""
    if not capabilities_of(ctx.conversation.id).is_ticket or not is_thanks(ctx):
        return None
    if not is_requester(ctx.conversation, ctx.lines[0]):
        return ctx.silent("thanks of somebody else")
    return results.thanked(ctx.desk, ctx.waiting, ctx.asked)


async def welcome(ctx: TurnContext) -> TurnResult | None:
    """Say that the customer is welcome, without a model."""
    if not is_thanks(ctx):
        return None
    return results.thanked(ctx.desk, ctx.waiting, ctx.asked)


def is_thanks(ctx: TurnContext) -> bool:
    """Return whether the words are nothing but thanks, which ends nothing while an offer waits for its author."""
    if ctx.conversation.facts.unsent:
        return False  # who thanks while the answer was on its way is still to get it
    if not ctx.conversation.turns or ctx.has_files or not is_plain_thanks(ctx.policy, ctx.text):
        return False
    return not (ctx.own_proposals(Stage.OFFERED) or ctx.own_proposals(Stage.REASON))


def is_requester(conversation: Conversation, line: InboundMessage) -> bool:
    """Return whether the line is of whom the ticket is for; people in copy are other people."""
    ticket = conversation.ticket
    return ticket is None or not ticket.requester_id or desk_user(line.author.id) == ticket.requester_id
