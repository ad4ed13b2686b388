"""Questions that mean the same are one gap, whatever their words; other questions are not."""

from dataclasses import replace

from bot.desk.knowledge.sentences import Sentences
from bot.gaps.entries import Entry
from bot.gaps.grouping import Meanings, nearest
from integrations.models.embedded_sentences import embedded_sentences
from tests.doubles.clock import ManualClock
from tests.unit.gaps.kit import entry, signal

SAME = (
    "Do you have a student discount?",
    "Are there reduced prices for students?",
    "any discount for students or teachers?",
    "I'm at university, do I pay less as a student?",
    "Gibt es einen Studentenrabatt?",
)
OTHER = ("What is the rate limit of the API?", "Wo werden meine Daten gespeichert?")


async def _gaps_of(questions: tuple[str, ...], meanings: Meanings) -> list[str]:
    """Return the gap of each question, asked one after the other."""
    gaps: dict[str, list[Entry]] = {}
    found = []
    for number, question in enumerate(questions):
        vector = await meanings.of(question)
        made = entry(signal(conversation=f"chat:a:{number}"), question)
        gap = nearest(question, vector, meanings.model, gaps) or made.gap
        kept = replace(made, gap=gap, vector=vector, model=meanings.model if vector else "")
        gaps.setdefault(gap, []).insert(0, kept)
        found.append(gap)
    return found


async def test_by_meaning_five_ways_to_ask_are_one_gap_in_two_languages() -> None:
    meanings = Meanings(Sentences(embedded_sentences(), ManualClock.running()))

    found = await _gaps_of((*SAME, *OTHER), meanings)

    assert len(set(found[: len(SAME)])) == 1
    assert len(set(found)) == 1 + len(OTHER)


async def test_without_a_model_shared_words_make_one_gap() -> None:
    found = await _gaps_of(("Do you offer gift wrapping?", "is gift wrapping offered", *OTHER), Meanings(None))

    assert found[0] == found[1]
    assert len(set(found)) == 3
