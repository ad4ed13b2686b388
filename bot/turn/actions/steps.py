"""The steps that a proposal can take, as the customer and the audit hear of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.desk.actions.commit_results import CommitResult, Committed, Pending, Rejected, Unknown
from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import Button, EditMessage, Effect
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.turn.actions.approvals import CHECK
from bot.turn.actions.proposals import buttons_of, marked
from bot.turn.audit import about
from bot.turn.context import Batch, TurnInput
from bot.turn.texts import reworded, say

UNKNOWN = "not known whether it was carried out: the system that does it has not answered; check by hand"


@dataclass(frozen=True)
class Step:
    """What a proposal's next step leads to.

    Args:
        text: told to the customer.
        after: what has to happen behind the reply.
        proposal: id of the one that went on, empty where none did.
        buttons: what the customer may answer by.
    """

    conversation: Conversation
    text: str
    verdict: str
    after: tuple[Effect, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    proposal: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A human's decision, and whom it is told to."""

    step: Step
    asked: Batch


@dataclass(frozen=True)
class Ruling:
    """What a human's decision comes to.

    Args:
        text: told to the customer.
        why: it was not done, empty where it was.
        remark: behind the line that colleagues read, with the blank before it.
        events: for the audit, beside the decision itself.
    """

    verdict: str
    stage: Stage
    text: str
    why: str = ""
    remark: str = ""
    events: tuple[AuditEvent, ...] = ()


def as_failed(proposal: Proposal, result: CommitResult, now: float) -> Proposal:
    """Return the proposal as one that was not carried out.

    Args:
        now: Unix seconds.
    """
    return replace(proposal, stage=Stage.FAILED, settled_at=now, outcome=why_not(result))


def why_not(result: CommitResult) -> str:
    """Return why an action was not carried out, empty where it was."""
    match result:
        case Rejected(why) | Pending(_, why):
            return why
        case Unknown():
            return UNKNOWN
        case Committed():
            return ""
        case _:
            assert_never(result)


def noted(waiting: TurnInput, asked: Batch, proposal: Proposal) -> Step:
    """The words are kept as the reason, and the offer stands as if it were made anew."""
    offered = replace(proposal, stage=Stage.OFFERED)
    reason = " ".join(proposal.reason.split())
    language = waiting.conversation.spoken
    text = say("offer.noted", language, reason=reason, summary=proposal.told)
    return Step(
        marked(waiting.conversation, offered),
        text,
        "reason noted",
        events=answer_event(asked, proposal, "reason noted"),
        proposal=proposal.id,
        buttons=buttons_of([offered], language),
    )


def not_you(waiting: TurnInput, asked: Batch, proposal: Proposal) -> Step:
    """Nothing happens: it is not certain that the author is the customer, or others read along."""
    words, why = ("action.read_along", "read along") if asked.withheld else ("action.not_you", "not verified")
    text = say(words, waiting.conversation.spoken)
    return Step(waiting.conversation, text, why, events=answer_event(asked, proposal, why))


def answer_event(asked: Batch, proposal: Proposal, answer: str) -> tuple[AuditEvent, ...]:
    """Return what the audit tells of a customer's answer to an offer."""
    return (AuditEvent(Deed.CONFIRMATION, answer, asked.requester.author.id, details=about(proposal)),)


def commit_event(proposal: Proposal, result: CommitResult) -> AuditEvent:
    """Return what the audit tells of an attempt to commit."""
    return AuditEvent(Deed.COMMIT, _outcome(result), proposal.author, details=about(proposal))


def _outcome(result: CommitResult) -> str:
    match result:
        case Committed():
            return "done"
        case Unknown():
            return "unknown"
        case Rejected() | Pending():
            return "refused"
        case _:
            assert_never(result)


def rejected(proposal: Proposal, language: str) -> Ruling:
    """Return what follows from a colleague's no."""
    return Ruling("rejected", Stage.REJECTED, say("action.rejected", language, summary=proposal.told))


def approved(proposal: Proposal, result: CommitResult, language: str, of_desk: Sequence[Mapping[str, str]]) -> Ruling:
    """Return what follows from a colleague's yes, by what became of the action then."""
    events = (commit_event(proposal, result),)
    match result:
        case Committed():
            text = say("action.approved", language, **worded(proposal))
            return Ruling("approved", Stage.DONE, text, events=events)
        case Unknown():
            text = say("action.unsure", language, summary=proposal.told)
            return Ruling("approved", Stage.FAILED, text, UNKNOWN, f" {CHECK}", events)
        case Rejected(why) | Pending(_, why):
            text = not_done_words(proposal, why, language, of_desk)
            return Ruling("approved", Stage.FAILED, text, why, f" It was not carried out: {why}.", events)
        case _:
            assert_never(result)


def not_done_words(proposal: Proposal, why: str, language: str, of_desk: Sequence[Mapping[str, str]]) -> str:
    """Return what the customer is told of an action that was not carried out."""
    return say("action.off", language, summary=proposal.told, why=reworded(why, language, of_desk))


def worded(proposal: Proposal) -> dict[str, str]:
    """Return what a sentence about an action that was carried out is filled with."""
    return {"summary": proposal.told, "afterwards": f" {proposal.afterwards}" if proposal.afterwards else ""}


def used(waiting: TurnInput, cause: str, proposal: Proposal, answer: str) -> tuple[Effect, ...]:
    """The offer's own message shows the answer in the place of its buttons."""
    shown = waiting.conversation.facts.shown(proposal.id)
    text = _offer_text(proposal, waiting.history)
    if not capabilities_of(waiting.conversation.id).edits or not (shown and shown.message and text):
        return ()
    return (EditMessage(f"{cause}:used", shown.message, f"{text}\n\n_{answer}_"),)


def _offer_text(proposal: Proposal, history: Sequence[Entry]) -> str:
    """The whole text of the message that made the offer, as the transcript has it."""
    mark = f"**{proposal.told}.**"
    found = [at for at, entry in enumerate(history) if entry.role is Role.ASSISTANT and mark in entry.text]
    if not found:
        return ""
    start = end = found[-1]
    while start and history[start - 1].role is Role.ASSISTANT and history[start - 1].at == history[end].at:
        start -= 1
    return "\n\n".join(entry.text for entry in history[start : end + 1])
