"""What comes with the package: a first start with a built-in desk computes no vector and learns nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.app.shipping import DESKS, lessons_to_ship, texts_to_ship
from bot.desk import load_desk
from bot.desk.knowledge.meaning import MeaningSearch, VectorFile
from bot.desk.knowledge.sentences import Sentences
from bot.domain.knowledge.sentence_model import Kind
from bot.shipped.vectors import vectors_of
from bot.shipped.weights import weights_named
from bot.turn.input_checks.signs import SURE, Signs
from bot.turn.routing import learning
from bot.turn.routing.background_training import BackgroundRouter
from bot.turn.routing.learning import name_of
from integrations.models.embedded_sentences import NAME, embedded_sentences, missing
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.doubles.sentences import TopicSentences

AGAIN = "words of a built-in desk, or the code that learns, have changed: run `make shipped`"


class Embedded(TopicSentences):
    """Goes by the embedded model's name, and notes what it is asked."""

    name = NAME


def test_every_text_of_the_built_in_desks_has_its_vector() -> None:
    wanted = texts_to_ship([load_desk(name) for name in DESKS])

    assert all(set(texts) == vectors_of(NAME, texts, kind).keys() for kind, texts in wanted.items()), AGAIN


def test_everything_that_is_learnt_for_them_is_there() -> None:
    model = Sentences(Embedded(), ManualClock())
    told = [
        (weights_named(name_of(lesson, model if meant else None)), meant)
        for desk in DESKS
        for lesson, meant in lessons_to_ship(load_desk(desk))
    ]

    assert len(told) == len(DESKS) * (2 + len(SURE))
    assert all(weights and bool(weights["both"]) is meant for weights, meant in told), AGAIN


@pytest.mark.skipif(bool(missing()), reason=missing() or "-")
@pytest.mark.parametrize("kind", list(Kind))
async def test_they_are_what_the_model_makes(kind: Kind) -> None:
    texts = texts_to_ship([load_desk("store")])[kind][::97]
    made = await embedded_sentences().embed(texts, kind)
    shipped = vectors_of(NAME, texts, kind)

    assert all(cosine(shipped[text], vector) > 0.999 for text, vector in zip(texts, made, strict=True)), AGAIN


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", DESKS)
async def test_a_first_start_asks_the_model_nothing_and_learns_nothing(
    name: str, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def learns(given: str) -> str:
        raise AssertionError(AGAIN)

    monkeypatch.setattr(learning, "_told_by_another_process", learns)
    monkeypatch.setattr(learning, "_learnt", {})
    model, desk = Embedded(), load_desk(name)
    sentences = Sentences(model, clock, shipped=vectors_of)
    router, signs = BackgroundRouter(sentences), Signs(sentences)
    kept = VectorFile(None, NAME)
    await MeaningSearch(sentences, kept).learn(desk.knowledge.passages())
    await router.learn(desk, tmp_path)
    signs.learn(desk, tmp_path)
    await wait_until(lambda: router.has_learnt and signs.has_learnt, what="what was learnt before")

    assert model.asked == []
    assert all(signs.knows(sign) for sign in SURE)
    kept.close()


async def test_of_an_own_desk_only_its_own_sentences_are_computed(clock: ManualClock) -> None:
    model = Embedded()
    told = texts_to_ship([load_desk("store")])[Kind.QUERY][0]
    mine = await Sentences(model, clock, shipped=vectors_of).embed(["my own words", told, "my own words"], Kind.QUERY)

    assert model.asked == ["my own words"]
    assert list(mine[1]) == list(vectors_of(NAME, [told], Kind.QUERY)[told])
    assert list(mine[0]) == list(mine[2])


async def test_another_model_has_none(clock: ManualClock) -> None:
    model, told = TopicSentences(), texts_to_ship([load_desk("store")])[Kind.QUERY][0]
    await Sentences(model, clock, shipped=vectors_of).embed([told], Kind.QUERY)

    assert model.asked == [told]
