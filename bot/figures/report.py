"""What is asked of the figures, and what comes back: a period, a report, a page of conversations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal, Protocol, get_args

By = Literal["day", "week", "channel", "specialist", "reason"]
WAYS: tuple[By, ...] = get_args(By)
"""What the rows of a report stand for."""
LONGEST_DAYS = 3_660
USUAL_DAYS = 7
EARLIEST_YEAR = 2000
NONE = "none"
"""The key of the row of those who have no specialist, or no reason."""
_ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
PAGE = 100
"""Conversations in a list."""


class NoSuchPeriod(ValueError):
    """The dates are none, the wrong way round, or too far apart."""


@dataclass(frozen=True)
class Period:
    """Whole days in the desk's time zone, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many days right before it."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @classmethod
    def of(cls, first: str, last: str, today: date) -> "Period":
        """Return the period that two dates name; the last 7 days where they name none.

        Args:
            first: `2026-11-29`, empty for 6 days before the last one.
            last: empty for today.

        Raises:
            NoSuchPeriod: they name none.
        """
        begin, end = _date(first), _date(last)
        span = timedelta(days=USUAL_DAYS - 1)
        if end is None:
            end = max(today, begin) if begin else today
        begin = begin or (end - span if end - date.min > span else end)
        if begin > end:
            raise NoSuchPeriod("the first day is after the last one")
        if (end - begin).days >= LONGEST_DAYS or begin.year < EARLIEST_YEAR:
            raise NoSuchPeriod("the period is too long, or too long ago")
        return cls(begin, end)

    @classmethod
    def newest(cls, now: float, zone: tzinfo, days: int = USUAL_DAYS) -> "Period":
        """Return the last days up to today."""
        today = datetime.fromtimestamp(now, zone).date()
        return cls(today - timedelta(days=days - 1), today)


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text if _ISO.fullmatch(text) else "")
    except ValueError as error:
        raise NoSuchPeriod(f"no date: {text[:20]!r}; dates are written as 2026-11-29") from error


Values = Mapping[str, float | int | None]
"""By the name of each figure; None where there is nothing to tell it from."""


@dataclass(frozen=True)
class Row:
    """One part of a period.

    Args:
        key: a day or the first day of a week (`2026-11-29`), or the name of a channel, a specialist, a reason; `NONE`
            for those that have none.
    """

    key: str
    values: Values


@dataclass(frozen=True)
class Report:
    """The figures of a period.

    Args:
        time_zone: the desk's; days are counted in it.
        rules: version of the rules that it was counted by.
        before: of as many days right before.
    """

    period: Period
    by: By
    time_zone: str
    rules: int
    total: Values
    before: Values
    rows: Sequence[Row]


@dataclass(frozen=True)
class Page:
    """Ids of the conversations that a figure counts, each once.

    Args:
        next: what to ask for the ones after these with; empty at the end.
    """

    conversations: Sequence[str]
    next: str = ""


class FiguresReader(Protocol):
    """Reads figures; nothing is changed by it."""

    def usual(self) -> Period:
        """Return the last 7 days."""

    async def report(self, period: Period, by: By = "day") -> Report:
        """Return all figures of a period.

        Raises:
            TemporaryFailure: the database does not answer.
        """

    async def conversations(self, figure: str, period: Period, after: str = "", by: By = "day", key: str = "") -> Page:
        """Return the conversations that a figure counts in a period.

        Args:
            figure: its name, with dots or underscores.
            after: where the page before said that the next one begins.
            key: of one row, empty for all.

        Raises:
            KeyError: there is no such figure.
            ValueError: `after` or `key` is none.
            TemporaryFailure: the database does not answer.
        """
