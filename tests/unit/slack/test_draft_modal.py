"""The modal of a draft: within Slack's limits whatever its length, and the same text comes back from it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.slack.drafts.modal import (
    FIELD_LIMIT,
    MOST_CHARS,
    conversation_in,
    edit_modal,
    fits,
    text_in,
)

CONVERSATION = "slack:T1:C1:1700000000.000100"
PARAGRAPH = "Your parcel is on its way. " * 20


def submitted(view: dict[str, Any], **typed: str) -> dict[str, dict[str, str | None]]:
    """Return what Slack sends of a modal: what stands in each field, or what was typed into the n-th."""
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    return {
        block["block_id"]: {block["element"]["action_id"]: typed.get(f"n{n}", block["element"].get("initial_value"))}
        for n, block in enumerate(fields)
    }


def initial(view: dict[str, Any]) -> list[str]:
    return [block["element"].get("initial_value", "") for block in view["blocks"] if block["type"] == "input"]


def test_a_draft_stands_in_one_field_as_it_is() -> None:
    view = edit_modal("d1", CONVERSATION, "Dear Sarah,\n\nit is **late**.", "Sarah Chen")

    assert initial(view) == ["Dear Sarah,\n\nit is **late**."]
    assert (view["private_metadata"], view["callback_id"]) == ("d1", "frontdesk_draft_edit")
    assert "Sarah Chen" in json.dumps(view)


@pytest.mark.parametrize("length", [2_399, 2_401, 2_999, 3_000])
def test_up_to_a_fields_length_it_is_one_field_and_has_room_for_more(length: int) -> None:
    view = edit_modal("d1", CONVERSATION, "x" * length)

    assert initial(view) == ["x" * length, *([""] if length > 2_400 else [])]


def test_a_long_draft_is_parted_between_paragraphs_and_comes_back_whole() -> None:
    text = "\n\n".join([PARAGRAPH.strip()] * 12)
    view = edit_modal("d1", CONVERSATION, text)

    assert len(initial(view)) > 2
    assert all(part.startswith("Your") and part.endswith("way.") for part in initial(view) if part)
    assert text_in(submitted(view)) == text


@given(st.text(max_size=9_000), st.sampled_from(["", "\n", "\n\n", " "]))
def test_every_text_comes_back_as_it_was(text: str, mark: str) -> None:
    text = mark.join([text.replace("\r", ""), "words " * 700]).strip()
    view = edit_modal("d1", CONVERSATION, text)

    assert text_in(submitted(view)) == text
    assert all(len(part) <= FIELD_LIMIT for part in initial(view))


def test_the_longest_draft_is_within_slacks_limits() -> None:
    view = edit_modal("d" * 64, "chat:" + "k" * 40 + ":" + "s" * 150, "<ß> & 'x' " * (MOST_CHARS // 10), "N" * 900)

    assert fits("x" * MOST_CHARS)
    assert not fits("x" * (MOST_CHARS + 1))
    assert len(view["blocks"]) <= 100
    assert len(json.dumps(view)) < 250_000
    assert all(len(block.get("block_id", "")) <= 255 for block in view["blocks"])
    assert all(len(view[name]["text"]) <= 24 for name in ("title", "submit", "close"))
    assert len({block.get("block_id") for block in view["blocks"]}) == len(view["blocks"])


def test_what_is_typed_counts_and_an_emptied_field_leaves_no_gap() -> None:
    view = edit_modal("d1", CONVERSATION, "\n\n".join(["a" * 2_000, "b" * 2_000]))

    assert text_in(submitted(view, n1="Mine.")) == "a" * 2_000 + "\n\nMine."
    assert text_in(submitted(view, n0="Mine.\r\n", n1=" ")) == "Mine."
    assert text_in(submitted(view, n0="", n1="Mine.")) == "Mine."
    assert text_in(submitted(view, n0=" ", n1="")) == ""


def test_the_fields_tell_whose_they_are_in_any_order() -> None:
    values = submitted(edit_modal("d1", CONVERSATION, "\n\n".join(["a" * 2_000, "b" * 2_000, "c" * 2_000])))

    turned = dict(reversed(values.items()))

    assert conversation_in(turned) == CONVERSATION
    assert text_in(turned) == text_in(values)
    assert conversation_in({"b1": {}}) == ""
