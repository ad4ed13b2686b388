"""What the audit shows of a gap, and what it does not."""

import pytest

from bot.domain.audit import AuditEvent, Deed
from bot.domain.ids import TERMINAL
from bot.gaps.entries import Reason
from bot.gaps.signals import is_missed, signals
from tests.unit.gaps.kit import event, searched


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (searched(0), Reason.NO_ARTICLE),
        (event(Deed.ESCALATION, "model", group="Billing"), Reason.ESCALATED),
        (event(Deed.ESCALATION, "button"), Reason.ESCALATED),
        (event(Deed.DRAFT, "edited", draft="d1"), Reason.EDITED),
        (event(Deed.DRAFT, "sent_edited", draft="d1"), Reason.EDITED),
        (event(Deed.DRAFT, "rewritten", draft="d1"), Reason.REWRITTEN),
        (event(Deed.RATING, "bad"), Reason.BAD_RATING),
        (event(Deed.FEEDBACK, "down"), Reason.THUMBS_DOWN),
    ],
)
def test_what_was_missing_is_seen(told: AuditEvent, reason: Reason) -> None:
    assert [found.reason for found in signals([told])] == [reason]


@pytest.mark.parametrize(
    "told",
    [
        searched(3),
        event(Deed.TOOL, "failed", tool="search_knowledge"),
        event(Deed.ESCALATION, "failure"),
        event(Deed.ESCALATION, "operator"),
        event(Deed.DRAFT, "used"),
        event(Deed.RATING, "good"),
        event(Deed.RATING, "asked"),
        event(Deed.FEEDBACK, "up"),
        event(Deed.ESCALATION, "model", conversation=f"chat:{TERMINAL}:1"),
    ],
)
def test_what_lacks_nothing_is_not(told: AuditEvent) -> None:
    assert signals([told]) == []


def test_a_conversation_counts_once_for_each_reason() -> None:
    told = [searched(0, turn=1), searched(0, turn=2), event(Deed.ESCALATION, "model", turn=2)]

    found = signals(told)

    assert [(one.reason, one.turn) for one in found] == [(Reason.NO_ARTICLE, 1), (Reason.ESCALATED, 2)]
    assert signals(told[1:])[0].id == found[0].id


def test_the_topic_is_the_group_or_else_the_specialist() -> None:
    told = [event(Deed.ESCALATION, "model", group="Billing"), searched(0)]

    assert [found.topic for found in signals(told)] == ["Billing", "faq"]


def test_a_turn_whose_second_search_found_something_missed_nothing() -> None:
    assert is_missed(1, [searched(0), searched(0)])
    assert not is_missed(1, [searched(0), searched(2)])
    assert is_missed(1, [searched(0), searched(2, turn=2)])
