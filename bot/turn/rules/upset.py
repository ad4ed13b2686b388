"""Escalates for a customer who is upset, or asks the same again and again."""

from bot.turn.context import TurnResult
from bot.turn.input_checks import sentiment
from bot.turn.turn_context import TurnContext


async def escalate(ctx: TurnContext) -> TurnResult | None:
    """Bring people where the signs are bad; it reads the sentiment that the screen has found."""
    author = ctx.asked.requester.author.id
    rules = ctx.policy.escalation
    request = sentiment.asks_for_human(ctx.conversation, ctx.asked.words, author, ctx.waiting.history, rules)
    return await ctx.escalate(request) if request else None
