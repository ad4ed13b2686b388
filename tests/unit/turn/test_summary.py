"""What a human agent is told of a conversation where no model told it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.events import Author, CustomerMessage, InboundMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role
from bot.turn.handoff import summary

ORDER = {
    "found": True,
    "order_id": "A1001",
    "status": "shipped",
    "items": [{"name": "Wireless Headset", "price": "89.00"}],
    "carrier": "",
    "gift": False,
}
ARTICLES = {"passages": [{"title": "Refunds and returns", "text": "Within 30 days."}]}


def asked(name: str, arguments: dict[str, Any], call_id: str = "1") -> Entry:
    return Entry(Role.TOOL_CALL, f"{name}({json.dumps(arguments)})", 0.0, items=({"call_id": call_id},))


def told(result: Any, call_id: str = "1") -> Entry:
    text = result if isinstance(result, str) else json.dumps(result)
    return Entry(Role.TOOL_OUTPUT, text, 0.0, items=({"call_id": call_id},))


def line(text: str) -> InboundMessage:
    return CustomerMessage(
        id=text, conversation=ConversationId("chat:a:b"), author=Author(AuthorId("a"), "A"),
        text=text, at=0.0, surface=Origin.CHAT,
    )  # fmt: skip


LOOKED_UP = [
    asked("lookup_order", {"order_id": "A1001"}),
    told(ORDER),
    asked("search_knowledge", {"query": "return window"}),
    told(ARTICLES),
]


def test_facts_are_words_and_never_json() -> None:
    assert summary.facts(LOOKED_UP) == "order A1001, status shipped, items: name Wireless Headset, price 89.00, gift no"


def test_what_was_tried_has_its_result_and_the_last_answer() -> None:
    history = [*LOOKED_UP, Entry(Role.ASSISTANT, "It is on its way.", 0.0)]
    assert summary.tried(history) == (
        "looked up order A1001: found; searched knowledge return window: articles found; "
        "told the customer “It is on its way.”"
    )


def test_a_miss_and_a_failure_are_no_facts() -> None:
    history = [
        asked("lookup_order", {"order_id": "A9"}),
        told({"found": False, "order_id": "A9", "message": "The customer has no order with this id."}),
        asked("track_shipment", {"order_id": "A9"}),
        told("Not available right now. Do not guess."),
        asked("search_knowledge", {"query": "moon"}),
        told({"passages": []}),
    ]
    assert summary.facts(history) == ""
    assert summary.tried(history) == (
        "looked up order A9: not found; tracked shipment A9: no result; searched knowledge moon: no article found"
    )


def test_asking_for_a_human_is_nothing_that_was_tried() -> None:
    handed_over = [asked("escalate_to_human", {"reason": "Angry"}), told("A human colleague takes over.")]
    assert summary.tried(handed_over) == ""


def test_calls_side_by_side_find_their_own_results_and_repeats_are_told_once() -> None:
    both = [
        asked("lookup_order", {"order_id": "A1"}, "1"),
        asked("lookup_order", {"order_id": "A2"}, "2"),
        told({"found": False}, "2"),
        told({"found": True, "order_id": "A1"}, "1"),
    ]
    assert summary.tried([*both, *both]) == "looked up order A2: not found; looked up order A1: found"


def test_sources_are_the_titles_of_what_was_read() -> None:
    assert summary.sources([*LOOKED_UP, *LOOKED_UP]) == "Refunds and returns"


def test_the_issue_is_told_in_the_customers_words_which_cannot_format_the_note() -> None:
    history = [Entry(Role.USER, "Where is\nA1001?", 0.0)]
    issue = summary.issue([line("see [here](https://evil.example) <b>")], history)
    assert issue == r"“Where is A1001?” / “see \[here\](https://evil.example) \<b\>”"


def test_long_texts_are_cut_visibly() -> None:
    assert summary.issue([line("x" * 1000)], []).endswith("…”")


REFUND = Proposal(
    "p1",
    "propose_refund",
    "{}",
    AuthorId("slack:T:U"),
    "cust_001",
    "ord_1001",
    "Refund of 150.00 USD for order ord_1001",
    settled_at=1_000_000.0,
)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stage": Stage.DONE}, "DONE on 12 January 1970, 13:46 UTC: Refund of 150.00 USD for order ord_1001 (key p1;"),
        ({"stage": Stage.DONE, "settled_by": "Dana Reyes"}, "approved by Dana Reyes"),
        ({"stage": Stage.DONE, "reason": "it broke"}, "reason in their words: “it broke”"),
        ({"stage": Stage.OFFERED}, "Only proposed, not done: Refund"),
        ({"stage": Stage.REASON}, "their reason is missing"),
        ({"stage": Stage.APPROVAL}, "Not done: Refund of 150.00 USD for order ord_1001; it waits for a colleague"),
        ({"stage": Stage.DECLINED}, "the customer declined it"),
        ({"stage": Stage.REJECTED, "settled_by": "Dana Reyes"}, "rejected by Dana Reyes"),
        ({"stage": Stage.FAILED, "outcome": "it is shipped already"}, "it is shipped already"),
        ({"stage": Stage.EXPIRED}, "the offer lapsed"),
    ],
)
def test_what_became_of_a_proposal_is_told_as_it_is(changes: dict[str, Any], told: str) -> None:
    assert [told in deed for deed in summary.deeds([replace(REFUND, **changes)])] == [True]


def test_what_was_done_is_told_first_and_what_was_replaced_not_at_all() -> None:
    old = replace(REFUND, stage=Stage.SUPERSEDED)
    deeds = summary.deeds([old, replace(REFUND, stage=Stage.DECLINED), replace(REFUND, stage=Stage.DONE)])

    assert [deed.partition(" ")[0] for deed in deeds] == ["DONE", "Not"]


def test_a_proposals_words_to_the_model_are_no_fact_and_no_try() -> None:
    offered = {"proposed": True, "proposal": "Refund", "next": "Nothing has been done yet.", "after_a_yes": "done"}
    history = [asked("propose_refund", {"order_id": "ord_1001", "reason": "x", "amount": None}), told(offered)]

    assert (summary.facts(history), summary.tried(history)) == ("", "")
    stale = "Order ord_1001 is delivered. Nothing has been done yet; they were asked for a yes or a no by us."
    assert summary.without_stale(stale) == "Order ord_1001 is delivered."


def test_the_newest_look_at_a_thing_counts_and_days_are_told_in_words() -> None:
    before = {"found": True, "status": "shipped", "expected_in_days": 2, "total": "89.00", "currency": "USD"}
    after = {"found": True, "status": "delivered", "days_since_placed": 1, "total": "89.00", "currency": "USD"}
    history = [
        *(asked("lookup_order", {"order_id": "A1"}), told(before)),
        *(asked("track_shipment", {"order_id": "A1", "note": None}), told(before)),
        *(asked("lookup_order", {"order_id": "A1"}), told(after)),
    ]

    assert summary.facts(history) == (
        "status shipped, expected in 2 days, total 89.00 USD; status delivered, placed 1 day ago, total 89.00 USD"
    )
    assert "None" not in summary.tried(history)


@pytest.mark.parametrize(
    ("told", "reads"),
    [
        ("placed on 2026-11-26, expected on 2026-12-01", "placed on 26 November 2026, expected on 1 December 2026"),
        ("order 2026-13-45 and key a-2026-11-26", "order 2026-13-45 and key a-2026-11-26"),
    ],
)
def test_days_stand_there_as_people_write_them(told: str, reads: str) -> None:
    assert summary.with_dates(told) == reads
