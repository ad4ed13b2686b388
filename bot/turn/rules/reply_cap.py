"""Escalates after too many automatic replies in a short time, so that two machines cannot loop."""

from bot.domain.handoffs import HandoffRequest, Reason
from bot.turn.context import TurnResult
from bot.turn.results import recent_replies
from bot.turn.rules import room
from bot.turn.turn_context import TurnContext

REASON = "too many automatic replies in a short time"


async def escalate(ctx: TurnContext) -> TurnResult | None:
    """Bring people where the bot has replied as often as the desk lets it."""
    replies = recent_replies(ctx.conversation, ctx.policy, ctx.now)
    if len(replies) < ctx.policy.reply_cap.replies:
        return None
    return await room.refuse(ctx) or await ctx.escalate(HandoffRequest(REASON, rule=Reason.CAP))
