"""What is stored of a conversation comes back as it was, and no text is stored twice."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import AuthorId
from bot.domain.transcript import Entry, Role, load_entry

SAID = "Where is A1001?"
PARTS = [{"type": "output_text", "text": "It is ", "annotations": []}, {"type": "output_text", "text": "on its way."}]

words = st.text(max_size=20)
contents = st.one_of(st.none(), words, st.lists(st.fixed_dictionaries({"type": words, "text": words}), max_size=2))
items = st.fixed_dictionaries(
    {},
    optional={
        "content": contents,
        "type": st.sampled_from(["function_call", "function_call_output", "message", "reasoning"]),
        "name": words,
        "arguments": words,
        "output": st.one_of(words, st.lists(words, max_size=2)),
    },
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(list(Role)), words, st.lists(items, max_size=2))
def test_every_entry_comes_back_as_it_was(role: Role, text: str, given_items: list[dict[str, Any]]) -> None:
    entry = Entry(role, text, 1.5, "orders", AuthorId("u1"), "Sarah", tuple(given_items))

    assert load_entry(entry.dump()) == entry


@pytest.mark.parametrize(
    ("text", "item"),
    [
        (SAID, {"role": "user", "content": SAID}),
        ("It is on its way.", {"role": "assistant", "content": PARTS}),
        ('look({"id": "A1001"})', {"type": "function_call", "name": "look", "arguments": '{"id": "A1001"}'}),
        ("on its way to you", {"type": "function_call_output", "output": "on its way to you"}),
    ],
)
def test_a_text_that_the_items_hold_is_not_stored_twice(text: str, item: dict[str, Any]) -> None:
    entry = Entry(Role.USER, text, 1.5, items=(item,))

    assert len(entry.dump()) < len(Entry(Role.USER, text + "!", 1.5, items=(item,)).dump()) - len(text)
    assert load_entry(entry.dump()).text == text


def test_what_older_versions_stored_still_loads() -> None:
    old = '{"role":"user","text":"hello","at":1.0,"items":[{"role":"user","content":"hello"}]}'

    assert load_entry(old) == Entry(Role.USER, "hello", 1.0, items=({"role": "user", "content": "hello"},))


def message(name: str, text: str) -> dict[str, Any]:
    """A text as the SDK has it of a model."""
    part = {"annotations": [], "logprobs": [], "text": text, "type": "output_text"}
    return {"id": name, "content": [part], "role": "assistant", "status": "completed", "type": "message"}


@pytest.mark.parametrize(
    ("role", "item"),
    [
        (Role.USER, {"role": "user", "content": SAID}),
        (Role.ASSISTANT, {"role": "assistant", "content": SAID}),
        (Role.ASSISTANT, message("msg_1", SAID)),
    ],
)
def test_what_is_only_a_text_is_stored_as_one_and_a_version_before_can_show_it(role: Role, item: Any) -> None:
    entry = Entry(role, SAID, 1_900_000_000.123, "orders", items=(item,))

    stored = entry.dump()

    assert load_entry(stored) == entry
    assert json.loads(stored)["text"] == SAID
    assert len(stored) <= len(SAID) + 90


@pytest.mark.parametrize(
    "item",
    [
        {**message("msg_1", SAID), "phase": "final_answer"},
        {**message("msg_1", SAID), "id": 7},
        {**message("msg_1", SAID), "status": "incomplete"},
        {"role": "user", "content": f"{SAID} And A1002?"},
    ],
)
def test_what_is_more_than_a_text_comes_back_whole(item: Any) -> None:
    entry = Entry(Role.ASSISTANT, SAID, 1.5, items=(item,))

    assert load_entry(entry.dump()) == entry


def test_what_the_version_before_stored_of_a_model_still_loads() -> None:
    old = json.dumps(
        {"role": "assistant", "at": 1.5, "agent": "faq", "author": "a", "name": "n", "items": [message("msg_1", SAID)]}
    )

    assert load_entry(old) == Entry(Role.ASSISTANT, SAID, 1.5, "faq", AuthorId("a"), "n", (message("msg_1", SAID),))
