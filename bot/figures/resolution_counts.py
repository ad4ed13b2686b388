"""Counts for Prometheus what becomes known of resolutions, where the rows of the figures are written: once."""

from collections.abc import Iterable, Mapping

from bot.figures.facts import ConversationFacts
from bot.telemetry import metrics
from bot.telemetry.audit_counts import channel_of

CONFIRMED = "confirmed"


def count_changes(before: Mapping[str, ConversationFacts], after: Iterable[ConversationFacts]) -> None:
    """Count what was confirmed and what was undone between two states of some conversations."""
    for now in after:
        old = before.get(now.conversation)
        channel = metrics.bounded({"channel": channel_of(now.conversation)})
        if _is_confirmed(now) and not (old and _is_confirmed(old)):
            metrics.RESOLUTIONS.labels(**channel, kind=CONFIRMED).inc()
        if _is_undone(now) and not (old and _is_undone(old)):
            metrics.RESOLUTIONS_UNDONE.labels(**channel).inc()


def _is_confirmed(facts: ConversationFacts) -> bool:
    return facts.confirmed_at is not None and facts.escalated_at is None


def _is_undone(facts: ConversationFacts) -> bool:
    return facts.undone_day is not None
