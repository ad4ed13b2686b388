"""Learns to tell specialists' topics apart from example sentences: softmax regression with L2, by numpy alone.

It runs in a process of its own that ends when it has learnt (`python classifier.py`, JSON in and out), with one thread:
on busy cores the threads of so small a sum wait for each other, for seconds. It imports nothing of ours, so that it
starts fast.

Everything is computed on how alike each two sentences are (some hundred by some hundred numbers), whatever number of
features there is.
"""

import ctypes
import json
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

if __name__ == "__main__":
    for _library in ("OPENBLAS", "OMP", "MKL"):
        os.putenv(f"{_library}_NUM_THREADS", "1")  # read when numpy is loaded

import numpy as np

NOWHERE = ""
"""The lane of what belongs to no specialist."""

Row = Mapping[str, float]
"""A sentence's words: column number → weight. Numbers are text, as JSON has them."""
Told = dict[str, Any]
"""`TrainedClassifier` as JSON has it."""
Matrix = np.ndarray[Any, np.dtype[np.float64]]

_PR_SET_PDEATHSIG = 1
_FOLDS = 10
_RIGHT = 0.95  # of what the router is sure of
_STRANGERS = 0.5  # lines that belong nowhere, per line that belongs somewhere: a third of what customers write
_LEAST_SURE = 0.4  # of a lane, against all others and nowhere
_FREEDOM = 20.0  # how little the weights are held down
_MEANING = 3.0  # how much a vector weighs beside the words
_CONSTANT = 3.0  # the feature that all sentences share
_MOST_STEPS = 300
_FLAT = 2e-3  # a slope that ends the learning


def learn(
    rows: Sequence[Row], lanes: Sequence[str], columns: int, vectors: Sequence[Sequence[float]] | None = None
) -> Told:
    """Learn from sentences, each with its lane.

    Args:
        columns: how many words there are.
        vectors: what each sentence means; None learns the words alone.
    """
    names = sorted(set(lanes))
    words = _table(rows, columns)
    told: Told = {"lanes": names, "words": _weights(words, lanes, names), "both": None, "centre": None}
    if vectors is None:
        return told
    given = np.asarray(vectors, np.float64)
    centre = given.mean(axis=0)
    scale = np.concatenate([np.ones(columns), np.full(given.shape[1], _MEANING)])
    both = _weights(np.hstack([words, _of_length_one(given - centre)]) * scale, lanes, names, scale)
    return told | {"both": both, "centre": centre.round(6).tolist()}


def _table(rows: Sequence[Row], columns: int) -> Matrix:
    table = np.zeros((len(rows), columns))
    for number, row in enumerate(rows):
        table[number, [int(column) for column in row]] = list(row.values())
    return table


def _of_length_one(vectors: Matrix) -> Matrix:
    lengths: Matrix = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-9)


def _weights(features: Matrix, lanes: Sequence[str], names: Sequence[str], scale: Matrix | float = 1.0) -> Told:
    alike = features @ features.T + _CONSTANT**2
    wanted = np.array([[float(lane == name) for name in names] for lane in lanes])
    parts = _fitted(alike, wanted, np.zeros_like(wanted))
    threshold = _threshold(_cross_validated(alike, wanted, parts, names), lanes)
    table = (features * scale).T @ parts
    constants = _CONSTANT**2 * parts.sum(axis=0)
    return {"table": table.round(5).tolist(), "constants": constants.round(5).tolist(), "threshold": threshold}


def _fitted(alike: Matrix, wanted: Matrix, start: Matrix) -> Matrix:
    """Return how much each sentence counts for each lane.

    Each step solves the bound of https://doi.org/10.1007/BF00048682, which has one matrix for all steps, from a point
    a little ahead (Nesterov), and begins anew where that led uphill.
    """
    share = len(wanted) / (wanted.shape[1] * np.maximum(wanted.sum(axis=0), 1))
    weight = (wanted @ share)[:, None]  # each lane counts the same, however many sentences it has
    step = np.linalg.inv(0.5 * weight * alike + np.eye(len(alike)) / _FREEDOM)
    parts, ahead, pace = start, start, 1.0
    for _ in range(_MOST_STEPS):
        slope = weight * (_chances(alike @ ahead) - wanted) + ahead / _FREEDOM
        if float(np.abs(slope).max()) < _FLAT:
            break
        after = ahead - step @ slope
        moved = after - parts
        uphill = float((slope * (alike @ moved)).sum()) > 0
        faster = 1.0 if uphill else (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        ahead = after if uphill else after + (pace - 1) / faster * moved
        parts, pace = after, faster
    return parts


def _chances(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return chances


def _cross_validated(alike: Matrix, wanted: Matrix, parts: Matrix, names: Sequence[str]) -> list[tuple[str, float]]:
    """Return the likeliest lane and its probability for each sentence, by a model that did not learn from it."""
    guesses = [(NOWHERE, 0.0)] * len(wanted)
    numbers = np.arange(len(wanted))
    somewhere = [number for number, name in enumerate(names) if name != NOWHERE]
    for fold in range(min(_FOLDS, len(wanted))):
        others, own = numbers[numbers % _FOLDS != fold], numbers[fold::_FOLDS]
        fitted = _fitted(alike[np.ix_(others, others)], wanted[others], parts[others])
        for number, row in zip(own, _chances(alike[np.ix_(own, others)] @ fitted), strict=True):
            best = max(somewhere, key=row.__getitem__)
            guesses[number] = (names[best], float(row[best]))
    return guesses


def _threshold(guesses: Sequence[tuple[str, float]], lanes: Sequence[str]) -> float:
    """Return the least confidence above which what was not learned from is expected to go where it belongs.

    How often a guess of some confidence is right is smoothed over all guesses: of a hundred sentences a single
    odd one would decide otherwise.
    """
    strangers = lanes.count(NOWHERE)
    weights = [1.0 if lane else _STRANGERS * (len(lanes) - strangers) / strangers for lane in lanes]
    are_right = [guessed == lane for (guessed, _), lane in zip(guesses, lanes, strict=True)]
    if all(are_right) or not any(are_right):
        return _LEAST_SURE if any(are_right) else 1.0
    odds = [_log_odds(confidence) for _, confidence in guesses]
    chances = _smoothed(odds, are_right, weights)
    found, total, expected = 1.0, 0.0, 0.0
    for (_, confidence), chance, weight in sorted(zip(guesses, chances, weights, strict=True), key=_confidence):
        total, expected = total + weight, expected + weight * chance
        if expected < _RIGHT * total:
            break
        found = confidence
    return round(max(float(found), _LEAST_SURE), 4)


def _smoothed(odds: Sequence[float], are_right: Sequence[bool], weights: Sequence[float]) -> list[float]:
    """Return how likely each guess is right, by logistic regression on its odds (Platt), with Newton's steps."""
    given = np.column_stack([odds, np.ones(len(odds))])
    right, weight, found = np.array(are_right, float), np.array(weights), np.zeros(2)
    for _ in range(50):
        chances = 1 / (1 + np.exp(-np.clip(given @ found, -30, 30)))
        slope = given.T @ (weight * (right - chances)) - found * 1e-3
        curve = (given.T * (weight * chances * (1 - chances))) @ given + np.eye(2) * 1e-3
        found = found + np.linalg.solve(curve, slope)
    result: list[float] = (1 / (1 + np.exp(-np.clip(given @ found, -30, 30)))).tolist()
    return result


def _confidence(each: tuple[tuple[str, float], float, float]) -> tuple[float, float, float]:
    """The surest first."""
    return -each[0][1], -each[1], -each[2]


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-3), 1 - 1e-3)
    return math.log(bounded / (1 - bounded))


def _end_with_parent() -> None:
    """Nobody waits for what is learnt when the process that asked is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    _end_with_parent()
    json.dump(learn(**json.load(sys.stdin)), sys.stdout)
