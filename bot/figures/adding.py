"""Adds up what the tables tell, and makes the figures of the sums. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from bot.domain.drafts import OUTCOMES
from bot.domain.models.cost import MICRO
from bot.figures.definitions import FIGURES
from bot.figures.report import Values

BETWEEN = ","
"""Stands between the times of a text."""
TIMES = ("first_response.bot", "first_response.human", "time_to_human")


@dataclass
class Sums:
    """What was counted of one part of a period.

    Args:
        numbers: by name.
        times: by name, every time that was taken.
    """

    numbers: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in TIMES})

    def take(self, values: Mapping[str, Any]) -> None:
        """Add what the tables tell: numbers, and times in one text."""
        for name, value in values.items():
            if name in self.times:
                self.times[name] += map(float, value.split(BETWEEN)) if value else ()
            else:
                self.numbers[name] += int(value or 0)

    def add(self, other: "Sums") -> None:
        """Add what was counted of another part."""
        self.numbers.update(other.numbers)
        for name, times in other.times.items():
            self.times[name] += times


def total_of(parts: Iterable[Sums]) -> Sums:
    """Return the sum."""
    total = Sums()
    for part in parts:
        total.add(part)
    return total


def figures_of(sums: Sums) -> Values:
    """Return every figure of what was counted, in the order of their definitions."""
    n = sums.numbers
    resolved = n["resolved.confirmed"] + n["resolved.presumed"]
    cost, rated = n["cost"], n["csat.good"] + n["csat.bad"]
    found: dict[str, float | int | None] = {
        **{name: n[name] for name in _COUNTS},
        "automation_rate": _share(resolved, n["conversations"]),
        "escalation_rate": _share(n["escalated"], n["conversations"]),
        "promises_kept": _share(n["promises.kept"], n["promises.asked"]),
        "turns_to_resolution": _ratio(n["turns"], resolved),
        "csat.rated": rated,
        "csat.value": _share(n["csat.good"], rated),
        "csat.response_rate": _share(rated, n["csat.asked"]),
        "cost.total": cost / MICRO,
        "cost.per_conversation": _ratio(cost / MICRO, n["conversations"]),
        "cost.per_confirmed_resolution": _ratio(cost / MICRO, n["resolved.confirmed"]),
        "tokens.total": n["tokens.input"] + n["tokens.output"],
    }
    for name, times in sums.times.items():
        ordered = sorted(times)
        found[f"{name}.p50"] = percentile(ordered, 0.5)
        found[f"{name}.p95"] = percentile(ordered, 0.95)
    return {figure.name: found[figure.name] for figure in FIGURES}


_COUNTS = (
    *("conversations", "answered", "open", "escalated", "undone", "resolved.confirmed", "resolved.presumed"),
    *(f"drafts.{outcome}" for outcome in OUTCOMES),
    *("csat.good", "thumbs.up", "thumbs.down", "tokens.input", "tokens.output", "stopped.brake", "stopped.cap"),
)


def percentile(ordered: Sequence[float], part: float) -> float | None:
    """Return the time than which this part of all was not longer, None for none.

    Args:
        ordered: the shortest first.
    """
    return ordered[ceil(part * len(ordered)) - 1] if ordered else None


def _share(part: float, whole: float) -> float | None:
    """Return a fraction; None of nothing, and never more than all, as where a day has more answers than questions."""
    return _ratio(part, whole)


def _ratio(part: float, whole: float) -> float | None:
    """Whole as it is: who counts again from the parts gets the same."""
    return part / whole if whole else None
