"""A change of some fields of a frozen dataclass."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import pytest

from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.ids import ConversationId


@dataclass(frozen=True)
class Line:
    text: str
    by: str = ""

    @cached_property
    def length(self) -> int:
        return len(self.text)


@dataclass
class Checked:
    text: str

    def __post_init__(self) -> None:
        self.text = self.text.strip()


def test_a_change_is_what_dataclasses_make_of_it_and_leaves_the_old_one() -> None:
    before = Conversation(ConversationId("chat:web:1"), specialist="orders", turns=2)
    after = replace(before, turns=3, specialist="")

    assert after == dataclasses.replace(before, turns=3, specialist="")
    assert (before.turns, type(after)) == (2, Conversation)


def test_what_was_remembered_of_the_old_one_is_not_of_the_new() -> None:
    line = Line("one")
    assert line.length == 3

    assert replace(line, text="three").length == 5


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="no field of Line: words"):
        replace(Line("one"), words="two")  # type: ignore[call-arg]  # that is the test


def test_a_class_whose_constructor_does_more_is_refused() -> None:
    with pytest.raises(TypeError, match="constructor"):
        replace(Checked("one"), text="two")
