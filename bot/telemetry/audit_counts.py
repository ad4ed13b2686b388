"""Counts what the audit tells, once its events are stored: an attempt that died or lost its lease counts nothing."""

from collections.abc import Callable, Mapping

from bot.domain.audit import AuditEvent, Deed
from bot.domain.drafts import OUTCOMES
from bot.domain.ids import ConversationId
from bot.telemetry import metrics


def count(event: AuditEvent) -> None:
    """Count one stored event."""
    if counted := _COUNTED.get(event.deed):
        counted(event)


def _draft(event: AuditEvent) -> None:
    """What became of a draft; that one was made is an answer of kind `draft`."""
    if event.outcome in OUTCOMES:
        labels = {"outcome": event.outcome, "specialist": event.specialist}
        metrics.DRAFTS.labels(**metrics.bounded(labels)).inc()


def _escalation(event: AuditEvent) -> None:
    reason = event.details.get("reason") or event.outcome
    labels = {"kind": event.outcome, "reason": reason, "channel": channel_of(event.conversation)}
    metrics.ESCALATIONS.labels(**metrics.bounded(labels)).inc()


def _turn(event: AuditEvent) -> None:
    if kind := _said(event):
        labels = {"channel": channel_of(event.conversation), "kind": kind}
        metrics.ANSWERS.labels(**metrics.bounded(labels)).inc()


def _said(event: AuditEvent) -> str:
    """Return what a turn said, empty for nothing; a version before did not tell an answer from a notice."""
    if event.outcome.startswith("drafted"):
        return "draft"
    return event.details.get("says") or ("answer" if event.outcome == "answered" else "")


def channel_of(conversation: str) -> str:
    """Return where a conversation began, the first part of its id."""
    return ConversationId(conversation).began_in


_COUNTED: Mapping[str, Callable[[AuditEvent], None]] = {
    Deed.DRAFT: _draft,
    Deed.ESCALATION: _escalation,
    Deed.TURN: _turn,
}
