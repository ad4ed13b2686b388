"""Why something was said, as the demo's page tells it: from the transcript and the audit, without secrets."""

from dataclasses import replace

from bot.app.demo_why import account, turn_of
from bot.domain.audit import AuditEvent, Deed, short
from bot.domain.conversation import Conversation, Owner
from bot.domain.ids import ConversationId
from bot.domain.transcript import Entry, Role
from bot.store.records.conversations import View
from tests.words import lacking

NAME, EFFECT = ConversationId("slack:T1:D1:1.0"), "slack:T1:D1:1.0:reply"
CALL = Entry(Role.TOOL_CALL, 'lookup_order({"order_id": "A1001", "note": "key sk-abcdefgh12345678"})', 2.0, "orders")
OUTPUT = Entry(Role.TOOL_OUTPUT, '{"found": true, "order_id": "A1001", "status": "shipped"}', 2.0, "orders")
ANSWER = Entry(Role.ASSISTANT, "It has been shipped.", 2.0, "orders")
TURN = AuditEvent(Deed.TURN, "answered", seconds=0.5, at=2.0, turn=1, id="1.2")
EVENTS = [
    AuditEvent(Deed.MESSAGE, "customer", details={"surface": "slack"}, at=1.0, turn=1, id="1.0"),
    AuditEvent(Deed.TOOL, "ok", specialist="orders", details={"tool": "lookup_order"}, at=2.0, turn=1, id="1.1"),
    replace(TURN, details={"mode": "public", "rule": "otherwise", "reply": short(EFFECT), "attempt": "2"}),
    AuditEvent(Deed.DELIVERY, "done", details={"effect": "reply"}, at=3.0, turn=1, id=EFFECT),
]


def view(*entries: Entry, owner: Owner = Owner.BOT) -> View:
    return View(Conversation(NAME, owner=owner), entries, trimmed=0, waiting=0, customer_id="")


def told(events: list[AuditEvent], seen: View, effect: str = EFFECT, *, is_paid: bool = False) -> dict[str, str]:
    turn = turn_of(seen, events, effect)
    assert turn is not None
    return {part.title: "\n".join(part.lines) for part in account(turn, seen, effect, is_paid=is_paid)}


def test_an_answer_tells_who_looked_what_up_and_what_was_stored() -> None:
    asked = Entry(Role.USER, "Where is A1001?", 1.0)
    parts = told(EVENTS, view(asked, CALL, OUTPUT, ANSWER))

    looked_up, stored = parts["What was looked up"], parts["What was stored"]
    assert parts["Who answered"] == "The specialist “orders”."
    found = "→ found: order A1001, status shipped"
    assert lacking(looked_up, "lookup_order(order_id: A1001, note: key ", found) == []
    assert "sk-abcdefgh" not in looked_up
    assert "public, by the rule “otherwise”" in parts["What decided"]
    assert "Nothing" in parts["What it cost"]
    assert lacking(stored, "turn 1, attempt 2", "read from the journal", "This is what you read.") == []
    assert "Sources" not in parts


def test_sources_and_costs_are_told_where_there_are_any() -> None:
    search = Entry(Role.TOOL_CALL, 'search_knowledge({"query": "returns"})', 2.0, "faq")
    found = Entry(
        Role.TOOL_OUTPUT, '{"passages": [{"title": "Returns", "text": "…", "source": "refunds.md"}]}', 2.0, "faq"
    )
    paid = [
        *EVENTS[:2],
        replace(EVENTS[2], details={**EVENTS[2].details, "cost": "2100", "input": "900", "output": "100"}),
    ]
    parts = told(paid, view(search, found, ANSWER), is_paid=True)

    assert parts["Sources"] == "Returns (refunds.md)"
    assert parts["What it cost"] == "0.0021 USD for 1,000 tokens."


def test_a_hand_over_tells_the_rule_and_a_relayed_line_its_author() -> None:
    escalation = AuditEvent(
        Deed.ESCALATION, "rule", details={"reason": "asked_for_human", "priority": "high"}, at=2.0, turn=1, id="1.1"
    )
    asked = told([EVENTS[0], escalation, *EVENTS[2:]], view(owner=Owner.ESCALATED))
    relayed = told(EVENTS, view(Entry(Role.HUMAN, "I am on it.", 2.0, name="Dana Reyes"), owner=Owner.HUMAN))

    assert "by a rule: “asked for human”, priority high" in asked["What decided"]
    assert "no specialist and no model was asked" in asked["Who answered"]
    assert "the bot is silent" in asked["Who answered"]
    assert relayed["Who answered"].startswith("Dana Reyes, a human agent")


def test_what_nobody_said_has_no_turn() -> None:
    assert turn_of(view(ANSWER), EVENTS, "another:reply") is None
