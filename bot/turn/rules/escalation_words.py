"""Escalates at once on words that the desk's own rules name."""

from bot.desk.policy.policy import matches_escalation
from bot.turn.context import TurnResult
from bot.turn.handoff.request import HandoffRequest
from bot.turn.rules import room
from bot.turn.turn_context import TurnContext


async def escalate(ctx: TurnContext) -> TurnResult | None:
    """Bring people where a rule of `desk.yml` finds its words."""
    rule = matches_escalation(ctx.policy, ctx.text)
    if rule is None:
        return None
    request = HandoffRequest(rule.reason, rule.priority, rule.topic)
    return await room.refuse(ctx) or await ctx.escalate(request)
