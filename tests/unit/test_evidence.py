"""What a human agent is told of a conversation where no model told it."""

import json
from typing import Any

from bot.domain.messages import Author, InboundMessage, Kind, Surface
from bot.domain.transcript import Entry, Role
from bot.turn import evidence

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
    return InboundMessage(
        id=text, conversation="chat:a:b", kind=Kind.CUSTOMER, author=Author("a", "A"), text=text, at=0.0,
        surface=Surface.CHAT,
    )  # fmt: skip


LOOKED_UP = [
    asked("lookup_order", {"order_id": "A1001"}),
    told(ORDER),
    asked("search_knowledge", {"query": "return window"}),
    told(ARTICLES),
]


def test_facts_are_words_and_never_json() -> None:
    assert evidence.facts(LOOKED_UP) == ("order id A1001, status shipped, items Wireless Headset 89.00, gift no")


def test_what_was_tried_has_its_result_and_the_last_answer() -> None:
    history = [*LOOKED_UP, Entry(Role.ASSISTANT, "It is on its way.", 0.0)]
    assert evidence.tried(history) == (
        "lookup_order A1001: found; search_knowledge return window: articles found; "
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
    assert evidence.facts(history) == ""
    assert evidence.tried(history) == (
        "lookup_order A9: not found; track_shipment A9: no result; search_knowledge moon: no article found"
    )


def test_asking_for_a_human_is_nothing_that_was_tried() -> None:
    handed_over = [asked("escalate_to_human", {"reason": "Angry"}), told("A human colleague takes over.")]
    assert evidence.tried(handed_over) == ""


def test_calls_side_by_side_find_their_own_results_and_repeats_are_told_once() -> None:
    both = [
        asked("lookup_order", {"order_id": "A1"}, "1"),
        asked("lookup_order", {"order_id": "A2"}, "2"),
        told({"found": False}, "2"),
        told({"found": True, "order_id": "A1"}, "1"),
    ]
    assert evidence.tried([*both, *both]) == "lookup_order A2: not found; lookup_order A1: found"


def test_sources_are_the_titles_of_what_was_read() -> None:
    assert evidence.sources([*LOOKED_UP, *LOOKED_UP]) == "Refunds and returns"


def test_the_issue_is_told_in_the_customers_words_which_cannot_format_the_note() -> None:
    history = [Entry(Role.USER, "Where is\nA1001?", 0.0)]
    issue = evidence.issue([line("see [here](https://evil.example) <b>")], history)
    assert issue == r"“Where is A1001?” / “see \[here\](https://evil.example) \<b\>”"


def test_long_texts_are_cut_visibly() -> None:
    assert evidence.issue([line("x" * 1000)], []).endswith("…”")
