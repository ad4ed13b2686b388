"""Figures that a formula makes: the same ones for the same days, so that pages can be looked at without a database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sin

from bot.figures.definitions import BY_NAME, BY_PATH, FIGURES
from bot.figures.report import By, Page, Period, Report, Row, Values

TODAY = date(2026, 11, 29)
SPECIALISTS = {"billing": 0.31, "orders": 0.34, "shipping": 0.2, "technical": 0.1, "faq": 0.05}
REASONS = {"asked_for_human": 0.34, "unresolved": 0.22, "approval": 0.18, "upset": 0.14, "legal": 0.07, "failure": 0.05}
CHANNELS = {"slack": 0.5, "zendesk": 0.4, "chat": 0.1}


@dataclass
class MadeFigures:
    """A reader of figures.

    Args:
        daily: conversations on a usual day; 0 for an empty desk.
        since: there is nothing before.
        listed: what each figure counts.
    """

    daily: float = 80.0
    since: date = date(2020, 1, 1)
    listed: Sequence[str] = ()
    asked: list[tuple[str, Period, str, By, str]] = field(default_factory=list)

    def usual(self) -> Period:
        return Period(TODAY - timedelta(days=6), TODAY)

    async def report(self, period: Period, by: By = "day") -> Report:
        rows = [Row(key, self._values(*part)) for key, part in self._parts(period, by)]
        before = self._values(period.before, 1.0)
        return Report(period, by, "Europe/Berlin", 1, self._values(period, 1.0), before, rows)

    async def conversations(self, figure: str, period: Period, after: str = "", by: By = "day", key: str = "") -> Page:
        name = BY_PATH[figure].name if figure in BY_PATH else BY_NAME[figure].name
        self.asked.append((name, period, after, by, key))
        return Page(self.listed, "" if after or not self.listed else "2")

    def _parts(self, period: Period, by: By) -> Iterator[tuple[str, tuple[Period, float]]]:
        names = {"channel": CHANNELS, "specialist": SPECIALISTS, "reason": REASONS}
        if by in names:
            yield from ((name, (period, share)) for name, share in names[by].items())
            return
        step = 7 if by == "week" else 1
        day = period.first
        while day <= period.last:
            last = min(day + timedelta(days=step - 1), period.last)
            yield day.isoformat(), (Period(day, last), 1.0)
            day = last + timedelta(days=1)

    def _values(self, period: Period, share: float) -> Values:
        days = [period.first + timedelta(days=number) for number in range(period.days)]
        count = round(sum(self._on(day) for day in days if self.since <= day <= TODAY) * share)
        return NOTHING | (_of(count, share, days[-1]) if count else ZERO)

    def _on(self, day: date) -> float:
        grown = 1 + (day - TODAY).days / 900
        return self.daily * grown * (0.35 if day.weekday() > 4 else 1 + 0.2 * sin(day.toordinal() * 1.7))


NOTHING: dict[str, float | int | None] = {figure.name: None for figure in FIGURES}
ZERO: dict[str, float | int | None] = {figure.name: 0 for figure in FIGURES if figure.unit == "count"}


def _of(count: int, share: float, day: date) -> dict[str, float | int | None]:
    wave = sin(day.toordinal() / 3) * 0.05 - (share - 0.3) * 0.3 * (share < 1)
    presumed, escalated = round(count * (0.29 + wave / 2)), round(count * (0.23 - wave))
    confirmed, undone = round(count * (0.24 + wave)), round(count * 0.05)
    settled = confirmed + presumed
    rated = round(count * 0.12)
    cost = count * (0.031 + wave / 20)
    drafted = {"sent": 9, "used": 5, "sent_edited": 4, "edited": 3, "rewritten": 2, "discarded": 1, "superseded": 2}
    return {
        **{f"drafts.{name}": round(count * part / 60) for name, part in drafted.items()},
        "drafts.ignored": 0,
        "conversations": count,
        "answered": round(count * 0.88),
        "escalated": escalated,
        "undone": undone,
        "resolved.confirmed": confirmed,
        "resolved.presumed": presumed,
        "open": max(0, count - confirmed - presumed - escalated - undone),
        "automation_rate": settled / count,
        "escalation_rate": escalated / count,
        "first_response.bot.p50": 4.2 + wave * 10,
        "first_response.bot.p95": 11.8 + wave * 40,
        "first_response.human.p50": 1_260 + wave * 5_000,
        "first_response.human.p95": 9_800 + wave * 20_000,
        "time_to_human.p50": 960 + wave * 3_000,
        "time_to_human.p95": 7_400 + wave * 20_000,
        "promises_kept": min(1.0, 0.93 + wave),
        "turns_to_resolution": 2.3 + wave * 4,
        "csat.good": round(rated * 0.87),
        "csat.rated": rated,
        "csat.value": min(1.0, 0.87 + wave) if rated else None,
        "csat.response_rate": 0.21,
        "thumbs.up": round(count * 0.11),
        "thumbs.down": round(count * 0.03),
        "cost.total": cost,
        "cost.per_conversation": cost / count,
        "cost.per_confirmed_resolution": cost / confirmed if confirmed else None,
        "tokens.input": count * 5_400,
        "tokens.output": count * 610,
        "tokens.total": count * 6_010,
        "stopped.brake": 0,
        "stopped.cap": round(count * 0.01),
    }
