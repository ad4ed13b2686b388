"""Measures a desk's router on sentences that it did not learn from."""

import csv
import json
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bot.desk.loading.loader import Desk
from bot.domain.errors import ConfigError
from bot.turn.routing.classifier import NOWHERE
from bot.turn.routing.router import Route, Router, examples_of

_PARTS = 5
_STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Sentence:
    """What a customer writes first, and who it is for; `NOWHERE` for out of scope."""

    text: str
    specialist: str


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
        loading: seconds until the library is imported, once per process.
        training: seconds.
        megabytes: resident memory, the library included.
        message: milliseconds per message.
    """

    loading: float
    training: float
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
    return [Sentence(row["utterance"] or "", (row.get("specialist") or NOWHERE).strip()) for row in rows]


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
    if len(lanes.keys() - {NOWHERE}) < 2:
        raise ConfigError("the router needs sentences of at least two specialists to choose between them")
    return lanes


def judge(learned: Sequence[Sentence], tested: Sequence[Sentence] | None) -> tuple[list[Judged], Router, Cost]:
    """Return where the sentences go.

    Args:
        tested: None cross-validates: each fifth of `learned` is judged by a router that learned the others.
    """
    before, begin = _megabytes(), time.perf_counter()
    import sklearn.feature_extraction.text
    import sklearn.linear_model  # noqa: F401 (loaded here so that its time is told apart)

    loaded = time.perf_counter()
    router = Router(by_lane(learned))
    trained, megabytes = time.perf_counter(), _megabytes() - before
    routers = [(router, tested)] if tested is not None else _cross_validated(learned)
    told: list[Judged] = []
    spent = 0.0
    for each, sentences in routers:
        start = time.perf_counter()
        told += [Judged(sentence, each.route(sentence.text)) for sentence in sentences]
        spent += time.perf_counter() - start
    return told, router, Cost(loaded - begin, trained - loaded, megabytes, spent * 1000 / max(len(told), 1))


def _cross_validated(learned: Sequence[Sentence]) -> Iterator[tuple[Router, Sequence[Sentence]]]:
    in_turn = sorted(learned, key=lambda sentence: sentence.specialist)  # every part has its share of each lane
    for part in range(_PARTS):
        others = [sentence for number, sentence in enumerate(in_turn) if number % _PARTS != part]
        yield Router(by_lane(others)), in_turn[part::_PARTS]


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
        "ms_per_message": round(cost.message, 3),
        "training_seconds": round(cost.training, 3),
        "loading_seconds": round(cost.loading, 3),
        "megabytes": round(cost.megabytes, 1),
    }


def _sure(told: Sequence[Judged]) -> Sequence[Judged]:
    return [each for each in told if each.route.sure]


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
