"""For what a customer hears that we are sorry: for trouble, and for no wish, no plan and no priority."""

import pytest

from bot.domain.conversation import Conversation
from bot.domain.handoffs import ASKED_BY_BUTTON, HandoffRequest, Reason
from bot.domain.ids import ConversationId
from bot.turn.handoff.escalation import is_trouble
from bot.turn.input_checks.sentiment import sentiment_of

NAME = ConversationId("chat:shop:1")


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
    conversation = Conversation(NAME, sentiments=(sentiment_of(words),))
    request = HandoffRequest(ASKED_BY_BUTTON, "urgent", rule=rule)
    assert is_trouble(conversation, request) is expected
