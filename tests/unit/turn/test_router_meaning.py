"""With the sentence model the router knows lines of many languages from English examples alone."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from bot.desk import load_desk
from bot.desk.knowledge.sentences import Sentences
from bot.domain.knowledge.sentence_model import Kind, Vector
from bot.turn.routing.background_training import BackgroundRouter
from bot.turn.routing.router import Route, examples_of
from bot.turn.routing.trained import NOWHERE
from integrations.models.embedded_sentences import embedded_sentences, missing
from tests.doubles.clock import ManualClock
from tests.learnt import learnt

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "-")

CHATS = Path(__file__).with_name("router_chats.yml")


@pytest.fixture(scope="module")
def routes() -> dict[str, list[tuple[str, Route]]]:
    """Where the store desk's router sends each line, by language, with whose it is."""
    told = yaml.safe_load(CHATS.read_text("utf-8"))
    lines = [
        (language, lane, line.strip())
        for lane, said in told.items()
        for language, text in said.items()
        for line in text.splitlines()
    ]
    found: dict[str, list[tuple[str, Route]]] = {}
    for (language, lane, _), route in zip(lines, _routed([line for *_, line in lines]), strict=True):
        found.setdefault(language, []).append((lane, route))
    return found


def _routed(lines: Sequence[str]) -> list[Route]:
    router = learnt("store")
    assert router is not None
    assert router.wants_vector
    vectors = asyncio.run(Sentences(embedded_sentences(), ManualClock()).embed(lines, Kind.QUERY))
    plain = [router.by_words(line) for line in lines]
    meant = [router.route(line, vector) for line, vector in zip(lines, vectors, strict=True)]
    return [one if one.sure else other for one, other in zip(plain, meant, strict=True)]


def test_what_it_is_sure_of_is_right(routes: dict[str, list[tuple[str, Route]]]) -> None:
    sure = [(lane, route) for told in routes.values() for lane, route in told if route.sure and lane != NOWHERE]

    assert sum(lane == route.specialist for lane, route in sure) >= 0.95 * len(sure)


@pytest.mark.parametrize(("language", "share"), [("en", 0.6), ("de", 0.35), ("fr", 0.35), ("es", 0.35), ("ja", 0.35)])
def test_it_is_sure_of_many_lines_in_each_language(
    routes: dict[str, list[tuple[str, Route]]], language: str, share: float
) -> None:
    inside = [route for lane, route in routes[language] if lane != NOWHERE]

    assert sum(route.sure for route in inside) >= share * len(inside)


def test_it_is_sure_of_two_lines_in_three(routes: dict[str, list[tuple[str, Route]]]) -> None:
    inside = [route for told in routes.values() for lane, route in told if lane != NOWHERE]

    assert sum(route.sure for route in inside) >= 0.65 * len(inside)


def test_where_its_words_are_sure_of_a_line_it_is_right_without_the_model() -> None:
    router = learnt("store")
    assert router is not None
    told = yaml.safe_load(CHATS.read_text("utf-8"))
    lines = [
        (lane, line.strip()) for lane, said in told.items() for text in said.values() for line in text.splitlines()
    ]
    sure = [(lane, route) for lane, line in lines if (route := router.by_words(line)).sure]

    assert len(sure) >= len(lines) / 6
    assert sum(lane == route.specialist for lane, route in sure) >= 0.95 * len(sure)


class Unasked:
    """A sentence model that nobody may ask."""

    name = embedded_sentences().name

    async def embed(self, texts: Sequence[str], _kind: Kind) -> Sequence[Vector]:
        pytest.fail(f"asked about {texts}")


@pytest.mark.parametrize("text", ["Where is my order A1001?", "I want to return my shoes", "I forgot my password"])
async def test_a_line_whose_words_say_it_costs_no_vector(tmp_path: Path, text: str) -> None:
    router = BackgroundRouter(Sentences(Unasked(), ManualClock()))
    await router.learn(load_desk("store"), tmp_path)

    assert (await router.route(text)).sure
    await router.close()


def test_no_example_is_one_of_the_lines_it_is_measured_on() -> None:
    told = yaml.safe_load(CHATS.read_text("utf-8"))
    lines = {line.strip().casefold() for said in told.values() for text in said.values() for line in text.splitlines()}
    examples = {line.casefold() for said in examples_of(load_desk("store")).values() for line in said}

    assert not lines & examples


def test_what_belongs_to_nobody_goes_to_triage(routes: dict[str, list[tuple[str, Route]]]) -> None:
    outside = [route for told in routes.values() for lane, route in told if lane == NOWHERE]

    assert sum(not route.sure for route in outside) >= 0.9 * len(outside)
