"""Takes the customer's own reason for an action that they have said yes to."""

from typing import assert_never

from bot.domain.proposals import Stage
from bot.turn import results
from bot.turn.actions.reasons import Given, given
from bot.turn.autonomy import trial
from bot.turn.context import TurnResult
from bot.turn.stages.edits import is_edit
from bot.turn.turn_context import TurnContext


async def take(ctx: TurnContext) -> TurnResult | None:
    """Take the reason that the author was asked for; where it may be something else, their yes decides again."""
    waiting = ctx.own_proposals(Stage.REASON)
    if len(waiting) != 1 or is_edit(ctx.lines):
        return None
    proposal = waiting[0]
    found = given(ctx.text, f"{proposal.subject} {proposal.summary}")
    match found:
        case Given.NO:
            return None
        case Given.REASON | Given.UNSURE:
            is_sure = found is Given.REASON
        case _:
            assert_never(found)
    if handed := await trial.instead_of_commit(ctx, proposal):
        return handed
    step = await ctx.deps.actions.documented(ctx.waiting, ctx.asked, proposal, sure=is_sure)
    return results.stepped(ctx.desk, ctx.waiting, ctx.asked, step)
