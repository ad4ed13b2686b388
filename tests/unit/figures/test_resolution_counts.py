"""A resolution is counted when it becomes known, once, and so is one that is taken back."""

from dataclasses import replace

import pytest

from bot.figures.facts import ConversationFacts
from bot.figures.resolution_counts import count_changes
from bot.telemetry import metrics

OPEN = ConversationFacts("slack:T:C:1", answered=True)
CONFIRMED = replace(OPEN, confirmed_at=100.0)
UNDONE = replace(OPEN, undone_day=20_000)


def counted() -> tuple[float, float]:
    confirmed = metrics.REGISTRY.get_sample_value(
        "frontdesk_resolutions_total", {"channel": "slack", "kind": "confirmed"}
    )
    undone = metrics.REGISTRY.get_sample_value("frontdesk_resolutions_undone_total", {"channel": "slack"})
    return confirmed or 0.0, undone or 0.0


@pytest.mark.parametrize(
    ("old", "now", "added"),
    [
        (OPEN, CONFIRMED, (1, 0)),
        (None, CONFIRMED, (1, 0)),
        (CONFIRMED, replace(CONFIRMED, turns=3), (0, 0)),
        (CONFIRMED, UNDONE, (0, 1)),
        (UNDONE, replace(CONFIRMED, undone_day=None), (1, 0)),
        (OPEN, replace(CONFIRMED, escalated_at=90.0), (0, 0)),
        (OPEN, OPEN, (0, 0)),
    ],
)
def test_a_change_counts_once(old: ConversationFacts | None, now: ConversationFacts, added: tuple[int, int]) -> None:
    before = counted()
    count_changes({old.conversation: old} if old else {}, [now])
    assert counted() == (before[0] + added[0], before[1] + added[1])
