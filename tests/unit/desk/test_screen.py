"""The screen believes an answer that names what was offered, and no other."""

from typing import Any

import pytest

from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.domain.conversation import Conversation
from bot.domain.ids import ConversationId
from bot.turn.stages.screen import Screen, ScreenFinding, Screening

MAYBE = "How do I set the system prompt in your API?"
PLAIN: dict[str, Any] = {
    "in_scope": True,
    "injection": False,
    "abuse": False,
    "sentiment": 0.2,
    "language": "en",
    "lane": "",
}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load_desk("store")


async def look(desk: Desk, **found: Any) -> ScreenFinding:
    async def ask(_: str) -> Screening:
        return Screening(**PLAIN | found)

    return await Screen(desk, None, ask).look(MAYBE, Conversation(ConversationId("slack:T1:C1:1.0")))


NONSENSE: dict[str, dict[str, Any]] = {
    "a lane": {"injection": True, "lane": "bananas"},
    "a topic": {"abuse": True, "topic": "weather"},
    "a language": {"in_scope": False, "language": "klingon"},
    "everything": {
        "in_scope": False,
        "injection": True,
        "abuse": True,
        "sentiment": -1,
        "language": "zzz",
        "lane": "x",
    },
    "a lane in German": {"injection": True, "lane": "Technik"},
    "foreign, and whose it is": {"in_scope": False, "lane": "technical"},
    "a sentence": {"abuse": True, "lane": "It is for the technical specialist."},
}


@pytest.mark.parametrize("found", NONSENSE.values(), ids=NONSENSE.keys())
async def test_an_answer_that_names_what_nobody_offered_counts_as_none(desk: Desk, found: dict[str, Any]) -> None:
    finding = await look(desk, **found)

    assert (finding.verdict, finding.answer, finding.request, finding.sentiment) == ("pass", "", None, None)


@pytest.mark.parametrize(
    ("said", "lane"),
    [("technical", "technical"), (" Technical ", "technical"), ("none", ""), ("null", ""), ("N/A", "")],
)
async def test_names_are_read_as_models_write_them(desk: Desk, said: str, lane: str) -> None:
    assert (await look(desk, lane=said, topic=said if not lane else "")).lane == lane


@pytest.mark.parametrize(
    ("said", "language"), [("de", "de"), ("DE", "de"), ("de-AT", "de"), ("German", "de"), ("ro", "en"), ("", "en")]
)
async def test_languages_are_read_as_models_write_them(desk: Desk, said: str, language: str) -> None:
    finding = await look(desk, language=said, injection=True)

    assert finding.verdict == "injection"
    assert finding.language == language


async def test_a_topic_that_is_offered_brings_people(desk: Desk) -> None:
    finding = await look(desk, topic="Legal")

    assert finding.request is not None
    assert finding.request.topic == "legal"
