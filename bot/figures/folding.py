"""Folds audit events into what is known of a conversation: what becomes of it with each. Pure.

A conversation is folded event by event in the order of its stream, so that what was read once is never read again, and
a replay of the same events makes the same rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo

from bot.domain.audit import ANSWER, NO_WORD, STAFF, THANKS, AuditEvent, Deed, short
from bot.domain.drafts import DraftKind
from bot.domain.handoffs import Reason
from bot.domain.ids import TICKETS
from bot.figures.definitions import PRESUMED_ON_TICKETS_SECONDS, PRESUMED_SECONDS
from bot.figures.facts import ConversationFacts, day_of, number_in

GIVEN = frozenset({"done", "adopted"})
"""How the delivery of words ends that have reached the customer."""
REFUSED = "hand-over refused"
"""The verdict of a turn that takes a hand-over back, for people could not be given it."""
UNNAMED = "?"
"""An answer of the version that did not name it; the next reply that is delivered is taken for it."""
HANDED_AGAIN = frozenset({"bot → escalated", "idle_closed → escalated"})


def folded(facts: ConversationFacts, place: str, event: AuditEvent, zone: tzinfo) -> ConversationFacts:
    """Return what is known of a conversation after one more event.

    Args:
        place: of the event in the audit.
    """
    step = _STEPS.get(event.deed)
    return replace(step(facts, event, zone) if step else facts, seen=place)


def _wrote(facts: ConversationFacts, event: AuditEvent, zone: tzinfo) -> ConversationFacts:
    kind = event.details.get("line", "")
    if kind == NO_WORD:
        return facts
    if event.outcome == "staff" or kind == STAFF:
        return _by_human(facts, event.at)
    return _by_customer(facts, event, zone, is_thanks=kind == THANKS) if event.outcome == "customer" else facts


def _by_customer(facts: ConversationFacts, event: AuditEvent, zone: tzinfo, *, is_thanks: bool) -> ConversationFacts:
    if facts.first_at is None:
        facts = replace(facts, first_at=event.at, first_day=day_of(event.at, zone))
    batch = _turn_of(event)
    if batch != facts.batch:
        facts = replace(facts, batch=batch, turns=facts.turns + (0 if is_thanks else 1))
    if is_thanks:
        return _confirmed(facts, event.at)
    return _back(facts, event.at)


def _turn_of(event: AuditEvent) -> int:
    number = event.id.partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _back(facts: ConversationFacts, at: float) -> ConversationFacts:
    """The customer wants more: what was resolved was not, and the answer before does not stand."""
    if facts.is_final(at):
        return facts
    return _without_answer(_undone(facts, at) if facts.resolved_at(at) is not None else facts)


def _undone(facts: ConversationFacts, at: float) -> ConversationFacts:
    """A resolution is taken back, on the day of its answer."""
    if facts.is_final(at) or facts.answer_day is None:
        return facts
    return replace(_without_answer(facts), undone_day=facts.answer_day)


def _without_answer(facts: ConversationFacts) -> ConversationFacts:
    return replace(facts, answer_at=None, answer_day=None, due_at=None, confirmed_at=None)


def _confirmed(facts: ConversationFacts, at: float) -> ConversationFacts:
    """The customer says that the answer that stands has settled it."""
    may = facts.answer_at is not None and not facts.by_human and facts.escalated_at is None
    if not may or facts.confirmed_at is not None or facts.is_final(at):
        return facts
    return replace(facts, confirmed_at=at, undone_day=None)


def _by_human(facts: ConversationFacts, at: float) -> ConversationFacts:
    """A human answers: nothing more is resolved by the bot alone, and what was is taken back."""
    if facts.first_at is not None and facts.human_seconds is None:
        facts = replace(facts, human_seconds=_seconds(at - facts.first_at))
    if facts.escalated_at is not None and facts.to_human_seconds is None:
        facts = replace(facts, to_human_seconds=_seconds(at - facts.escalated_at))
    if facts.is_final(at):
        return facts
    resolved = facts.resolved_at(at) is not None
    return replace(_without_answer(_undone(facts, at) if resolved else facts), by_human=True)


def _delivered(facts: ConversationFacts, event: AuditEvent, zone: tzinfo) -> ConversationFacts:
    awaited = facts.awaited.split()
    is_reply = event.details.get("effect") == "reply"
    name = UNNAMED if is_reply and UNNAMED in awaited else short(event.id)
    if name not in awaited:
        return facts
    if event.outcome not in GIVEN:
        return facts  # an operator may have it tried again
    facts = replace(facts, awaited=" ".join(one for one in awaited if one != name))
    return _answered(facts, event.at, zone)


def _drafted(facts: ConversationFacts, event: AuditEvent, zone: tzinfo) -> ConversationFacts:
    """What a human has sent of the bot's is the bot's answer."""
    is_answer = event.details.get("kind") == DraftKind.ANSWER
    return _answered(facts, event.at, zone) if is_answer and event.outcome in {"sent", "sent_edited"} else facts


def _answered(facts: ConversationFacts, at: float, zone: tzinfo) -> ConversationFacts:
    if facts.first_at is None:
        return facts
    if facts.bot_seconds is None:
        facts = replace(facts, bot_seconds=_seconds(at - facts.first_at))
    facts = replace(facts, answered=True)
    if facts.by_human or facts.escalated_at is not None or facts.resolved_at(at) is not None:
        return facts
    wait = PRESUMED_ON_TICKETS_SECONDS if _is_ticket(facts.conversation) else PRESUMED_SECONDS
    return replace(facts, answer_at=at, answer_day=day_of(at, zone), answer_turns=facts.turns, due_at=at + wait)


def _is_ticket(conversation: str) -> bool:
    return conversation.startswith(f"{TICKETS}:")


def _seconds(seconds: float) -> float:
    """Return a time as it is kept, to three digits: clocks of vendors are not ours, and medians stay true."""
    return float(f"{max(0.0, seconds):.3g}") if seconds < _EXACT else float(round(seconds))


_EXACT = 100.0


def _handed_over(facts: ConversationFacts, event: AuditEvent, _zone: tzinfo) -> ConversationFacts:
    return _escalated(facts, event.at, event.details.get("reason", "") or str(Reason.SPECIALIST))


def _escalated(facts: ConversationFacts, at: float, reason: str) -> ConversationFacts:
    if facts.escalated_at is not None or facts.is_final(at):
        return facts
    return replace(_without_answer(facts), escalated_at=at, reason=reason, promised_until=None)


def _moved(facts: ConversationFacts, event: AuditEvent, _zone: tzinfo) -> ConversationFacts:
    """What was given up, and an operator had tried again, reaches people after all."""
    return _escalated(facts, event.at, str(Reason.FAILURE)) if event.outcome in HANDED_AGAIN else facts


def _ended(facts: ConversationFacts, event: AuditEvent, _zone: tzinfo) -> ConversationFacts:
    details = event.details
    facts = replace(facts, specialist=event.specialist or facts.specialist)
    if event.outcome == REFUSED and not facts.by_human:
        facts = replace(facts, escalated_at=None, reason="")
    if facts.escalated_at is not None and facts.promised_until is None and (until := number_in(details, "promised")):
        facts = replace(facts, promised_until=float(until))
    if reply := _answer_of(event):
        facts = replace(facts, awaited=" ".join([*facts.awaited.split(), reply][-_MOST_AWAITED:]))
    return facts


def _answer_of(event: AuditEvent) -> str:
    """Return the short name of the answer that a turn sends on its way, empty for none."""
    if "says" not in event.details:
        return UNNAMED if event.outcome == "answered" else ""
    return event.details.get("reply", "") if event.details["says"] == ANSWER else ""


_MOST_AWAITED = 10
"""Answers that are on their way at once, of which the store knows; more than a conversation ever has."""


def _rated(facts: ConversationFacts, event: AuditEvent, _zone: tzinfo) -> ConversationFacts:
    if event.outcome == "good":
        return _confirmed(facts, event.at)
    is_theirs = event.outcome == "bad" and facts.escalated_at is None
    return _undone(facts, event.at) if is_theirs else facts


_Step = Callable[[ConversationFacts, AuditEvent, tzinfo], ConversationFacts]
_STEPS: Mapping[str, _Step] = {
    Deed.MESSAGE: _wrote,
    Deed.DELIVERY: _delivered,
    Deed.DRAFT: _drafted,
    Deed.ESCALATION: _handed_over,
    Deed.OWNER: _moved,
    Deed.TURN: _ended,
    Deed.RATING: _rated,
}
