"""For what a customer hears that we are sorry: for trouble, and for no wish, no plan and no priority."""

import pytest

from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage
from bot.domain.handoffs import ASKED_BY_BUTTON, HandoffRequest, Reason
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.turn.handoff.escalation import is_trouble

NAME = ConversationId("chat:shop:1")


def line(words: str) -> CustomerMessage:
    author = Author(AuthorId("chat:shop:sarah"), "Sarah")
    return CustomerMessage(id="m1", conversation=NAME, author=author, text=words, at=1.0, surface=Origin.CHAT)


@pytest.mark.parametrize(
    ("words", "rule", "expected"),
    [
        ("I want to talk to a human", Reason.ASKED_FOR_HUMAN, False),
        ("Ich möchte bitte mit einem Menschen sprechen", Reason.ASKED_FOR_HUMAN, False),
        ("I report a fraud on my card", "fraud", False),
        ("This is unacceptable, I want a manager", Reason.ASKED_FOR_HUMAN, True),
        ("C'est inacceptable, je veux parler à un responsable", Reason.ASKED_FOR_HUMAN, True),
        ("and where is it now?", Reason.REPEATED, True),
        ("hello", Reason.FAILURE, True),
    ],
)
def test_we_are_sorry_where_something_went_wrong(words: str, rule: str, expected: bool) -> None:
    request = HandoffRequest(ASKED_BY_BUTTON, "urgent", rule=rule)
    assert is_trouble(Conversation(NAME), request, [line(words)]) is expected


def test_a_mood_that_was_scored_before_counts_too() -> None:
    request = HandoffRequest(ASKED_BY_BUTTON, rule=Reason.ASKED_FOR_HUMAN)
    assert is_trouble(Conversation(NAME, sentiments=(-0.4,)), request, [line("a human please")])
