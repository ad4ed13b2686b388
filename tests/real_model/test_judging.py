"""The judge of what customers read: it has to find what is there, and nothing in what our desk says."""

import pytest

from bot.turn.texts import say
from tests.real_model.judging import is_half, unkind
from tests.real_model.tap import Said, heard

UNKIND = {
    "data": '{"name": "lookup_it", "parameters": {}}',
    "a template's token": "Hello.<|im_end|>",
    "a tag": "Hello <tool_response>open</tool_response>",
    "a call": "lookup_order(A1001)",
    "an error's name": "openai.BadRequestError: no",
    "an invented turn": "Hello.\nuser: thanks",
    "an inner word": "Thought: they want it.",
}
KIND = [
    "Your order A1001 has been shipped and is on its way: 2 days (about <1 week).",
    "Look at <https://example.com/a|the page>, or write to <mailto:a@example.com|us>, <@U0SARAH>.",
    "1. Open the page {your name}.\n2. Press [Send].",
    say("limits.too_long", "en", limit=4000),
    say("files.wanted", "en"),
]
CUT = "The most common cause of this is an incorrect way of setting it up. The default way of"


@pytest.mark.parametrize("what", UNKIND)
def test_what_no_customer_should_read_is_found(what: str) -> None:
    assert what in unkind(UNKIND[what])


@pytest.mark.parametrize("text", KIND)
def test_kind_sentences_pass(text: str) -> None:
    assert unkind(text) == []


def test_what_customers_name_themselves_may_be_named_to_them() -> None:
    assert unkind("There is no lookup_order here.", "What is lookup_order?") == []
    assert unkind("I call propose_refund.", "What is lookup_order?") == ["a call"]


def test_half_an_answer_is_known_by_its_end() -> None:
    cut = [Said(200, CUT, "length")]

    assert is_half(f"{CUT[:60]}\n{CUT[60:]}", cut)
    assert not is_half(CUT[:60], cut)
    assert not is_half(CUT, [Said(200, CUT, "stop")])
    assert is_half(CUT, [Said(200, CUT, "completed", most=20, tokens=20)])


def test_the_tap_reads_both_apis() -> None:
    word, end = '{"choices":[{"delta":{"content":"Yes"}}]}', '{"choices":[{"delta":{},"finish_reason":"length"}]}'
    chat = f"data: {word}\n\ndata: {end}\n\n"
    whole = (
        '{"object":"response","status":"completed","output":[{"type":"function_call"},{"content":[{"text":"Yes"}]}]}'
    )

    assert heard(200, chat, {"max_tokens": 9}) == Said(200, "Yes", "length", most=9)
    assert heard(200, whole, {}) == Said(200, "Yes", "completed", calls=1)
