"""What is stored in the audit is counted, once, by closed sets of labels."""

from dataclasses import replace

import pytest

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation, Owner
from bot.domain.escalations import Escalation
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.transcript import Entry, Role
from bot.runtime.turn_counts import count_turn
from bot.telemetry import metrics
from bot.telemetry.audit_counts import count
from bot.turn.context import TurnInput, TurnResult

THREAD = ConversationId("slack:T1:C1:1700000000.000100")


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def counted() -> list[str]:
    """Return every line but those of the process itself."""
    return [line for line in metrics.exposition().decode().splitlines() if "frontdesk_process" not in line]


def event(deed: Deed, outcome: str, **details: str) -> AuditEvent:
    return AuditEvent(deed, outcome, specialist="orders", details=details, conversation=THREAD)


@pytest.mark.parametrize(
    ("told", "name", "labels"),
    [
        (
            event(Deed.ESCALATION, "rule", reason="legal"),
            "frontdesk_escalations_total",
            {"kind": "rule", "reason": "legal", "channel": "slack"},
        ),
        (
            event(Deed.ESCALATION, "failure"),
            "frontdesk_escalations_total",
            {"kind": "failure", "reason": "failure", "channel": "slack"},
        ),
        (event(Deed.DRAFT, "sent"), "frontdesk_drafts_total", {"outcome": "sent", "specialist": "orders"}),
        (event(Deed.TURN, "answered"), "frontdesk_answers_total", {"channel": "slack", "kind": "answer"}),
        (event(Deed.TURN, "upset", says="notice"), "frontdesk_answers_total", {"channel": "slack", "kind": "notice"}),
        (event(Deed.TURN, "drafted: upset"), "frontdesk_answers_total", {"channel": "slack", "kind": "draft"}),
    ],
)
def test_an_event_counts_once(told: AuditEvent, name: str, labels: dict[str, str]) -> None:
    before = value(name, **labels)
    count(told)
    assert value(name, **labels) == before + 1


@pytest.mark.parametrize("told", [event(Deed.DRAFT, "drafted"), event(Deed.TURN, "relayed"), event(Deed.TOOL, "ok")])
def test_what_says_nothing_to_a_customer_and_decides_nothing_counts_nothing(told: AuditEvent) -> None:
    before = counted()
    count(told)
    assert counted() == before


def test_reasons_that_desks_invent_without_end_become_one() -> None:
    for number in range(2 * metrics.MOST_VALUES):
        count(event(Deed.ESCALATION, "rule", reason=f"rule-{number}"))

    shown = metrics.exposition().decode()
    assert shown.count('frontdesk_escalations_total{channel="slack",kind="rule"') <= metrics.MOST_VALUES + 1
    assert 'reason="other"' in shown


def line(at: float) -> CustomerMessage:
    return CustomerMessage("m1", THREAD, Author(AuthorId("slack:T1:U1"), "Sarah"), "hello", at, Origin.SLACK)


ASKED = Entry(Role.USER, "hello", 100.0)
ANSWERED = Entry(Role.ASSISTANT, "hi", 103.0, "orders")
BY_HUMAN = Entry(Role.HUMAN, "I look into it", 400.0, "human", AuthorId("zendesk:9"), "Dana")


def first_response(by: str) -> tuple[float, float]:
    labels = {"channel": "slack", "by": by}
    count_of = value("frontdesk_first_response_seconds_count", **labels)
    return count_of, value("frontdesk_first_response_seconds_sum", **labels)


def test_a_conversation_and_its_first_response_count_once() -> None:
    new = Conversation(THREAD)
    began, (answers, seconds) = value("frontdesk_conversations_total", channel="slack"), first_response("bot")

    count_turn(
        TurnInput(new, (line(100.0),), (), 103.0), TurnResult(new, 1, (ASKED, ANSWERED), (), "answered", is_answer=True)
    )
    later = replace(new, turns=1)
    again = TurnInput(later, (line(200.0),), (ASKED, ANSWERED), 203.0)
    entries = (replace(ASKED, at=200.0), replace(ANSWERED, at=203.0))
    count_turn(again, TurnResult(later, 1, entries, (), "answered", is_answer=True))

    assert value("frontdesk_conversations_total", channel="slack") == began + 1
    assert first_response("bot") == (answers + 1, seconds + 3.0)


@pytest.mark.parametrize(
    ("verdict", "is_answer"), [("too long", False), ("escalated by rule", False), ("drafted", True)]
)
def test_a_notice_is_no_first_response_nor_a_draft(verdict: str, is_answer: bool) -> None:
    before = first_response("bot")
    new = Conversation(THREAD)
    outcome = TurnResult(new, 1, (ASKED, ANSWERED), (), verdict, is_answer=is_answer)
    count_turn(TurnInput(new, (line(100.0),), (), 103.0), outcome)
    assert first_response("bot") == before


def test_a_humans_first_words_are_measured_from_the_first_line_and_from_the_hand_over() -> None:
    handed = Conversation(THREAD, turns=1, owner=Owner.ESCALATED, escalation=Escalation("m1", at=160.0))
    answers, seconds = first_response("human")
    waits = value("frontdesk_time_to_human_seconds_sum", channel="slack")

    count_turn(TurnInput(handed, (), (ASKED, ANSWERED), 400.0), TurnResult(handed, 0, (BY_HUMAN,), (), "relayed"))
    taken = replace(handed, owner=Owner.HUMAN)
    count_turn(TurnInput(taken, (), (ASKED, BY_HUMAN), 900.0), TurnResult(taken, 0, (BY_HUMAN,), (), "relayed"))

    assert first_response("human") == (answers + 1, seconds + 300.0)
    assert value("frontdesk_time_to_human_seconds_sum", channel="slack") == waits + 240.0


def test_a_hand_over_of_the_version_before_has_no_time_and_is_not_measured() -> None:
    handed = Conversation(THREAD, turns=1, owner=Owner.ESCALATED, escalation=Escalation("m1"))
    before = value("frontdesk_time_to_human_seconds_count", channel="slack")
    count_turn(TurnInput(handed, (), (ASKED,), 400.0), TurnResult(handed, 0, (BY_HUMAN,), (), "relayed"))
    assert value("frontdesk_time_to_human_seconds_count", channel="slack") == before
