"""Answers nothing where the desk, or the brake, says so for certain; who asks for people gets them all the same."""

from bot.domain.autonomy import Mode
from bot.turn.context import TurnResult
from bot.turn.rules import escalation_words
from bot.turn.turn_context import TurnContext


async def keep(ctx: TurnContext) -> TurnResult | None:
    """Keep the words and say nothing, before a model, an offer or a one-time code is asked for."""
    plan = ctx.asked.requester.plan
    if await ctx.deps.dial.foreseen(ctx.conversation, plan) is not Mode.SILENT:
        return None
    return await escalation_words.escalate(ctx) or ctx.silent("silent")
