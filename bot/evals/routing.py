"""Measures a desk's router on sentences that it did not learn from."""

import csv
import json
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bot.desk.knowledge.sentences import LONGEST_QUESTION, Sentences
from bot.desk.loading.desk import Desk
from bot.domain.errors import ConfigError
from bot.domain.knowledge.sentence_model import Kind
from bot.turn.input_checks.language import language_of_customer
from bot.turn.routing.learning import router_from
from bot.turn.routing.router import Route, Router, can_learn, examples_of, lesson_of
from bot.turn.routing.trained import NOWHERE

UNCLEAR = "?"
"""The language of lines that do not tell."""

_PARTS = 5
_STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Sentence:
    """What a customer writes first, and who it is for; `NOWHERE` for out of scope.

    Args:
        language: two letters, guessed where the file does not tell; empty where that is not clear.
    """

    text: str
    specialist: str
    language: str = ""


@dataclass(frozen=True)
class Judged:
    """A sentence and where the router sends it."""

    sentence: Sentence
    route: Route

    @property
    def is_right(self) -> bool:
        """Whether the likeliest specialist is the right one."""
        return self.route.specialist == self.sentence.specialist


@dataclass(frozen=True)
class Cost:
    """What a router costs a worker.

    Args:
        training: seconds, once per desk; the sentence model's part apart.
        meaning: seconds in which the sentence model reads the example sentences, once per desk.
        megabytes: resident memory, the sentence model included.
        message: milliseconds per message, the sentence model included.
    """

    training: float
    meaning: float
    megabytes: float
    message: float


def read_sentences(file: Path) -> list[Sentence]:
    """Return a CSV's rows: `utterance` and `specialist` (empty or missing is out of scope), other columns ignored.

    Raises:
        ConfigError: it cannot be read, or has no column `utterance`, or no row.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{file}: cannot be read as CSV in UTF-8 ({type(error).__name__})") from error
    if not rows or "utterance" not in rows[0]:
        raise ConfigError(f"{file}: needs a column `utterance` (and `specialist`), and at least one row")
    return [_sentence(row) for row in rows]


def _sentence(row: Mapping[str, str]) -> Sentence:
    text = row["utterance"] or ""
    return Sentence(text, (row.get("specialist") or NOWHERE).strip(), row.get("language") or language_of_customer(text))


def own_sentences(desk: Desk) -> list[Sentence]:
    """Return the example sentences that the desk's own router learns from."""
    return [Sentence(text, lane) for lane, said in examples_of(desk).items() for text in said]


def by_lane(sentences: Sequence[Sentence]) -> dict[str, list[str]]:
    """Return the sentences as the router learns them.

    Raises:
        ConfigError: fewer than two lanes.
    """
    lanes: dict[str, list[str]] = {}
    for sentence in sentences:
        lanes.setdefault(sentence.specialist, []).append(sentence.text)
    if not can_learn(lanes):
        raise ConfigError("the router needs sentences of at least two specialists to choose between them")
    return lanes


Judgement = tuple[list[Judged], Router, Cost]


async def judge(
    learned: Sequence[Sentence], tested: Sequence[Sentence] | None, sentences: Sentences | None = None
) -> Judgement:
    """Return where the sentences go.

    Args:
        tested: None cross-validates: each fifth of `learned` is judged by a router that learned the others.
        sentences: the sentence model; None judges by words alone.
    """
    before = _megabytes()
    router, meaning, training = await _taught(by_lane(learned), sentences)
    megabytes = _megabytes() - before
    routers = [(router, tested)] if tested is not None else await _cross_validated(learned, sentences)
    told: list[Judged] = []
    start = time.perf_counter()
    for each, asked in routers:
        told += [Judged(sentence, await _routed(each, sentence, sentences)) for sentence in asked]
    spent = time.perf_counter() - start
    return told, router, Cost(training, meaning, megabytes, spent * 1000 / max(len(told), 1))


async def _taught(examples: Mapping[str, Sequence[str]], sentences: Sentences | None) -> tuple[Router, float, float]:
    """Return a router with the seconds of reading and of learning."""
    lesson, begin = lesson_of(examples), time.perf_counter()
    vectors = await sentences.embed(lesson.texts, Kind.QUERY) if sentences else None
    read = time.perf_counter()
    router = await router_from(lesson, vectors)
    return router, read - begin, time.perf_counter() - read


async def _routed(router: Router, sentence: Sentence, sentences: Sentences | None) -> Route:
    """Where a customer's line goes: as in a turn, but however long the sentence model takes."""
    if sentences is None:
        return router.route(sentence.text)
    plain = router.by_words(sentence.text)
    if plain.sure:
        return plain
    [vector] = await sentences.embed([sentence.text[:LONGEST_QUESTION]], Kind.QUERY)
    return router.route(sentence.text, vector)


async def _cross_validated(
    learned: Sequence[Sentence], sentences: Sentences | None
) -> list[tuple[Router, Sequence[Sentence]]]:
    in_turn = sorted(learned, key=lambda sentence: sentence.specialist)  # every part has its share of each lane
    routers: list[tuple[Router, Sequence[Sentence]]] = []
    for part in range(_PARTS):
        others = [sentence for number, sentence in enumerate(in_turn) if number % _PARTS != part]
        router, *_ = await _taught(by_lane(others), sentences)
        routers.append((router, in_turn[part::_PARTS]))
    return routers


def figures(told: Sequence[Judged], router: Router, cost: Cost) -> dict[str, Any]:
    """Return the report as one JSON object; shares are None where nothing can be counted."""
    inside = [each for each in told if each.sentence.specialist != NOWHERE]
    outside = [each for each in told if each.sentence.specialist == NOWHERE]
    sure = _sure(inside)
    return {
        "sentences": len(told),
        "out_of_scope": len(outside),
        "accuracy": _share(inside),
        "threshold": round(router.threshold, 4),
        "coverage": _ratio(len(sure), len(inside)),
        "precision": _share(sure),
        "precision_with_out_of_scope": _share(_sure(told)),
        "out_of_scope_kept_out": _ratio(len(outside) - len(_sure(outside)), len(outside)),
        "precision_at_coverage": {str(step): _share(_surest(inside, step)) for step in _STEPS},
        **_by_language(inside, outside),
        "ms_per_message": round(cost.message, 3),
        "training_seconds": round(cost.training, 3),
        "reading_seconds": round(cost.meaning, 3),
        "megabytes": round(cost.megabytes, 1),
    }


def _sure(told: Sequence[Judged]) -> Sequence[Judged]:
    return [each for each in told if each.route.sure]


def _by_language(inside: Sequence[Judged], outside: Sequence[Judged]) -> dict[str, Any]:
    """Return the same shares apart by the language of the lines."""
    names = sorted({each.sentence.language or UNCLEAR for each in [*inside, *outside]})

    def of(told: Sequence[Judged], name: str) -> list[Judged]:
        return [each for each in told if (each.sentence.language or UNCLEAR) == name]

    return {
        "lines_by_language": {name: len(of([*inside, *outside], name)) for name in names},
        "coverage_by_language": {name: _ratio(len(_sure(of(inside, name))), len(of(inside, name))) for name in names},
        "precision_by_language": {name: _share(_sure(of(inside, name))) for name in names},
        "kept_out_by_language": {
            name: _ratio(len(of(outside, name)) - len(_sure(of(outside, name))), len(of(outside, name)))
            for name in names
        },
    }


def write_report(out: TextIO, report: Mapping[str, Any]) -> None:
    """Write the figures for people, and last the same as one line of JSON."""
    for name, value in report.items():
        if isinstance(value, Mapping):
            shown = "  ".join(f"{step}: {_shown(share)}" for step, share in value.items())
        else:
            shown = _shown(value)
        out.write(f"{name.replace('_', ' '):30}{shown}\n")
    out.write(json.dumps(report) + "\n")


def write_predictions(file: Path, told: Sequence[Judged]) -> None:
    """Write a row per judged sentence: `utterance,specialist,predicted,confidence,sure`."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["utterance", "specialist", "predicted", "confidence", "sure"])
        for each in told:
            route = each.route
            rows.writerow(
                [
                    each.sentence.text,
                    each.sentence.specialist,
                    route.specialist,
                    f"{route.confidence:.4f}",
                    str(route.sure).lower(),
                ]
            )


def _surest(told: Sequence[Judged], share: float) -> list[Judged]:
    return sorted(told, key=lambda each: -each.route.confidence)[: round(share * len(told))]


def _share(told: Sequence[Judged]) -> float | None:
    return _ratio(sum(each.is_right for each in told), len(told))


def _ratio(some: int, all_: int) -> float | None:
    return round(some / all_, 4) if all_ else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _megabytes() -> float:
    """Resident memory now; where the system does not tell, the most there ever was."""
    try:
        return int(Path("/proc/self/statm").read_text("utf-8").split()[1]) * _PAGE / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
