"""Reads figures out of the tables: a report of a period, and the conversations behind each of its numbers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, Subquery, Table, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ports import Clock
from bot.domain.text.storable import STORABLE
from bot.figures.adding import Sums, figures_of, total_of
from bot.figures.definitions import BY_PATH, RULES
from bot.figures.facts import date_of
from bot.figures.report import NONE, PAGE, By, Page, Period, Report, Row
from bot.figures.states import (
    asked_promise,
    confirmed,
    counted,
    each,
    escalated,
    kept_promise,
    number_of,
    opened,
    presumed,
    resolved,
    undone,
)
from bot.figures.tables import FiguresDatabase
from bot.figures.tables import conversation as c
from bot.figures.tables import turn as t

BEFORE = ""
"""The part under which everything of the period before is added up."""

Parts = dict[tuple[bool, str], Sums]
"""By whether it is of the period itself, and by the key of the row."""


class DatabaseFigures:
    """The figures in `DATABASE_URL`.

    Args:
        clock: what is presumed to be resolved goes by its time.
        zone: returns the desk's time zone, with its name.
    """

    def __init__(self, database: FiguresDatabase, clock: Clock, zone: Callable[[], tzinfo]) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    def usual(self) -> Period:
        """Return the last 7 days."""
        return Period.newest(self._clock.now(), self._zone())

    async def report(self, period: Period, by: By = "day") -> Report:
        """Return all figures of a period.

        Raises:
            TemporaryFailure: the database does not answer.
        """
        now = self._clock.now()
        async with self._database.reading() as connection:
            parts = await _parts(connection, _Question(period, by, now))
        rows = {key: sums for (is_now, key), sums in parts.items() if is_now}
        before = total_of(sums for (is_now, _), sums in parts.items() if not is_now)
        return Report(
            period,
            by,
            str(self._zone()),
            RULES,
            figures_of(total_of(rows.values())),
            figures_of(before),
            [Row(key, figures_of(rows.get(key, Sums()))) for key in _keys(period, by, rows)],
        )

    async def conversations(self, figure: str, period: Period, after: str = "", by: By = "day", key: str = "") -> Page:
        """Return the conversations that a figure counts in a period, the newest first.

        Args:
            figure: its name, with dots or underscores.
            after: where the page before said that the next one begins.
            key: of one row, empty for all.

        Raises:
            KeyError: there is no such figure.
            ValueError: `after` or `key` is none.
            TemporaryFailure: the database does not answer.
        """
        name = BY_PATH[figure.replace(".", "_")].name
        question = _list_of(name, _within(period, by, key), self._clock.now(), "" if by in _DAYS else by, key)
        order = question.order_by(c.c.begun_at.desc(), c.c.conversation).limit(PAGE + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(_after(order, after))).all()
        last = rows[PAGE - 1] if len(rows) > PAGE else None
        return Page([row[0] for row in rows[:PAGE]], _place(last[1], last[0]) if last else "")


_DAYS = frozenset({"day", "week"})


class _Question:
    """What a report asks the tables: over both periods at once, in groups that make its rows."""

    def __init__(self, period: Period, by: By, now: float) -> None:
        self.by = by
        self.now = now
        self.first = period.first.toordinal()
        self.last = period.last.toordinal()
        self.begin = period.before.first.toordinal()

    def group(self, day: ColumnElement[int], column: ColumnElement[str] | None) -> Sequence[ColumnElement[Any]]:
        """Return what makes a group: by days the day, else which period and the column."""
        if column is None:
            return (day,)
        return (case((day >= self.first, 1), else_=0), column)

    def within(self, day: ColumnElement[int]) -> ColumnElement[bool]:
        """Return which rows are of one of the two periods."""
        return and_(day >= self.begin, day <= self.last)

    def part(self, row: Sequence[Any]) -> tuple[tuple[bool, str], Sequence[Any]]:
        """Return the part that a row of an answer belongs to, and its numbers."""
        if self.by not in _DAYS:
            return (bool(row[0]), str(row[1] or NONE)), row[2:]
        is_now = row[0] >= self.first
        return (is_now, _key_of(row[0], self.by) if is_now else BEFORE), row[1:]

    def column(self, *, of_turns: bool) -> ColumnElement[str] | None:
        """Return what rows are grouped by, None for days."""
        if self.by in _DAYS:
            return None
        if of_turns and self.by == "reason":
            return cast(func.coalesce(c.c.reason, ""), String)
        return (t if of_turns else c).c[self.by]


def _key_of(day: int, by: str) -> str:
    at = date_of(day)
    return str(at - timedelta(days=at.weekday()) if by == "week" else at)


async def _parts(connection: AsyncConnection, question: _Question) -> Parts:
    parts: Parts = defaultdict(Sums)
    for names, select_ in (_of_first_days(question), _of_answers(question), _of_undone(question), _of_used(question)):
        for row in await connection.execute(select_):
            part, values = question.part(row)
            parts[part].take(dict(zip(names, values, strict=True)))
    for row in await connection.execute(_of_counts(question)):
        part, (counts, number) = question.part(row)
        parts[part].numbers[str(counts)] += int(number)
    return parts


_TIMES = {
    "first_response.bot": each(c.c.bot_seconds),
    "first_response.human": each(c.c.human_seconds),
    "time_to_human": each(c.c.to_human_seconds),
}

_Asked = tuple[Sequence[str], Select[Any]]


def _of_first_days(question: _Question) -> _Asked:
    now = question.now
    sums: dict[str, ColumnElement[Any]] = {
        "conversations": func.count(),
        "answered": func.sum(number_of(c.c.answered)),
        "escalated": func.sum(number_of(escalated)),
        "open": func.sum(number_of(opened(now))),
        "promises.asked": func.sum(number_of(asked_promise(now))),
        "promises.kept": func.sum(number_of(kept_promise(now))),
        **_TIMES,
    }
    return _summed(question, c.c.first_day, sums, question.within(c.c.first_day))


def _of_answers(question: _Question) -> _Asked:
    now = question.now
    sums = {
        "resolved.confirmed": func.sum(number_of(confirmed)),
        "resolved.presumed": func.sum(number_of(presumed(now))),
        "turns": func.sum(c.c.answer_turns),
    }
    return _summed(question, c.c.answer_day, sums, and_(question.within(c.c.answer_day), resolved(now)))


def _of_undone(question: _Question) -> _Asked:
    where = and_(question.within(c.c.undone_day), undone(question.now))
    return _summed(question, c.c.undone_day, {"undone": func.count()}, where)


def _summed(
    question: _Question, day: ColumnElement[int], sums: Mapping[str, ColumnElement[Any]], where: ColumnElement[bool]
) -> _Asked:
    group = question.group(day, question.column(of_turns=False))
    return tuple(sums), select(*group, *sums.values()).where(where).group_by(*group)


def _of_used(question: _Question) -> _Asked:
    used = _used_by_conversation(question) if question.by == "reason" else t
    sums = {"cost": func.sum(used.c.cost)}
    sums |= {f"tokens.{name}": func.sum(used.c[name]) for name in ("input", "output")}
    group = question.group(used.c.day, question.column(of_turns=True))
    return tuple(sums), _from_turns(question, select(*group, *sums.values()), used).group_by(*group)


def _used_by_conversation(question: _Question) -> Subquery:
    """Return what each conversation used on a day: why people were asked is then looked up once, not with each turn."""
    group = (t.c.day, t.c.conversation)
    sums = [func.sum(t.c[name]).label(name) for name in ("cost", "input", "output")]
    return select(*group, *sums).where(question.within(t.c.day)).group_by(*group).subquery()


def _of_counts(question: _Question) -> Select[Any]:
    group = (*question.group(t.c.day, question.column(of_turns=True)), t.c.counts)
    return _from_turns(question, select(*group, func.count())).where(t.c.counts != "").group_by(*group)


def _from_turns(question: _Question, asked: Select[Any], turns: FromClause = t) -> Select[Any]:
    """Why people were asked stands with the conversation alone."""
    asked = asked.where(question.within(turns.c.day))
    if question.by != "reason":
        return asked
    return asked.select_from(turns.outerjoin(c, c.c.conversation == turns.c.conversation))


def _keys(period: Period, by: By, rows: dict[str, Sums]) -> Iterable[str]:
    """Return the keys of the rows: every day and week, the others by how much there is of them."""
    if by in _DAYS:
        days = range(period.first.toordinal(), period.last.toordinal() + 1)
        return dict.fromkeys(_key_of(day, by) for day in days)
    return sorted(rows, key=lambda key: (-rows[key].numbers["conversations"], key))


def _within(period: Period, by: By, key: str) -> Period:
    """Return the part of a period that the row of a day or a week stands for.

    Raises:
        ValueError: the key is none.
    """
    if by not in _DAYS or not key:
        return period
    first = date.fromisoformat(key)
    last = first + timedelta(days=6 if by == "week" else 0)
    return Period(max(first, period.first), min(last, period.last))


def _list_of(figure: str, period: Period, now: float, column: str, key: str) -> Select[Any]:
    what = counted(figure, now)
    days = what.day.between(period.first.toordinal(), period.last.toordinal())
    wanted = and_(what.condition, days)
    listed = select(c.c.conversation, c.c.begun_at)
    if not what.of_turns:
        return listed.where(wanted, *_of_row(c, column, key))
    if column != "reason":
        wanted = and_(wanted, *_of_row(t, column, key))
    listed = listed.where(c.c.conversation.in_(select(t.c.conversation).where(wanted)))
    return listed.where(*_of_row(c, column, key)) if column == "reason" else listed


def _of_row(table: Table, column: str, key: str) -> Sequence[ColumnElement[bool]]:
    """Return what the rows of one key have, nothing for all."""
    return (table.c[column] == ("" if key == NONE else key),) if column and key else ()


def _place(begun_at: float, name: str) -> str:
    """Return where a list goes on, in letters that need no care in an address."""
    return urlsafe_b64encode(f"{begun_at!r} {name}".encode("utf-8", STORABLE)).decode()


def _after(asked: Select[Any], after: str) -> Select[Any]:
    if not after:
        return asked
    at, blank, name = urlsafe_b64decode(after).decode("utf-8", STORABLE).partition(" ")
    if not blank:
        raise ValueError("no place in a list")
    begun = float(at)
    return asked.where(or_(c.c.begun_at < begun, and_(c.c.begun_at == begun, c.c.conversation > name)))
