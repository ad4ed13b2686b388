"""Applies the screen (`stages/screen.py`): foreign topics, attacks and abuse get fixed words, or people."""

from bot.domain.changed import replace
from bot.turn.context import TurnResult
from bot.turn.input_checks import sentiment
from bot.turn.stages.screen import LEFT_OUT, ScreenFinding
from bot.turn.texts import spoken_to
from bot.turn.turn_context import TurnContext


async def look(ctx: TurnContext) -> TurnResult | TurnContext:
    """Screen the words; those that pass go on with what was found: language, lane and how the customer feels."""
    found = await ctx.deps.screen.look(ctx.asked.words, ctx.conversation)
    ctx = _with_finding(ctx, found)
    if found.request:
        return await ctx.escalate(found.request)
    if found.answer:
        return ctx.reply(found.answer, found.verdict)
    return ctx


def _with_finding(ctx: TurnContext, found: ScreenFinding) -> TurnContext:
    before = ctx.conversation
    felt = sentiment.sentiment_of(ctx.asked.words) if found.sentiment is None else found.sentiment
    after = replace(
        before,
        language=found.language,
        spoken=spoken_to(found.language, ctx.policy.languages),
        warned=before.warned or found.verdict == "abuse",
        sentiments=(*before.sentiments, felt)[-sentiment.KEPT :],
    )
    asked = replace(ctx.asked, kept=LEFT_OUT) if found.verdict == "injection" else ctx.asked
    return replace(ctx.with_conversation(after), asked=asked, lane=found.lane)
