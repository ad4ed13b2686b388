"""What the audit tells of a turn so that figures can be counted from it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.audit import AuditEvent, Deed, short
from bot.domain.autonomy import Decision, Mode
from bot.domain.conversation import Conversation
from bot.domain.effects import Reply
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.models.cost import Used
from bot.domain.transcript import Entry, Role
from bot.turn.audit import account_of
from bot.turn.context import TurnInput, TurnResult


def test_a_turn_tells_what_figures_count_it_as() -> None:
    waiting = _waiting("Where is my order?")
    reply = Reply("m1:reply", "It is on its way.")
    after = replace(waiting.conversation, turns=1, promised_until=900.0)
    outcome = TurnResult(after, 1, effects=(reply,), verdict="answered", is_answer=True, used=Used(1_200, 300, 0))

    *_, turn = account_of(waiting, outcome, number=1, attempt=1, seconds=0.1)

    wanted = {"says": "answer", "reply": short("m1:reply"), "cost": "1200", "input": "300", "promised": "900"}
    assert {name: value for name, value in turn.details.items() if name not in {"mode", "rule"}} == wanted


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        ({"verdict": "thanked", "is_thanked": True}, "thanks"),
        ({"verdict": "drafted: thanked", "is_thanked": True}, "thanks"),
        (
            {"verdict": "people", "entries": (Entry(Role.HUMAN, "Mine.", 1.0, "human", AuthorId("slack:T1:DANA")),)},
            "staff",
        ),
        ({"verdict": "answered"}, None),
    ],
)
def test_a_line_says_whose_word_it_is(outcome: dict[str, Any], line: str | None) -> None:
    waiting = _waiting("thanks!")
    told, *_ = account_of(waiting, TurnResult(waiting.conversation, 1, **outcome), number=1, attempt=1, seconds=0.1)

    assert told.details.get("line") == line


@pytest.mark.parametrize(
    ("verdict", "rule", "reason", "stopped"),
    [
        ("drafted", "brake", "", "brake"),
        ("nothing said", "brake", "", "brake"),
        ("relayed", "brake", "", None),
        ("drafted", "rules[0]", "", None),
        ("escalated by rule", "", "cap", "cap"),
        ("too many open conversations", "", "", "cap"),
        ("escalated by rule", "", "upset", None),
    ],
)
def test_what_the_brake_or_a_cap_stopped_is_told(verdict: str, rule: str, reason: str, stopped: str | None) -> None:
    waiting = _waiting("Where is my order?")
    events = (AuditEvent(Deed.ESCALATION, "rule", details={"reason": reason}),) if reason else ()
    decision = Decision(Mode.DRAFT, rule) if rule else None
    outcome = TurnResult(waiting.conversation, 1, verdict=verdict, decision=decision, events=events)

    *_, turn = account_of(waiting, outcome, number=1, attempt=1, seconds=0.1)

    assert turn.details.get("stopped") == stopped


def _waiting(text: str) -> TurnInput:
    conversation = ConversationId("slack:T1:C1:1.0")
    line = CustomerMessage(id="m1", conversation=conversation, author=Author(AuthorId("slack:T1:SARAH")), text=text)
    return TurnInput(Conversation(conversation), [line], (), 2.0)
