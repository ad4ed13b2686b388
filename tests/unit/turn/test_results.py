"""How a turn ends, without a model or a store."""

from bot.desk import load_desk
from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage, InboundMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.ports import Profile
from bot.turn import results
from bot.turn.agent.session import model_history
from bot.turn.context import Batch, TurnInput
from bot.turn.handoff.request import Requester

SARAH = Author(AuthorId("a"), "Sarah")


def line(text: str) -> InboundMessage:
    return CustomerMessage(
        id=text[:9],
        conversation=ConversationId("chat:a:b"),
        author=SARAH,
        text=text,
        at=0.0,
        surface=Origin.CHAT,
    )


def test_what_is_too_long_stays_for_people_and_never_reaches_a_model() -> None:
    lines = [line("hi"), line("x" * 101)]
    asked = Batch(lines, Requester(SARAH, Profile(AuthorId("a"), "Sarah")))
    waiting = TurnInput(Conversation(ConversationId("chat:a:b")), lines, [], 0.0)
    outcome = results.refused(load_desk("store"), waiting, asked, 100)
    assert outcome.entries[0].text == f"hi\n{'x' * 101}"
    assert model_history(outcome.entries, "")[0] == {"role": "user", "content": f"hi\n{results.TOO_LONG}"}
    assert len(outcome.entries) == 2
