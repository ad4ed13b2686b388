"""Picks the specialist of a first message with a local classifier where it is sure; asks no model.

It learns at start from the desk's example sentences, beside a list of lines that belong to no desk. Its threshold
follows from those sentences alone: cross-validated, what it is sure of has to be right.
"""

import math
import random
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

from cachetools import LRUCache, cached

from bot.desk.knowledge.search import COMMON_WORDS
from bot.desk.loading.loader import Desk
from bot.turn.routing.classifier import NOWHERE, Row, TrainedClassifier
from bot.turn.routing.classifier import learn as learn_here
from bot.turn.routing.trained_weights import learn_once

MOST = 40
"""Sentences of a lane that are learned; a seeded sample of more."""
MOST_NOWHERE = 200
"""The same for what belongs to no specialist, which is more varied."""

_ELSEWHERE = Path(__file__).with_name("elsewhere.txt")
_FEWEST = 5  # sentences of a lane; from fewer nothing can be learned and checked
_LONGEST = 60  # words; example sentences are short and say nothing about a letter
_SEED = 7

Learn = Callable[[Sequence[Row], Sequence[str], int], TrainedClassifier]

_HAS_DIGIT = re.compile(r"\S*\d\S*")
_CLAUSE = re.compile(r"[.?!;:\n]+|,|\b(?:and|but|also|plus|und|aber|et|mais|y|pero)\b")
_WORDS = re.compile(r"[\w']+")


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


class Routes(Protocol):
    """What tells where a first message belongs."""

    def route(self, text: str) -> Route:
        """Return where the message belongs."""


class Router:
    """A text classifier that knows when it does not know.

    Args:
        examples: specialist → sentences of customers; those under `NOWHERE` belong to nobody.
        learn: learns in this process, or starts another one for it.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]], learn: Learn = learn_here) -> None:
        texts, lanes = _sentences(examples)
        self._features = _Features(texts)
        rows = [self._features.of(text) for text in texts]
        learnt = learn([{str(column): weight for column, weight in row} for row in rows], lanes, len(self._features))
        self.threshold = learnt.threshold
        self._lanes = learnt.lanes
        self._constants = learnt.constants
        self._weights = array("d", chain.from_iterable(learnt.weights))

    def route(self, text: str) -> Route:
        """Return where the message belongs; greetings, foreign topics and two wishes in one message are not sure."""
        clauses = [clause for part in _CLAUSE.split(text.casefold()) if (clause := part.strip())]
        if not clauses or len(text.split()) > _LONGEST:
            return Route(NOWHERE, 0.0, sure=False)
        whole, *parts = [self._guess(part) for part in ([text, *clauses] if len(clauses) > 1 else [text])]
        likeliest = max([whole, *parts], key=lambda guess: guess.confidence)
        wishes = {guess.specialist for guess in [likeliest, *parts] if guess.confidence >= self.threshold}
        return Route(likeliest.specialist, likeliest.confidence, sure=len(wishes) == 1)

    def _guess(self, text: str) -> Guess:
        """Return the likeliest specialist, and its probability among all lanes."""
        count = len(self._lanes)
        scores = list(self._constants)
        for column, weight in self._features.of(text):
            for lane in range(count):
                scores[lane] += weight * self._weights[column * count + lane]
        highest = max(scores)
        chances = [math.exp(score - highest) for score in scores]
        best = max((lane for lane in range(count) if self._lanes[lane] != NOWHERE), key=chances.__getitem__)
        return Guess(self._lanes[best], chances[best] / sum(chances))


class _Features:
    """Words and pieces of words, weighed by how rare they are.

    Words never seen before count in a text's length: what is mostly unknown resembles nothing much.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        found = Counter(chain.from_iterable(set(_parts(text)) for text in texts))
        self._columns = {part: column for column, part in enumerate(sorted(found))}
        self._rarity = array("d", [self._rarity_of(found[part], len(texts)) for part in self._columns])
        self._rarest = self._rarity_of(0, len(texts))

    def __len__(self) -> int:
        return len(self._columns)

    def of(self, text: str) -> list[tuple[int, float]]:
        """Return the columns that were seen in training and stand in the text, with their weights."""
        known, length = [], 0.0
        for part, count in Counter(_parts(text)).items():
            column = self._columns.get(part)
            weight = (1 + math.log(count)) * (self._rarest if column is None else self._rarity[column])
            length += weight * weight
            if column is not None:
                known.append((column, weight))
        return [(column, weight / math.sqrt(length)) for column, weight in known]

    @staticmethod
    def _rarity_of(texts: int, all_texts: int) -> float:
        return math.log((1 + all_texts) / (1 + texts)) + 1


def _parts(text: str) -> Iterator[str]:
    """Yield the telling words, pairs of them, and all words' pieces of three and four letters."""
    plain = _plain(text)
    words = [word for word in _WORDS.findall(plain) if word not in COMMON_WORDS]
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))
    for word in plain.split():
        padded = f"#{word}#"  # no word has this sign, so no piece is a word
        for size in (3, 4):
            yield from (f"#{padded[at : at + size]}" for at in range(max(1, len(padded) - size + 1)))


def router_of(desk: Desk, folder: Path | None = None) -> Router | None:
    """Return the desk's router, None where its specialists give too few example sentences to learn from.

    Args:
        folder: where what was learnt is kept for the next start.

    Raises:
        subprocess.SubprocessError: learning failed, or took longer than two minutes.
    """
    learned = examples_of(desk)
    lanes = [lane for lane in learned if lane != NOWHERE]
    return _trained(tuple((lane, tuple(said)) for lane, said in learned.items()), folder) if len(lanes) > 1 else None


def examples_of(desk: Desk) -> Mapping[str, Sequence[str]]:
    """Return what the desk's router learns from.

    The first specialist's sentences (greetings, vague requests) are nobody else's and so go to triage.
    """
    said = {name: specialist.examples for name, specialist in desk.specialists.items()}
    nowhere = said.pop(desk.first)
    return {NOWHERE: nowhere} | {name: lines for name, lines in said.items() if len(lines) >= _FEWEST}


@cached(LRUCache(4), key=lambda examples, _folder: examples)
def _trained(examples: tuple[tuple[str, tuple[str, ...]], ...], folder: Path | None) -> Router:
    return Router(dict(examples), partial(learn_once, folder))


def _sentences(examples: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """The sentences to learn from, shuffled, with their lanes."""
    chance = random.Random(_SEED)  # noqa: S311 (no secret: the same sentences make the same router)
    pairs = [(line, NOWHERE) for line in _elsewhere()]
    for lane, said in sorted(examples.items()):
        most = MOST_NOWHERE if lane == NOWHERE else MOST
        pairs += [(line, lane) for line in chance.sample(list(said), min(most, len(said)))]
    chance.shuffle(pairs)
    return [line for line, _ in pairs], [lane for _, lane in pairs]


def _elsewhere() -> list[str]:
    return [line for line in _ELSEWHERE.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def _plain(text: str) -> str:
    """Lower case; every number, order id and amount is the same word."""
    return _HAS_DIGIT.sub(" 0 ", text.casefold().replace("’", "'"))
