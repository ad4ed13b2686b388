"""Escalates after so many answers without a thanks."""

from bot.domain.handoffs import HandoffRequest, Reason
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnContext


async def escalate(ctx: TurnContext) -> TurnResult | None:
    """Bring people where the bot has answered as often as the desk lets it without settling the matter."""
    answers = ctx.conversation.unresolved
    if answers < ctx.policy.escalation.unresolved_turns:
        return None
    return await ctx.escalate(HandoffRequest(f"unresolved after {answers} answers", rule=Reason.UNRESOLVED))
