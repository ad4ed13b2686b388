"""Escalates at once on words that the desk's own rules name, and on other words for a wish to talk to a person."""

from bot.desk.policy.policy import human_wish, matches_escalation, named
from bot.desk.policy.sections import Rule
from bot.domain.handoffs import HandoffRequest
from bot.mail.own_words import own_words
from bot.turn.context import TurnResult
from bot.turn.input_checks.signs import HUMAN_WISH
from bot.turn.rules import room
from bot.turn.turn_context import TurnContext


async def escalate(ctx: TurnContext) -> TurnResult | None:
    """Bring people where a rule of `desk.yml` finds its words, or where a line surely means to ask for a person."""
    rule = matches_escalation(ctx.policy, ctx.text) or await _meant(ctx)
    if rule is None:
        return None
    request = HandoffRequest(rule.reason, rule.priority, rule.topic, rule=named(rule))
    return await room.refuse(ctx) or await ctx.escalate(request)


async def _meant(ctx: TurnContext) -> Rule | None:
    rule, signs = human_wish(ctx.policy), ctx.deps.signs
    if rule is None or signs is None:
        return None
    return rule if await signs.shows(HUMAN_WISH, own_words(ctx.text)) else None
