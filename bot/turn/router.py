"""The first message straight to its specialist, where a small local classifier is sure; no model is asked.

It learns at start from the desk's example sentences, beside a list of lines that belong to no desk. Its threshold
follows from those sentences alone: cross-validated, what it is sure of has to be right.
"""

import math
import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bot.desk.knowledge import COMMON_WORDS
from bot.desk.loader import Desk

NOWHERE = ""
"""The lane of what belongs to no specialist: it goes to triage."""

MOST = 40
"""Sentences of a lane that are learned; a seeded sample of more."""
MOST_NOWHERE = 200
"""The same for what belongs to no specialist, which is more varied."""

_ELSEWHERE = Path(__file__).with_name("elsewhere.txt")
_FEWEST = 5  # sentences of a lane; from fewer nothing can be learned and checked
_FOLDS = 10
_RIGHT = 0.97  # of what the router is sure of
_STRANGERS = 0.5  # lines that belong nowhere, per line that belongs somewhere: a third of what customers write
_LEAST_SURE = 0.4  # of a lane, against all others and nowhere
_LONGEST = 60  # words; example sentences are short and say nothing about a letter
_SEED = 7

_HAS_DIGIT = re.compile(r"\S*\d\S*")
_CLAUSE = re.compile(r"[.?!;:\n]+|,|\b(?:and|but|also|plus|und|aber|et|mais|y|pero)\b")
_WORDS = r"[\w']+"


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


class Router:
    """A text classifier that knows when it does not know.

    Args:
        examples: specialist → sentences of customers; those under `NOWHERE` belong to nobody.
    """

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        from threadpoolctl import threadpool_limits

        texts, lanes = _sentences(examples)
        self._features = _Features(texts)
        weighed = self._features.of(texts)
        with threadpool_limits(1):  # on busy cores the threads of so small a sum wait for each other, for seconds
            self.threshold = _threshold(weighed, lanes)
            self._lanes = _Lanes(weighed, lanes)

    def route(self, text: str) -> Route:
        """Return where the message belongs; greetings, foreign topics and two wishes in one message are not sure."""
        clauses = [clause for part in _CLAUSE.split(text.casefold()) if (clause := part.strip())]
        if not clauses or len(text.split()) > _LONGEST:
            return Route(NOWHERE, 0.0, sure=False)
        whole, *parts = self._lanes.guess(self._features.of([text, *clauses] if len(clauses) > 1 else [text]))
        likeliest = max([whole, *parts], key=lambda guess: guess.confidence)
        wishes = {guess.specialist for guess in [likeliest, *parts] if guess.confidence >= self.threshold}
        return Route(likeliest.specialist, likeliest.confidence, sure=len(wishes) == 1)


class _Features:
    """Words and pieces of words, weighed by how rare they are.

    Hashed, so that words never seen before count in a text's length: what is mostly unknown resembles nothing much.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        # imported here: half a second and a hundred megabytes that a process without a router does not pay
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        hashed = {"preprocessor": _plain, "n_features": 2**16, "alternate_sign": False, "norm": None}
        words = HashingVectorizer(token_pattern=_WORDS, stop_words=list(COMMON_WORDS), ngram_range=(1, 2), **hashed)
        pieces = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 4), **hashed)
        self._kinds: Any = (words, pieces)
        self._weights: Any = TfidfTransformer(sublinear_tf=True).fit(self._count(texts))
        self._seen: Any = sorted(set(self._count(texts).indices.tolist()))

    def of(self, texts: Sequence[str]) -> Any:
        """Return a row per text, a column per feature that was seen in training."""
        return self._weights.transform(self._count(texts))[:, self._seen]

    def _count(self, texts: Sequence[str]) -> Any:
        from scipy.sparse import hstack

        return hstack([kind.transform(texts) for kind in self._kinds], format="csr")


class _Lanes:
    """One probability per lane, from weighed features."""

    def __init__(self, weighed: Any, lanes: Sequence[str]) -> None:
        from sklearn.linear_model import LogisticRegression

        self._model: Any = LogisticRegression(C=20, max_iter=200, tol=1e-3, class_weight="balanced")
        self._model.fit(weighed, lanes)
        self._somewhere = [number for number, name in enumerate(self._model.classes_) if name != NOWHERE]

    def guess(self, weighed: Any) -> list[Guess]:
        """Return the likeliest specialist of each row."""
        names = self._model.classes_
        rows = self._model.predict_proba(weighed)
        best = [max(self._somewhere, key=row.__getitem__) for row in rows]
        return [Guess(str(names[lane]), float(row[lane])) for row, lane in zip(rows, best, strict=True)]


def router_of(desk: Desk) -> Router | None:
    """Return the desk's router, None where its specialists give too few example sentences to learn from."""
    learned = examples_of(desk)
    lanes = [lane for lane in learned if lane != NOWHERE]
    return _trained(tuple((lane, tuple(said)) for lane, said in learned.items())) if len(lanes) > 1 else None


def examples_of(desk: Desk) -> Mapping[str, Sequence[str]]:
    """Return what the desk's router learns from.

    The first specialist's sentences (greetings, vague requests) are nobody else's and so go to triage.
    """
    said = {name: specialist.examples for name, specialist in desk.specialists.items()}
    nowhere = said.pop(desk.first)
    return {NOWHERE: nowhere} | {name: lines for name, lines in said.items() if len(lines) >= _FEWEST}


@lru_cache(maxsize=4)
def _trained(examples: tuple[tuple[str, tuple[str, ...]], ...]) -> Router:
    return Router(dict(examples))


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


def _threshold(weighed: Any, lanes: Sequence[str]) -> float:
    """Return the least confidence above which what was not learned from is expected to go where it belongs.

    How often a guess of some confidence is right is smoothed over all guesses: of a hundred sentences a single
    odd one would decide otherwise.
    """
    from sklearn.linear_model import LogisticRegression

    guesses = _cross_validated(weighed, lanes)
    strangers = lanes.count(NOWHERE)
    weights = [1.0 if lane else _STRANGERS * (len(lanes) - strangers) / strangers for lane in lanes]
    are_right = [guess.specialist == lane for guess, lane in zip(guesses, lanes, strict=True)]
    if all(are_right) or not any(are_right):
        return _LEAST_SURE if any(are_right) else 1.0
    odds: Any = [[_log_odds(guess.confidence)] for guess in guesses]
    chances = LogisticRegression(C=1e3).fit(odds, are_right, sample_weight=weights).predict_proba(odds)[:, 1]
    found, total, expected = 1.0, 0.0, 0.0
    for confidence, chance, weight in sorted(zip((g.confidence for g in guesses), chances, weights, strict=True))[::-1]:
        total, expected = total + weight, expected + weight * chance
        if expected < _RIGHT * total:
            break
        found = confidence
    return max(float(found), _LEAST_SURE)


def _cross_validated(weighed: Any, lanes: Sequence[str]) -> list[Guess]:
    """Return a guess per row, each by a model that did not learn from it."""
    guesses = [Guess(NOWHERE, 0.0)] * len(lanes)
    for fold in range(_FOLDS):
        learned = [number for number in range(len(lanes)) if number % _FOLDS != fold]
        model = _Lanes(weighed[learned], [lanes[number] for number in learned])
        guesses[fold::_FOLDS] = model.guess(weighed[fold::_FOLDS])
    return guesses


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-3), 1 - 1e-3)
    return math.log(bounded / (1 - bounded))


def _plain(text: str) -> str:
    """Lower case; every number, order id and amount is the same word."""
    return _HAS_DIGIT.sub(" 0 ", text.casefold().replace("’", "'"))
