"""Effects survive being stored, and their texts never speak of a ticket that is not there."""

import pytest

from bot.domain.effects import (
    TICKET_NUMBER,
    Button,
    ContinueInDM,
    Effect,
    OpenTicket,
    Person,
    Relay,
    Reply,
    SendCode,
    UpdateTicket,
    dump_effect,
    load_effect,
    with_ticket_number,
)
from bot.domain.events import File

FILE = File("F1", "photo.png", "https://files.slack.com/photo.png", "image/png", 12)


@pytest.mark.parametrize(
    "effect",
    [
        Reply("r", "text", buttons=(Button("frontdesk_human", "Talk", "v"),), answers=("a", "b")),
        Relay("l", "text", "Dana", files=(FILE,)),
        OpenTicket("o", "subject", "words", Person("Sarah", email="s@example.com"), tags=("frontdesk",), files=(FILE,)),
        UpdateTicket("u", comment="c", public=True, author=Person("Oleg", external_id="slack:T:U"), add_tags=("x",)),
        UpdateTicket("u", unassign=True),
        ContinueInDM("d", "slack:T:U", "Sarah", "where is it?", 1.5),
        SendCode("c", "s@example.com", "Sarah", "123456", "slack:T:U", 1.5),
    ],
)
def test_an_effect_comes_back_as_it_was_stored(effect: Effect) -> None:
    assert load_effect(dump_effect(effect)) == effect


def test_the_number_stands_where_the_mark_was() -> None:
    assert with_ticket_number(f"passed on as ticket #{TICKET_NUMBER}.", "7") == "passed on as ticket #7."


def test_without_a_ticket_nothing_speaks_of_one() -> None:
    assert with_ticket_number(f"passed on as ticket #{TICKET_NUMBER}.", "") == "passed on."
