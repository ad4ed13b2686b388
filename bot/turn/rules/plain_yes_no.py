"""Settles the one action that waits for the customer's plain yes or no."""

from dataclasses import dataclass

from bot.desk.policy.phrases import is_no, is_yes
from bot.domain.capabilities import capabilities_of
from bot.domain.events import InboundMessage
from bot.domain.proposals import Proposal, Stage
from bot.turn import results
from bot.turn.autonomy import trial
from bot.turn.context import TurnResult
from bot.turn.stages.edits import is_edit
from bot.turn.turn_context import TurnContext


@dataclass(frozen=True)
class Answered:
    """A plain yes or no to the one action that waits for it."""

    proposal: Proposal
    yes: bool


async def settle(ctx: TurnContext) -> TurnResult | None:
    """Move the offer on by its author's yes or no."""
    said = plain_answer(ctx)
    if said is None:
        return None
    if said.yes and (handed := await trial.instead_of_commit(ctx, said.proposal)):
        return handed
    step = await ctx.deps.actions.said(ctx.waiting, ctx.asked, said.proposal, yes=said.yes)
    return results.stepped(ctx.desk, ctx.waiting, ctx.asked, step)


def plain_answer(ctx: TurnContext) -> Answered | None:
    """Return the author's plain yes or no, None where it is none or nothing, or more than one thing, waits for it.

    It counts for what its author was offered, after the offer had reached them, and as the whole message.
    """
    if is_edit(ctx.lines):
        return None
    reasons = ctx.own_proposals(Stage.REASON)
    offered = ctx.own_proposals(Stage.OFFERED)
    if len(offered) + len(reasons) != 1:
        return None
    if reasons:
        return Answered(reasons[0], yes=False) if is_no(ctx.text, ctx.policy.languages) else None
    if ctx.has_files or not _has_reached(ctx, offered[0]):
        return None
    if is_yes(ctx.text, ctx.policy.languages):
        return Answered(offered[0], yes=True)
    return Answered(offered[0], yes=False) if is_no(ctx.text, ctx.policy.languages) else None


def _has_reached(ctx: TurnContext, offer: Proposal) -> bool:
    """Whether the offer was delivered before any of the lines was written."""
    shown = ctx.conversation.facts.shown(offer.id)
    return shown is not None and all(_came_after(line, shown.at) for line in ctx.lines)


def _came_after(message: InboundMessage, delivered_at: float) -> bool:
    step = capabilities_of(message.surface).clock_resolution
    return message.at >= (delivered_at - delivered_at % step if step else delivered_at)
