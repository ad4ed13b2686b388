"""Reads from the audit what was missing: searches without a find, escalations, changed drafts, bad ratings. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.domain.audit import AuditEvent, Deed
from bot.domain.ids import ConversationId
from bot.gaps.entries import Reason, Signal

_DRAFTS: Mapping[str, Reason] = {
    "edited": Reason.EDITED,
    "sent_edited": Reason.EDITED,
    "rewritten": Reason.REWRITTEN,
}
_GIVEN: Mapping[tuple[Deed, str], Reason] = {
    (Deed.RATING, "bad"): Reason.BAD_RATING,
    (Deed.FEEDBACK, "down"): Reason.THUMBS_DOWN,
}
_NO_GAPS = frozenset({"failure", "operator"})
"""Who asks for people although nothing was missing: what failed is no question, and an operator saw a mood."""


def signals(events: Iterable[AuditEvent]) -> list[Signal]:
    """Return what these events show, each conversation and reason once."""
    found = [signal for event in events if not _is_rehearsal(event) for signal in _signals_of(event)]
    return list({signal.id: signal for signal in reversed(found)}.values())[::-1]


def is_missed(turn: int, story: Sequence[AuditEvent]) -> bool:
    """Return whether no search of a turn found anything; one that did has answered what another word did not."""
    counts = [event.details.get("found", "") for event in story if event.turn == turn and _is_search(event)]
    return bool(counts) and set(counts) == {"0"}


def _signals_of(event: AuditEvent) -> Iterator[Signal]:
    reason = _reason(event)
    if reason is not None:
        topic = event.details.get("group") or event.specialist
        draft = event.details.get("draft", "") if event.deed is Deed.DRAFT else ""
        yield Signal(reason, event.conversation, event.author, event.turn, event.at, topic, draft)


def _reason(event: AuditEvent) -> Reason | None:
    match event.deed:
        case Deed.TOOL:
            return Reason.NO_ARTICLE if _is_search(event) and event.details.get("found") == "0" else None
        case Deed.ESCALATION:
            return None if event.outcome in _NO_GAPS else Reason.ESCALATED
        case Deed.DRAFT:
            return _DRAFTS.get(event.outcome)
        case _:
            return _GIVEN.get((event.deed, event.outcome))


def _is_search(event: AuditEvent) -> bool:
    return event.deed is Deed.TOOL and "found" in event.details


def _is_rehearsal(event: AuditEvent) -> bool:
    return ConversationId(event.conversation).is_rehearsal
