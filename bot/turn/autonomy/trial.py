"""Hands an action that is on trial to people, with what the bot would have done, in the place of doing it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.desk.actions.offers import OfferCall
from bot.domain.audit import AuditEvent, Deed
from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Role
from bot.turn.actions.proposals import marked
from bot.turn.actions.steps import used
from bot.turn.agent.runner import Run
from bot.turn.audit import about
from bot.turn.context import TurnResult
from bot.turn.texts import say
from bot.turn.turn_context import TurnContext

REASON = "on trial: the bot proposes this, and a colleague does it by hand. Proposed: {what}"
NEXT_STEP = "Nothing has been done. Check it, do it by hand if it is right, and tell the customer: {what}"


async def instead_of_offers(ctx: TurnContext, run: Run, offers: Sequence[OfferCall]) -> TurnResult | None:
    """Let people have what a run would offer, None where nothing of it is on trial."""
    on_trial = [made for made in offers if _is_on_trial(ctx, made.action)]
    if not on_trial:
        return None
    what = "; ".join(_told(made) for made in offers)
    done = [entry for entry in run.entries if entry.role is not Role.ASSISTANT]
    request = replace(_request(ctx, what, on_trial[0].action), **_of_model(run.request))
    outcome = await ctx.escalate(request, entries=done, preview=ctx.preview.ref)
    events = [_event(ctx, made.action, made.offer.subject) for made in on_trial]
    return replace(outcome, events=(*events, *outcome.events))


async def instead_of_commit(ctx: TurnContext, proposal: Proposal) -> TurnResult | None:
    """Let people have what the customer said yes to before it was put on trial, None where it is not."""
    customer = ctx.asked.customer
    is_theirs = customer is not None and customer.id == proposal.customer
    if not is_theirs or not _is_on_trial(ctx, proposal.action):
        return None
    await ctx.deps.actions.withdraw(proposal)
    lapsed = replace(proposal, stage=Stage.EXPIRED, settled_at=ctx.now)
    ctx = ctx.with_conversation(marked(ctx.conversation, lapsed))
    amends = used(ctx.waiting, ctx.asked.cause, proposal, say("offer.answered_yes", ctx.conversation.spoken))
    what = f"{proposal.summary} (the customer has said yes)"
    outcome = await ctx.escalate(_request(ctx, what, proposal.action))
    event = AuditEvent(Deed.PROPOSAL, "on trial", proposal.author, details=about(proposal))
    return replace(outcome, effects=(*amends, *outcome.effects), events=(event, *outcome.events))


def _is_on_trial(ctx: TurnContext, action: str) -> bool:
    return ctx.deps.dial.is_on_trial(ctx.conversation, ctx.asked.requester.plan, action)


def _request(ctx: TurnContext, what: str, action: str) -> HandoffRequest:
    """Return why people are asked; the action's name decides to whose group it goes, as a topic would."""
    topic = ctx.deps.dial.name_of(action)
    next_step = NEXT_STEP.format(what=what)
    return HandoffRequest(REASON.format(what=what), topic=topic, next_step=next_step, rule=Reason.APPROVAL)


def _of_model(request: HandoffRequest | None) -> dict[str, str]:
    """Return what a model that asked for people itself has found, beside why they are asked."""
    if request is None:
        return {}
    found = {"priority": request.priority, "topic": request.topic, "issue": request.issue}
    found |= {"confirmed_facts": request.confirmed_facts, "tried": request.tried}
    return {name: text for name, text in found.items() if text}


def _told(made: OfferCall) -> str:
    return made.offer.summary + (f" ({made.offer.note})" if made.offer.note else "")


def _event(ctx: TurnContext, action: str, subject: str) -> AuditEvent:
    details = {"action": action, "subject": subject}
    author = ctx.asked.requester.author.id
    return AuditEvent(Deed.PROPOSAL, "on trial", author, ctx.conversation.specialist, details=details)
