"""Refuses a line that is too long, kindly and without a model."""

from bot.turn import results
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnContext


async def refuse(ctx: TurnContext) -> TurnResult | None:
    """Ask for the important part where any line is longer than the limit."""
    longest = ctx.limits.longest
    if all(len(line.text) <= longest for line in ctx.lines):
        return None
    return results.refused(ctx.desk, ctx.waiting, ctx.asked, longest)
