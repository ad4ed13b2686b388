"""The sentence model as search and router share it: nothing is sent twice, nobody waits for what is away."""

import asyncio
from array import array
from collections.abc import Sequence

import pytest

from bot.desk.knowledge.sentences import LONGEST_QUESTION, REST_SECONDS, Sentences
from bot.domain.knowledge.sentence_model import Kind, Vector
from tests.doubles.clock import ManualClock


class Counting:
    """A model that notes what it is sent, and answers when it may."""

    name = "counting"

    def __init__(self) -> None:
        self.sent: list[tuple[Kind, list[str]]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.fault: Exception | None = None

    async def embed(self, texts: Sequence[str], kind: Kind) -> Sequence[Vector]:
        self.sent.append((kind, list(texts)))
        await self.may_answer.wait()
        if self.fault:
            raise self.fault
        return [array("f", [float(len(text)), 0.0]) for text in texts]


@pytest.fixture
def model() -> Counting:
    return Counting()


@pytest.fixture
def sentences(model: Counting, clock: ManualClock) -> Sentences:
    return Sentences(model, clock)


async def test_a_text_is_sent_once_whoever_asks(model: Counting, sentences: Sentences) -> None:
    first = await sentences.embed(["a", "bb", "a"], Kind.QUERY)
    again = await sentences.of_question("bb")

    assert [vector[0] for vector in first] == [1.0, 2.0, 1.0]
    assert again == first[1]
    assert model.sent == [(Kind.QUERY, ["a", "bb"])]


async def test_a_passage_and_a_question_of_the_same_words_are_two(model: Counting, sentences: Sentences) -> None:
    await sentences.embed(["refunds"], Kind.PASSAGE)
    await sentences.embed(["refunds"], Kind.QUERY)

    assert [kind for kind, _ in model.sent] == [Kind.PASSAGE, Kind.QUERY]


async def test_who_asks_while_the_same_is_asked_gets_that_answer(model: Counting, sentences: Sentences) -> None:
    model.may_answer.clear()
    two = [asyncio.create_task(sentences.embed(["refunds", text], Kind.QUERY)) for text in ("a", "b")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    model.may_answer.set()
    one, other = await asyncio.gather(*two)

    assert one[0] == other[0]
    assert [text for _, texts in model.sent for text in texts] == ["refunds", "a", "b"]


async def test_who_gives_up_takes_the_answer_from_nobody_else(model: Counting, sentences: Sentences) -> None:
    model.may_answer.clear()
    impatient = asyncio.create_task(sentences.embed(["refunds"], Kind.QUERY))
    await asyncio.sleep(0)
    patient = asyncio.create_task(sentences.embed(["refunds"], Kind.QUERY))
    await asyncio.sleep(0)
    impatient.cancel()
    model.may_answer.set()

    assert [list(vector) for vector in await patient] == [[7.0, 0.0]]
    assert len(model.sent) == 1


async def test_a_model_that_fails_is_left_alone_for_a_while(
    model: Counting, sentences: Sentences, clock: ManualClock
) -> None:
    model.fault = OSError("away")
    assert [await sentences.of_question(text) for text in ("a", "b")] == [None, None]
    assert len(model.sent) == 1

    model.fault = None
    clock.advance(REST_SECONDS)
    assert await sentences.of_question("a") is not None


async def test_a_model_that_answers_too_little_has_failed(
    model: Counting, sentences: Sentences, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_texts: Sequence[str], _kind: Kind) -> Sequence[Vector]:
        return []

    monkeypatch.setattr(model, "embed", nothing)

    assert await sentences.of_question("a") is None
    with pytest.raises(ValueError, match="0 vectors for 2 texts"):
        await sentences.embed(["b", "c"], Kind.QUERY)


async def test_of_a_letter_the_beginning_is_read(model: Counting, sentences: Sentences) -> None:
    await sentences.of_question("x" * 5_000)

    assert [len(text) for _, texts in model.sent for text in texts] == [LONGEST_QUESTION]
