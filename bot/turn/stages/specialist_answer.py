"""Makes a turn's result of a specialist's run (`answer.py`): sent, identity first, in a DM, or people."""

from collections.abc import Sequence
from functools import partial

import structlog

from bot.desk.actions.offers import OfferCall
from bot.desk.tools.tool_context import ToolContext
from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.errors import AgentError
from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.models.faults import TOLD, Why, fields_of
from bot.domain.transcript import Role
from bot.turn import results
from bot.turn.actions.proposals import show
from bot.turn.agent.cancellation import Stopped
from bot.turn.agent.model_cost import Overspent
from bot.turn.agent.runner import Run, was_withheld
from bot.turn.audit import AuditHooks
from bot.turn.autonomy import trial
from bot.turn.context import TurnResult, spoken
from bot.turn.identity import one_time_codes, proving
from bot.turn.stages.desk_context import keeping
from bot.turn.turn_context import TurnContext

COPIED = "personal data was asked for, and people of another organisation are in copy"

log = structlog.get_logger(__name__)


async def answer(ctx: TurnContext) -> TurnResult:
    """Let the specialist answer, and whoever it transfers to; the audit hears of what they did."""
    watch = AuditHooks()
    outcome = await _answered(ctx, watch)
    return replace(outcome, events=(*watch.events, *outcome.events))


async def _answered(ctx: TurnContext, watch: AuditHooks) -> TurnResult:
    preview = ctx.preview
    # The rules before have found out more of language and plan; what they did not know decides no word.
    preview.show_while(partial(ctx.deps.dial.is_surely_public, ctx.conversation))
    try:
        run, context = await ctx.deps.answering.run(ctx.waiting, ctx.asked, preview, ctx.lane, watch)
    except Stopped:
        return results.stopped(ctx.desk, ctx.waiting, ctx.asked, preview.ref)
    except AgentError as error:
        return await _failed(ctx, error)

    conversation = keeping(replace(ctx.conversation, specialist=run.specialist), ctx.asked, context.kept)
    ctx = ctx.with_conversation(conversation)

    if (handed := await trial.instead_of_offers(ctx, run, context.offers)) is not None:
        return handed
    if run.request:
        return await ctx.escalate(run.request, "model", entries=run.entries, preview=preview.ref)
    if _is_not_for_all(ctx, run):
        return await _elsewhere(ctx, run)
    if (asked_for := await _proof_asked(ctx, run, context)) is not None:
        return asked_for
    return _said(ctx, run, context.offers)


async def _failed(ctx: TurnContext, error: AgentError) -> TurnResult:
    """A model that fails, or costs too much, brings a human; operators read what it failed of."""
    kind = "rule" if isinstance(error, Overspent) else "failure"
    fault = _told_to_operators(error) if error.is_fault else {}
    rule = Reason.CAP if isinstance(error, Overspent) else Reason.FAILURE
    outcome = await ctx.escalate(HandoffRequest(error.reason, rule=rule), kind, preview=ctx.preview.ref)
    return results.because(outcome, fault)


def _told_to_operators(fault: AgentError) -> dict[str, str]:
    """Log what the model failed of, and how that is mended; return it for the audit."""
    fields = fields_of(fault)
    log.error("model.failed", **fields, mend=TOLD[Why(fields["why"])].mend)
    return fields


def _is_not_for_all(ctx: TurnContext, run: Run) -> bool:
    """Whether the answer needs what those who read along must not see."""
    return ctx.asked.withheld and ctx.asked.is_known and was_withheld(run)


async def _elsewhere(ctx: TurnContext, run: Run) -> TurnResult:
    """What others must not read is said where they do not: in a direct message, on a ticket by people."""
    if capabilities_of(ctx.conversation.id).direct_messages:
        return results.directly(ctx.desk, ctx.waiting, ctx.asked, run, ctx.preview.ref)
    done = [entry for entry in run.entries if entry.role is not Role.ASSISTANT]
    return await ctx.escalate(HandoffRequest(COPIED), entries=done, preview=ctx.preview.ref)


async def _proof_asked(ctx: TurnContext, run: Run, context: ToolContext) -> TurnResult | None:
    """Ask the author who they are, None where the answer needs no account or everybody knows them."""
    asked = ctx.asked
    if asked.customer or asked.withheld:
        return None
    address = proving.wanted_address(run, context.requests.address, asked.words)
    if address == "" and asked.requester.profile.unread:
        not_told = proving.Challenge(ctx.conversation, proving.not_told(ctx.conversation), "not told")
        return results.asking(ctx.desk, ctx.waiting, asked, not_told, run=run, preview=ctx.preview.ref)
    if address is None or not ctx.deps.sends_codes:
        return None
    return await one_time_codes.prove(ctx, address, run, ctx.preview.ref)


def _said(ctx: TurnContext, run: Run, offers: Sequence[OfferCall]) -> TurnResult:
    """The answer, and below it what its customer may say yes to."""
    asked = ctx.asked
    shown = show(ctx.waiting, asked, offers, ctx.deps.desk.texts)
    waiting = replace(ctx.waiting, conversation=shown.conversation)

    added = [part for part in (results.unseen(waiting, asked, run), shown.text) if part]
    said_below = [entry for part in added for entry in spoken(waiting.conversation, part, waiting.now)]
    text = "\n\n".join(part for part in (run.text, *added) if part)

    outcome = results.answered(
        ctx.desk,
        waiting,
        asked,
        (*run.entries, *said_below),
        text,
        "answered",
        run=run,
        preview=ctx.preview.ref,
        buttons=shown.buttons,
    )
    return replace(outcome, events=shown.events)
