"""Picks the specialist of a first message with a local classifier where it is sure; asks no model that costs.

It knows words and, where there is a sentence model, what a message means: then English example sentences route every
language that the model speaks. Its threshold follows from the example sentences alone: cross-validated, what it is
sure of has to be right.
"""

import math
import random
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol

from bot.desk.loading.desk import Desk
from bot.domain.knowledge.sentence_model import Vector
from bot.turn.routing.features import Features
from bot.turn.routing.trained import NOWHERE, Row, TrainedClassifier, Weights

MOST = 64
"""Sentences of a lane that are learned; a seeded sample of more."""
MOST_NOWHERE = 200
"""The same for what belongs to no specialist, which is more varied."""

_ELSEWHERE = Path(__file__).with_name("elsewhere.txt")
_FEWEST = 5  # sentences of a lane; from fewer nothing can be learned and checked
_LONGEST = 60  # words; example sentences are short and say nothing about a letter
_SEED = 7

_CLAUSE = re.compile(r"[.?!;:\n]+|,|\b(?:and|but|also|plus|und|aber|et|mais|y|pero)\b")


class Guess(NamedTuple):
    """The likeliest specialist for a text, and its probability."""

    specialist: str
    confidence: float


class Route(NamedTuple):
    """Where a message belongs.

    Args:
        specialist: the likeliest one.
        confidence: its probability, 0 to 1.
        sure: whether to go there without asking triage.
    """

    specialist: str
    confidence: float
    sure: bool


NOT_SURE = Route(NOWHERE, 0.0, sure=False)


class Routes(Protocol):
    """What tells where a first message belongs."""

    async def route(self, text: str) -> Route:
        """Return where the message belongs."""


@dataclass(frozen=True)
class Lesson:
    """Sentences to learn from, each with its lane, and what their words are to the router."""

    texts: Sequence[str]
    lanes: Sequence[str]
    features: Features

    @classmethod
    def of(cls, texts: Sequence[str], lanes: Sequence[str]) -> "Lesson":
        """Return the lesson of these sentences."""
        return cls(texts, lanes, Features(texts))

    def rows(self) -> list[Row]:
        """Return the sentences as the classifier reads them."""
        return [{str(column): weight for column, weight in self.features.of(text)} for text in self.texts]


class Router:
    """A text classifier that knows when it does not know.

    Args:
        features: of the sentences that were learned from.
    """

    def __init__(self, features: Features, learnt: TrainedClassifier) -> None:
        self._features = features
        self._words = _Line(learnt.lanes, learnt.words)
        self._both = _Line(learnt.lanes, learnt.both) if learnt.both else None
        self._centre = learnt.centre or []

    @property
    def threshold(self) -> float:
        """The least confidence that is sure."""
        return (self._both or self._words).threshold

    @property
    def wants_vector(self) -> bool:
        """Whether it knows what to do with what a message means."""
        return self._both is not None

    def route(self, text: str, vector: Vector | None = None) -> Route:
        """Return where the message belongs; greetings, foreign topics and two wishes in one message are not sure.

        Args:
            vector: what the message means; None goes by the words.
        """
        clauses = _clauses(text)
        if not clauses or len(text.split()) > _LONGEST:
            return NOT_SURE
        whole, line = self._whole(text, vector)
        sure = [guess for guess in self._by_clause(clauses) if guess.confidence >= self._words.threshold]
        if whole.confidence >= line.threshold:
            sure.append(whole)
        likeliest = max(sure or [whole], key=lambda guess: guess.confidence)
        return Route(*likeliest, sure=len({guess.specialist for guess in sure}) == 1)

    def by_words(self, text: str) -> Route:
        """Return where the words alone surely send the message, as a whole and in no part elsewhere; else not sure.

        A vector of what it means takes longer than the rest of a turn. Measured on the lines of
        `tests/unit/turn/router_chats.yml`, where this is sure the vector nearly always agrees, and is no better.
        """
        route = self.route(text)
        is_whole = route.sure and self._by_words(text).confidence >= self._words.threshold
        return route if is_whole else NOT_SURE

    def _by_clause(self, clauses: Sequence[str]) -> list[Guess]:
        """Return what each part of a message is about, where it has several."""
        return [self._by_words(clause) for clause in clauses] if len(clauses) > 1 else []

    def likeliest(self, text: str, vector: Vector) -> Guess:
        """Return the likeliest lane of a whole text, however sure that is."""
        return self._whole(text, vector)[0]

    def _whole(self, text: str, vector: Vector | None) -> "tuple[Guess, _Line]":
        if self._both is None or vector is None:
            return self._by_words(text), self._words
        meant = _from(self._centre, vector)
        first = len(self._features)
        return self._both.guess(chain(self._features.of(text), enumerate(meant, first))), self._both

    def _by_words(self, text: str) -> Guess:
        return self._words.guess(self._features.of(text))


class _Line:
    """One linear model: which lane a row of features is likeliest of."""

    def __init__(self, lanes: Sequence[str], weights: Weights) -> None:
        self.threshold = weights.threshold
        self._lanes = lanes
        self._constants = weights.constants
        self._table = array("d", chain.from_iterable(weights.table))
        self._somewhere = [lane for lane, name in enumerate(lanes) if name != NOWHERE]

    def guess(self, row: Iterable[tuple[int, float]]) -> Guess:
        """Return the likeliest specialist, and its probability among all lanes."""
        count = len(self._lanes)
        scores = list(self._constants)
        for column, weight in row:
            for lane in range(count):
                scores[lane] += weight * self._table[column * count + lane]
        highest = max(scores)
        chances = [math.exp(score - highest) for score in scores]
        best = max(self._somewhere, key=chances.__getitem__)
        return Guess(self._lanes[best], chances[best] / sum(chances))


def _clauses(text: str) -> list[str]:
    parts = (part.strip() for part in _CLAUSE.split(text.casefold()))
    return [part for part in parts if part]


def examples_of(desk: Desk) -> Mapping[str, Sequence[str]]:
    """Return what the desk's router learns from.

    The first specialist's sentences (greetings, vague requests) are nobody else's and so go to triage.
    """
    said = {name: specialist.examples for name, specialist in desk.specialists.items()}
    nowhere = said.pop(desk.first)
    return {NOWHERE: nowhere} | {name: lines for name, lines in said.items() if len(lines) >= _FEWEST}


def can_learn(examples: Mapping[str, Sequence[str]]) -> bool:
    """Return whether there are lanes to choose between."""
    return len(examples.keys() - {NOWHERE}) > 1


def lesson_of(examples: Mapping[str, Sequence[str]]) -> Lesson:
    """Return the sentences to learn from, shuffled: the desk's, and those that belong to no desk.

    Args:
        examples: specialist → sentences of customers; those under `NOWHERE` belong to nobody.
    """
    chance = random.Random(_SEED)  # noqa: S311 (no secret: the same sentences make the same router)
    pairs = [(line, NOWHERE) for line in elsewhere()]
    for lane, said in sorted(examples.items()):
        most = MOST_NOWHERE if lane == NOWHERE else MOST
        pairs += [(line, lane) for line in chance.sample(list(said), min(most, len(said)))]
    chance.shuffle(pairs)
    texts = [line for line, _ in pairs]
    return Lesson.of(texts, [lane for _, lane in pairs])


def elsewhere() -> list[str]:
    """Return the lines that belong to no specialist of any desk."""
    return [line for line in _ELSEWHERE.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def _from(centre: Sequence[float], vector: Vector) -> list[float]:
    """Return how a vector differs from the middle of all, in length 1."""
    away = [value - middle for value, middle in zip(vector, centre, strict=True)]
    length = math.sqrt(math.fsum(value * value for value in away)) or 1.0
    return [value / length for value in away]
