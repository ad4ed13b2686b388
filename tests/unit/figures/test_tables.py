"""Rows and the place in the audit move together: after crashes, beside others, and when they are counted anew."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audit import AuditEvent, Deed
from bot.figures.definitions import BY_PATH, STATES
from bot.figures.reader import DatabaseFigures
from bot.figures.report import WAYS, Period, Report
from bot.figures.tables import FiguresDatabase
from bot.figures.writer import FiguresWriter
from tests.doubles.clock import ManualClock
from tests.unit.figures.kit import DAY, HOUR, NOON, Told, ToldStream, open_figures, rows_of, wrote

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
CHANNELS = ("chat:web:s{}", "slack:T1:C0PILOT:{}.0", "slack:T1:D0SARAH:{}.0", "zendesk:{}")


DEADLY = 0.2


class Died(BaseException):
    """The process is gone, whatever it was doing."""


def writer_of(stream: ToldStream, database: FiguresDatabase) -> FiguresWriter:
    return FiguresWriter(stream, database, lambda: UTC)


async def counted(database: FiguresDatabase, now: float = NOON + 20 * DAY) -> list[Report]:
    figures = DatabaseFigures(database, ManualClock(now), lambda: UTC)
    return [await figures.report(NOVEMBER, by) for by in WAYS]


def some_history(seed: int, conversations: int = 8) -> ToldStream:
    """Tell conversations that go on beside each other."""
    random, stream = Random(seed), ToldStream()
    talks = [Told(stream, CHANNELS[n % len(CHANNELS)].format(n), specialist=f"s{n % 3}") for n in range(conversations)]
    at = NOON - 3 * DAY
    for _ in range(conversations * 4):
        at += random.choice((10.0, HOUR, 12 * HOUR))
        random.choice(STEPS)(random.choice(talks), at)
    return stream


STEPS: tuple[Callable[[Told, float], None], ...] = (
    lambda talk, at: talk.asks(at, cost="1200", input="300", output="40"),
    lambda talk, at: talk.asks(at, answered_at=at + 7),
    lambda talk, at: talk.thanks(at),
    lambda talk, at: talk.hands_over(at),
    lambda talk, at: talk.human(at),
    lambda talk, at: talk.rates(at, "good"),
    lambda talk, at: talk.rates(at, "bad"),
    lambda talk, at: talk.turn(at, "drafted", wrote(at), stopped="brake"),
    lambda talk, at: talk.turn(at, "draft sent", AuditEvent(Deed.DRAFT, "sent", details={"kind": "answer"})),
    lambda talk, at: talk.turn(at, "feedback", AuditEvent(Deed.FEEDBACK, "up")),
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_a_history_with_crashes_gives_the_figures_of_the_plain_one(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def story() -> None:
        stream, random = some_history(seed), Random(seed)
        async with open_figures(tmp_path_factory.mktemp("plain")) as plain:
            await writer_of(stream, plain).catch_up()
            wanted = await rows_of(plain)
        async with open_figures(tmp_path_factory.mktemp("crashing")) as crashing:
            while not await _dies_somewhere(stream, crashing, random):
                pass
            assert await rows_of(crashing) == wanted
            assert await crashing.place() != ""

    asyncio.run(story())


async def _dies_somewhere(stream: ToldStream, database: FiguresDatabase, random: Random) -> bool:
    """Read on with a process that may die between any two steps of its work; return whether it has come to the end."""
    dying = _Dying(database, random)
    writer = FiguresWriter(stream, dying, lambda: UTC)
    try:
        while await writer._next(random.randint(1, 7)):
            pass
    except Died:
        return False
    return True


class _Dying(FiguresDatabase):
    """The same database, for a process that dies before some commits, and after others."""

    def __init__(self, database: FiguresDatabase, random: Random) -> None:
        self.__dict__.update(vars(database))
        self._random = random

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with super().writing() as connection:
            yield connection
            self._may_die()
        self._may_die()

    def _may_die(self) -> None:
        if self._random.random() < DEADLY:
            raise Died


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), days=st.integers(0, 20))
def test_figures_add_up_and_every_number_opens_what_it_counts(
    seed: int, days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def story() -> None:
        async with open_figures(tmp_path_factory.mktemp("sums")) as database:
            await writer_of(some_history(seed), database).catch_up()
            figures = DatabaseFigures(database, ManualClock(NOON + days * DAY), lambda: UTC)
            reports = [await figures.report(NOVEMBER, by) for by in WAYS]
            total = reports[0].total
            assert sum(total[name] or 0 for name in STATES) == total["conversations"]
            assert [report.total for report in reports] == [total] * len(WAYS)
            assert {name: _summed(report, name) for report in reports for name in STATES} == {
                name: total[name] for name in STATES
            }
            for path in ("conversations", "answered", *(name.replace(".", "_") for name in STATES)):
                page = await figures.conversations(path, NOVEMBER)
                assert len(set(page.conversations)) == len(page.conversations) == total[BY_PATH[path].name]

    asyncio.run(story())


def _summed(report: Report, name: str) -> float:
    return sum(row.values[name] or 0 for row in report.rows)


async def test_a_row_opens_its_own_conversations_alone(tmp_path: Path) -> None:
    async with open_figures(tmp_path) as database:
        await writer_of(some_history(7, 30), database).catch_up()
        figures = DatabaseFigures(database, ManualClock(NOON + 20 * DAY), lambda: UTC)
        for by in WAYS:
            for row in (await figures.report(NOVEMBER, by)).rows:
                page = await figures.conversations("escalated", NOVEMBER, by=by, key=row.key)
                assert len(page.conversations) == row.values["escalated"], (by, row.key)


async def test_a_list_goes_on_where_the_page_before_ended(tmp_path: Path) -> None:
    stream = ToldStream()
    for n in range(250):
        Told(stream, f"chat:web:s{n:03}").asks(NOON + n // 3)

    async with open_figures(tmp_path) as database:
        await writer_of(stream, database).catch_up()
        figures = DatabaseFigures(database, ManualClock(NOON + HOUR), lambda: UTC)
        found: list[str] = []
        after, pages = "", 0
        while pages == 0 or after:
            page = await figures.conversations("conversations", NOVEMBER, after)
            found, after, pages = [*found, *page.conversations], page.next, pages + 1

    assert (pages, len(found), len(set(found))) == (3, 250, 250)
    assert found[0] == "chat:web:s249"


async def test_two_processes_count_nothing_twice(tmp_path: Path) -> None:
    stream = some_history(3, 12)
    async with open_figures(tmp_path) as database:
        await asyncio.gather(*(writer_of(stream, database).catch_up() for _ in range(3)))
        once = await rows_of(database)
        await writer_of(stream, database).catch_up()

        assert await rows_of(database) == once
        assert len(once[1]) == len({row[0] for row in once[1]})  # type: ignore[index]


async def test_counting_anew_makes_the_same_rows(tmp_path: Path) -> None:
    stream = some_history(5, 12)
    async with open_figures(tmp_path) as database:
        writer = writer_of(stream, database)
        await writer.catch_up()
        before = await rows_of(database)

        assert await writer.rebuild() == len(before[0])
        assert await rows_of(database) == before


async def test_what_the_audit_has_no_more_stays_as_it_was_counted(tmp_path: Path) -> None:
    stream = some_history(5, 12)
    async with open_figures(tmp_path) as database:
        writer = writer_of(stream, database)
        await writer.catch_up()
        before, figures = await rows_of(database), await counted(database)
        stream.first = len(stream.events) // 2

        assert await writer.rebuild() < len(before[0])
        assert await rows_of(database) == before
        assert await counted(database) == figures


async def test_who_is_forgotten_is_counted_without_a_name(tmp_path: Path) -> None:
    stream = ToldStream()
    Told(stream, "chat:web:sarah").asks(NOON)
    async with open_figures(tmp_path) as database:
        writer = writer_of(stream, database)
        await writer.catch_up()
        before = await counted(database)
        stream.events.clear()
        await writer.forget({"chat:web:sarah": "forgotten:1"})
        await writer.rebuild()

        assert await counted(database) == before
        assert "sarah" not in str(await rows_of(database))


async def test_what_happens_while_a_conversation_is_forgotten_is_no_second_one(tmp_path: Path) -> None:
    stream = ToldStream()
    talk = Told(stream, "chat:web:sarah")
    talk.asks(NOON, cost="1200")
    async with open_figures(tmp_path) as database:
        writer = writer_of(stream, database)
        await writer.forget({"chat:web:sarah": "forgotten:1"})
        talk.asks(NOON + HOUR, cost="300")
        await writer.catch_up()
        await writer.forget({"chat:web:sarah": "forgotten:1"})
        [report, *_] = await counted(database)

        assert (report.total["conversations"], report.total["cost.total"]) == (1, 0.0015)
        assert "sarah" not in str(await rows_of(database))


async def test_a_late_correction_changes_the_past_day(tmp_path: Path) -> None:
    stream = ToldStream()
    talk = Told(stream, "zendesk:7")
    talk.asks(NOON)
    async with open_figures(tmp_path) as database:
        writer = writer_of(stream, database)
        await writer.catch_up()
        assert await _of_the_fifth(database, NOON + 4 * DAY) == (1, 0)

        talk.turn(NOON + 5 * DAY, "off topic", wrote(NOON + 5 * DAY))
        await writer.catch_up()
        assert await _of_the_fifth(database, NOON + 5 * DAY) == (0, 1)

        talk.asks(NOON + 5 * DAY + HOUR)
        await writer.catch_up()
        assert await _of_the_fifth(database, NOON + 20 * DAY) == (0, 0)


async def _of_the_fifth(database: FiguresDatabase, now: float) -> tuple[float | None, float | None]:
    figures = DatabaseFigures(database, ManualClock(now), lambda: UTC)
    report = await figures.report(Period(date(2026, 11, 5), date(2026, 11, 5)))
    return report.total["resolved.presumed"], report.total["undone"]
