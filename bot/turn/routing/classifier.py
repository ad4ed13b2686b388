"""Trains the classifier that tells specialists' topics apart; alone needs scikit-learn.

It runs in a process of its own that ends when it has learnt (`python learning.py`, JSON in and out): the library takes
a hundred megabytes, and what comes of it is a table of numbers. It imports nothing of ours, so that it starts fast.
"""

import ctypes
import json
import math
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

NOWHERE = ""
"""The lane of what belongs to no specialist."""

Row = dict[str, float]
"""A sentence's features: column number → weight. Numbers are text, as JSON has them."""

_PR_SET_PDEATHSIG = 1
_FOLDS = 10
_RIGHT = 0.97  # of what the router is sure of
_STRANGERS = 0.5  # lines that belong nowhere, per line that belongs somewhere: a third of what customers write
_LEAST_SURE = 0.4  # of a lane, against all others and nowhere


@dataclass(frozen=True)
class TrainedClassifier:
    """A linear model.

    Args:
        lanes: what it tells apart.
        weights: for each column one number per lane.
        constants: one number per lane.
        threshold: the least probability that is sure.
    """

    lanes: list[str]
    weights: list[list[float]]
    constants: list[float]
    threshold: float


def learn(rows: Sequence[Row], lanes: Sequence[str], columns: int) -> TrainedClassifier:
    """Learn from sentences, each with its lane.

    Args:
        columns: how many features there are.
    """
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    places = [(number, int(column), weight) for number, row in enumerate(rows) for column, weight in row.items()]
    row_numbers, column_numbers, weights = zip(*places, strict=True)
    weighed = csr_matrix((weights, (row_numbers, column_numbers)), shape=(len(rows), columns))
    with threadpool_limits(1):  # on busy cores the threads of so small a sum wait for each other, for seconds
        threshold = _threshold(weighed, lanes)
        model = _model(weighed, lanes)
    table, constants = model.coef_.T.tolist(), model.intercept_.tolist()
    if len(constants) == 1:  # of two lanes the library keeps the second one's numbers alone
        table, constants = [[0.0, *row] for row in table], [0.0, *constants]
    return TrainedClassifier([str(name) for name in model.classes_], table, constants, threshold)


def _model(weighed: Any, lanes: Sequence[str]) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=20, max_iter=200, tol=1e-3, class_weight="balanced").fit(weighed, lanes)


def _threshold(weighed: Any, lanes: Sequence[str]) -> float:
    """Return the least confidence above which what was not learned from is expected to go where it belongs.

    How often a guess of some confidence is right is smoothed over all guesses: of a hundred sentences a single
    odd one would decide otherwise.
    """
    from sklearn.linear_model import LogisticRegression

    guesses = _cross_validated(weighed, lanes)
    strangers = lanes.count(NOWHERE)
    weights = [1.0 if lane else _STRANGERS * (len(lanes) - strangers) / strangers for lane in lanes]
    are_right = [guessed == lane for (guessed, _), lane in zip(guesses, lanes, strict=True)]
    if all(are_right) or not any(are_right):
        return _LEAST_SURE if any(are_right) else 1.0
    odds = [[_log_odds(confidence)] for _, confidence in guesses]
    chances = LogisticRegression(C=1e3).fit(odds, are_right, sample_weight=weights).predict_proba(odds)[:, 1]
    found, total, expected = 1.0, 0.0, 0.0
    for (_, confidence), chance, weight in sorted(zip(guesses, chances, weights, strict=True), key=_confidence):
        total, expected = total + weight, expected + weight * chance
        if expected < _RIGHT * total:
            break
        found = confidence
    return max(float(found), _LEAST_SURE)


def _confidence(each: tuple[tuple[str, float], float, float]) -> tuple[float, float, float]:
    """The surest first."""
    return -each[0][1], -each[1], -each[2]


def _cross_validated(weighed: Any, lanes: Sequence[str]) -> list[tuple[str, float]]:
    """Return the likeliest lane and its probability for each row, by a model that did not learn from it."""
    guesses = [(NOWHERE, 0.0)] * len(lanes)
    for fold in range(_FOLDS):
        learned = [number for number in range(len(lanes)) if number % _FOLDS != fold]
        model = _model(weighed[learned], [lanes[number] for number in learned])
        somewhere = [number for number, name in enumerate(model.classes_) if name != NOWHERE]
        for number, row in zip(
            range(fold, len(lanes), _FOLDS), model.predict_proba(weighed[fold::_FOLDS]), strict=True
        ):
            best = max(somewhere, key=row.__getitem__)
            guesses[number] = (str(model.classes_[best]), float(row[best]))
    return guesses


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-3), 1 - 1e-3)
    return math.log(bounded / (1 - bounded))


def _end_with_parent() -> None:
    """Nobody waits for what is learnt when the process that asked is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    _end_with_parent()
    json.dump(asdict(learn(**json.load(sys.stdin))), sys.stdout)
