"""When a changed line says something else: a number, a name, a no; and when it was a slip of the pen."""

import pytest

from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.turn.stages.edits import before_of, change_told, newest_words, says_else, was_changed


def edit(before: str, now: str, at: float = 1.0) -> CustomerMessage:
    return CustomerMessage(
        f"edit:{at}",
        ConversationId("slack:T:C:1.0"),
        Author(AuthorId("slack:T:U")),
        now,
        at,
        ts="1.0",
        edited=True,
        before=before,
    )


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("my order is maple-1", "my order is maple-2"),
        ("refund 40 please", "refund 400 please"),
        ("I do want it", "I don't want it"),
        ("ich will das", "ich will das nicht"),
        ("ship it to June Road", "ship it to July Road"),
        ("je peux attendre", "je ne peux pas attendre"),
        ("is it ever open?", "is it never open?"),
        ("", "my order is late"),
        ("quiero el pedido azul", "quiero el pedido rojo"),
    ],
)
def test_another_word_is_something_else(before: str, now: str) -> None:
    assert says_else(edit(before, now))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("I have not recieved it", "I have not received it"),
        ("where is it", "Where is it?!"),
        ("thanks", "thanks :+1:"),
        ("Wo ist meine Bestelung A1001?", "wo ist meine Bestellung  A1001"),
    ],
)
def test_a_slip_of_the_pen_is_nothing_else(before: str, now: str) -> None:
    assert not says_else(edit(before, now))


def test_people_hear_of_every_word_and_of_nothing_less() -> None:
    assert was_changed(edit("Mr Smyth", "Mr Smith"))
    assert not was_changed(edit("Mr Smith", "mr smith :wave:"))


def test_of_several_changes_the_last_counts_against_the_first() -> None:
    lines = newest_words([edit("one", "two", 1.0), edit("two", "three", 2.0)])

    assert [line.text for line in lines] == ["", "three"]
    assert before_of(lines[-1]) == "one"


def test_the_note_quotes_whatever_was_written() -> None:
    conversation = Conversation(ConversationId("slack:T:C:1.0"), ticket_id="7")
    [note] = change_told(conversation, edit("a *b*\n[c](http://x)", "d"))

    assert not note.public
    assert "> a \\*b\\*\n> \\[c\\](http://x)" in note.comment
    assert "> d" in note.comment
