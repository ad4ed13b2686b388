"""Business hours: when people answer, and by when an answer is promised."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator, model_validator

Unit = Literal["minute", "hour", "business day"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FURTHEST_DAYS = 370  # longer than any closure a desk can mean


def _minutes_of_day(value: object) -> object:
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", str(value))
    if match is None or int(match[1]) * 60 + int(match[2]) > 1440:
        raise ValueError("is a time of day such as 09:00 (24:00 is the end of the day)")
    return int(match[1]) * 60 + int(match[2])


TimeOfDay = Annotated[
    int,
    BeforeValidator(_minutes_of_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:[0-5]\d$", "examples": ["09:00"]}),
]
"""Minutes since midnight, written as `09:00`; `24:00` is the end of the day."""


@dataclass(frozen=True)
class Span:
    """A promised time as the desk words it: minutes and hours of business time, or whole business days."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"


def parse_span(value: object) -> Span:
    """Return the span a text such as `15 minutes`, `4 hours` or `1 business day` means.

    Raises:
        ValueError: it is none of the three.
    """
    if isinstance(value, Span):
        return value
    match = re.fullmatch(r"(\d+) (minute|hour|business day)s?", str(value).strip().lower())
    amount = int(match[1]) if match else 0
    if match is None or amount == 0:
        raise ValueError("is written as `15 minutes`, `4 hours` or `1 business day`")
    return Span(amount, cast("Unit", match[2]))


def parse_duration(value: object) -> float:
    """Return the seconds that a text such as `30 minutes`, `12 hours` or `3 days` means, closed hours included.

    Raises:
        ValueError: it is none of the three.
    """
    if isinstance(value, int | float):
        return float(value)
    match = re.fullmatch(r"(\d+) (minute|hour|day)s?", str(value).strip().lower())
    if match is None or int(match[1]) == 0:
        raise ValueError("is written as `30 minutes`, `12 hours` or `3 days`")
    return int(match[1]) * {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0}[match[2]]


@dataclass(frozen=True)
class Promise:
    """Until when a human will have answered.

    Args:
        span: as the desk words it.
        until: Unix seconds.
        at: the moment, in the desk's own time, where the span alone would not tell it: people do not work now.
        is_near: whether the day of the week is enough to name it.
    """

    span: Span
    until: float
    at: datetime | None = None
    is_near: bool = True

    @property
    def text(self) -> str:
        """For the customer, such as "within 15 minutes" or "by Monday 13:00 UTC"."""
        if self.at is None:
            return f"within {self.span}"
        return f"by {self.at:%A %H:%M %Z}" if self.is_near else f"by {self.at:%A} {self.at.day} {self.at:%B %H:%M %Z}"


class BusinessHours(BaseModel):
    """The hours in which people answer, in the desk's own timezone.

    Args:
        timezone: IANA name.
        days: on which people work.
        open, close: of a working day; `24:00` is its end.
        holidays: closed days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    timezone: str = "UTC"
    days: tuple[Day, ...] = Field(("mon", "tue", "wed", "thu", "fri"), min_length=1)
    open: TimeOfDay
    close: TimeOfDay
    holidays: frozenset[date] = frozenset()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is an IANA timezone such as UTC or Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.open >= self.close:
            raise ValueError("open must be earlier than close")
        return self

    def __str__(self) -> str:
        """As people say it: "Monday to Friday, 09:00 to 17:00 (UTC)"."""
        return f"{_named(self.days)}, {_as_time(self.open)} to {_as_time(self.close)} ({self.timezone})"

    def seconds(self, span: Span) -> int:
        """Return the business time of a span; a business day lasts from opening to closing."""
        units = {"minute": 60, "hour": 3600, "business day": (self.close - self.open) * 60}
        return span.amount * units[span.unit]

    def is_open(self, now: float) -> bool:
        """Return whether `now` (Unix seconds) lies inside business hours."""
        return self.next_open(now) == now

    def next_open(self, now: float) -> float:
        """Return `now` inside business hours, else the next opening."""
        return self.add(now, 0)

    def add(self, now: float, seconds: float) -> float:
        """Return the moment when `seconds` of business time have passed since `now`.

        Raises:
            ValueError: the desk stays closed for a year.
        """
        zone = ZoneInfo(self.timezone)
        day = datetime.fromtimestamp(now, zone).date()
        for _ in range(_FURTHEST_DAYS):
            if _DAYS[day.weekday()] in self.days and day not in self.holidays:
                start = max(now, _at(day, self.open, zone))
                left = _at(day, self.close, zone) - start
                if left > 0 and seconds <= left:
                    return start + seconds
                seconds -= max(0.0, left)
            day += timedelta(days=1)
        raise ValueError("the desk stays closed for a year")


def promise_within(hours: BusinessHours, span: Span, now: float) -> Promise:
    """Return what may be promised at `now`; outside business hours time counts from the next opening."""
    start = hours.next_open(now)
    seconds = hours.seconds(span)
    until = hours.add(start, seconds)
    if start == now and (until - now == seconds or span.unit == "business day"):
        return Promise(span, until)
    until = -(-until // 60) * 60  # the text names whole minutes, and what is said is what is kept
    at = datetime.fromtimestamp(until, ZoneInfo(hours.timezone))
    return Promise(span, until, at, is_near=until - now < 6 * 86_400)


def _named(days: Sequence[Day]) -> str:
    """Return the days' names; three and more in a row as "Monday to Friday"."""
    numbers = sorted({_DAYS.index(day) for day in days})
    names = [calendar.day_name[number] for number in numbers]
    if len(names) > 2 and numbers[-1] - numbers[0] == len(names) - 1:
        return f"{names[0]} to {names[-1]}"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _as_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _at(day: date, minutes: int, zone: ZoneInfo) -> float:
    extra, minutes = divmod(minutes, 1440)
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day + timedelta(days=extra), clock, zone).timestamp()
