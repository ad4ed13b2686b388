"""Says an audit event in words: who did it, and what it was. For the terminal and the console alike."""

from collections.abc import Mapping

from bot.domain.audit import AuditEvent, Deed
from bot.domain.ids import same_person

WROTE = {
    "customer": "the customer wrote",
    "staff": "a human agent wrote",
    "ticket": "the ticket changed",
    "click": "a button was pressed",
    "stop": "the answer was stopped",
    "deleted": "a line was deleted",
}
TOLD = {
    Deed.PROPOSAL: "{outcome} {action}{what}",
    Deed.CONFIRMATION: "answered “{outcome}” to {action}{what}",
    Deed.APPROVAL: "approval {outcome}: {action}{what}",
    Deed.IDENTITY: "identity: {outcome}{what}",
    Deed.COMMIT: "{action} {outcome}{what}",
    Deed.TRANSFER: "transferred to {outcome}",
    Deed.ESCALATION: "handed over to people (by {outcome}){what}",
    Deed.OWNER: "owner: {outcome}",
    Deed.TURN: "turn ended: {outcome}{what}",
    Deed.DRAFT: "draft: {outcome}{what}",
    Deed.RATING: "rating: {outcome}",
    Deed.FEEDBACK: "thumb {outcome} on an answer",
    Deed.BRAKE: "brake {outcome}",
}
SPECIALISTS = frozenset({Deed.TOOL, Deed.TRANSFER, Deed.PROPOSAL, Deed.DELIVERY})
BAD = frozenset({"failed", "refused", "unreadable"})


def is_bad(event: AuditEvent) -> bool:
    """Whether something did not work."""
    return event.outcome in BAD or event.outcome.startswith("dead")


def who(event: AuditEvent, requester: str) -> str:
    """Return who did it: a specialist, a person by their id, or `customer` for the one whose conversation it is."""
    person = "customer" if requester and same_person(event.author, requester) else event.author
    if event.deed in SPECIALISTS:
        return event.specialist or person
    return "" if event.deed in {Deed.TURN, Deed.OWNER} else person


def what(event: AuditEvent) -> str:
    """Return what happened, in words."""
    details = dict(event.details)
    if event.deed is Deed.MESSAGE:
        return f"{WROTE.get(event.outcome, event.outcome)} ({details.get('surface', '')})"
    if event.deed is Deed.TOOL:
        return f"called {details.pop('tool', 'a tool')}{_listed(details)}: {event.outcome}"
    if event.deed is Deed.DELIVERY:
        return f"{details.pop('effect', 'effect').replace('_', ' ')} {_delivered(event.outcome)}{_listed(details)}"
    action = details.pop("action", "")
    return TOLD.get(event.deed, "{outcome}{what}").format(action=action, outcome=event.outcome, what=_listed(details))


def _delivered(outcome: str) -> str:
    return {"done": "delivered", "adopted": "found delivered"}.get(outcome, outcome)


def _listed(details: Mapping[str, str]) -> str:
    return f" ({', '.join(f'{name} {value}' for name, value in details.items())})" if details else ""
