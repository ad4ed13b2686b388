"""Picks out of the audit what people should look at again, and puts its words beside it, masked. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation
from bot.domain.drafts import DraftStage
from bot.domain.ratings import DOWN
from bot.domain.review import ReviewEntry, Why
from bot.domain.transcript import Entry, Role
from bot.replay.masking import Mask, ObjectIds
from bot.replay.past_tickets import Person

SAMPLE = 0.05
"""The share of all answers that is looked at again, whatever anybody thinks of them."""
EARLIER = 5
_SAME = 0.005
"""Seconds by which the audit's time of an answer may differ from the transcript's: it is told to the millisecond."""
_OBJECT = re.compile(r"\b[A-Za-z]{1,12}[_-]?\d{3,12}\b")
REASON = "reason"

Look = Callable[[AuditEvent], Why | None]


@dataclass(frozen=True)
class Exchange:
    """What the customer asked and what they were answered.

    Args:
        earlier: what they wrote before, oldest first.
    """

    earlier: Sequence[str] = ()
    question: str = ""
    answer: str = ""


def why(event: AuditEvent) -> Why | None:
    """Return why an event is to be looked at again, None where it is not."""
    look = _LOOKS.get(event.deed)
    return look(event) if look else None


def name_of(event: AuditEvent) -> str:
    """Return the name of the entry that an event leads to, the same for all events on one answer by one person."""
    about = event.details.get("answer", "")
    what = f"thumb {about} {event.author}" if event.deed is Deed.FEEDBACK and about else event.id
    return sha256(f"{event.conversation}\0{what}".encode()).hexdigest()[:16]


def is_sampled(event: AuditEvent, share: float = SAMPLE) -> bool:
    """Return whether an answer is in the sample: the same in every process, and whenever it is asked."""
    number = int(sha256(f"sample\0{event.conversation}\0{event.id}".encode()).hexdigest()[:8], 16)
    return number / 0xFFFFFFFF < share


def entry_of(
    event: AuditEvent,
    reason: Why,
    conversation: Conversation,
    entries: Sequence[Entry],
    customer: str,
    story: Sequence[AuditEvent] = (),
) -> ReviewEntry | None:
    """Return the entry, None where its words are gone.

    Args:
        entries: of the transcript, oldest first.
        customer: the desk's id of the customer, empty where it is not known.
        story: the conversation's events, which say what was an answer; a rating is about one.
    """
    found = _exchange(event, conversation, entries, story)
    if not found.question or not found.answer:
        return None
    mask = masking(conversation, entries)
    return ReviewEntry(
        id=name_of(event),
        why=reason,
        conversation=event.conversation,
        topic=event.specialist or conversation.specialist or "triage",
        at=event.at,
        person=str(conversation.requester or event.author),
        earlier=tuple(map(mask, found.earlier)),
        question=mask(found.question),
        answer=mask(found.answer),
        reason=mask(_said_about(event, entries)),
        customer=customer,
    )


def masked_reason(event: AuditEvent, conversation: Conversation, entries: Sequence[Entry]) -> str:
    """Return what somebody wrote when they were asked what was wrong."""
    return masking(conversation, entries)(_at(entries, float(event.details.get("at", "0")), Role.USER))


def masking(conversation: Conversation, entries: Sequence[Entry]) -> Mask:
    """Return what masks the words of a conversation; what its tools were asked about stays."""
    calls = [entry.text for entry in entries if entry.role in {Role.TOOL_CALL, Role.TOOL_OUTPUT}]
    objects = ObjectIds(name for text in calls for name in _OBJECT.findall(text))
    names = {(str(one.author), one.name) for one in entries if one.name}
    people = [Person(author, name) for author, name in sorted({*names, ("requester", conversation.requester_name)})]
    mask = Mask(people, objects)
    for entry in entries:
        if entry.role is Role.USER:
            mask.learn(entry.text)
    return mask


def _exchange(
    event: AuditEvent, conversation: Conversation, entries: Sequence[Entry], story: Sequence[AuditEvent]
) -> Exchange:
    if event.deed is Deed.DRAFT:
        return _of_draft(event, conversation, entries)
    if event.deed is Deed.RATING:
        return _of_rating(event, conversation, entries, story)
    return _of_answer(float(event.details.get("at", event.at)), entries)


def _of_rating(
    event: AuditEvent, conversation: Conversation, entries: Sequence[Entry], story: Sequence[AuditEvent]
) -> Exchange:
    """A rating is of the whole; shown is a specialist's last answer, neither thanks nor the wish for one."""
    spoken = _spoken(entries, event.at)
    known = [*conversation.answers.values(), *(one.at for one in story if _is_answer(one))]
    answers = [at for at in spoken if _is_among(at, known)] or spoken
    return _of_answer(answers[-1], entries) if answers else Exchange()


def _spoken(entries: Sequence[Entry], until: float) -> Sequence[float]:
    return [one.at for one in entries if one.role is Role.ASSISTANT and one.agent and one.at < until]


def _is_among(at: float, known: Sequence[float]) -> bool:
    return any(abs(at - other) < _SAME for other in known)


def _of_draft(event: AuditEvent, conversation: Conversation, entries: Sequence[Entry]) -> Exchange:
    draft = next((one for one in conversation.drafts if one.id == event.details.get("draft")), None)
    if draft is None:
        return Exchange()
    return _asked([entry for entry in entries if entry.at <= draft.at + _SAME], draft.text)


def _of_answer(at: float, entries: Sequence[Entry]) -> Exchange:
    places = [n for n, one in enumerate(entries) if one.role is Role.ASSISTANT and abs(one.at - at) < _SAME]
    if not places:
        return Exchange()
    return _asked(entries[: places[0]], "\n\n".join(entries[n].text for n in places))


def _asked(before: Sequence[Entry], answer: str) -> Exchange:
    """Return the answer with the lines that it answers: those since somebody was last answered."""
    replies = [n for n, one in enumerate(before) if one.role in {Role.ASSISTANT, Role.HUMAN}]
    last = replies[-1] + 1 if replies else 0
    now = [one.text for one in before[last:] if one.role is Role.USER]
    earlier = [one.text for one in before[:last] if one.role is Role.USER]
    return Exchange(earlier[-EARLIER:], "\n".join(now), answer)


def _said_about(event: AuditEvent, entries: Sequence[Entry]) -> str:
    """Return what the customer added to a rating, or what people wrote in the place of a draft."""
    if event.deed is Deed.RATING:
        return _at(entries, event.at, Role.USER)
    theirs = [one.text for one in entries if one.role is Role.HUMAN and one.author and one.at <= event.at + _SAME]
    return theirs[-1] if event.outcome == DraftStage.REWRITTEN and theirs else ""


def _at(entries: Sequence[Entry], at: float, role: Role) -> str:
    return next((one.text for one in entries if one.role is role and abs(one.at - at) < _SAME), "")


def _of_turn(event: AuditEvent) -> Why | None:
    return Why.SAMPLE if _is_answer(event) and is_sampled(event) else None


def _is_answer(event: AuditEvent) -> bool:
    said, mode = event.details.get("says"), event.details.get("mode", "public")
    return event.deed is Deed.TURN and said == "answer" and mode == "public"


_OUTCOMES: Mapping[str, Why] = {
    DraftStage.DISCARDED: Why.DISCARDED,
    DraftStage.REWRITTEN: Why.REWRITTEN,
}
_LOOKS: Mapping[Deed, Look] = {
    Deed.RATING: lambda event: Why.RATING if event.outcome == "bad" else None,
    Deed.FEEDBACK: lambda event: Why.THUMB if event.outcome == DOWN else None,
    Deed.DRAFT: lambda event: _OUTCOMES.get(event.outcome),
    Deed.CHECK: lambda event: Why.CUT if event.outcome == "cut" else None,
    Deed.TURN: _of_turn,
}
"""What makes an event one to look at again."""
