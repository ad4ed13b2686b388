"""How long a page of figures takes over a million turns in SQLite, and what counting costs beside a turn."""

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from bot.desk.database.engine import open_engine
from bot.desk.database.tables import own
from bot.domain.audit import AuditEvent, Deed, short
from bot.figures.facts import ConversationFacts, TurnFacts
from bot.figures.reader import DatabaseFigures
from bot.figures.report import Period
from bot.figures.tables import FiguresDatabase, conversation, turn
from bot.figures.writer import count_on
from tests.bench.table import Table, at_most
from tests.doubles.clock import ManualClock

TURNS, PER_CONVERSATION, DAYS = 1_000_000, 4, 365
TODAY = date(2026, 11, 29)
NOW = 1_795_953_600.0
WANTED_MS = 300.0
LOOKS = 20
CHUNK = 20_000
_REASONS = ("", "", "", "upset", "asked_for_human")


async def run() -> Table:
    """Measure and return the table."""
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'desk.db'}"
        await _fill(url)
        database = FiguresDatabase.of(url)
        figures = DatabaseFigures(database, ManualClock(NOW), lambda: UTC)
        usual = await _times(lambda: figures.report(figures.usual()))
        month = await _times(lambda: figures.report(_last(30)))
        reasons = await _times(lambda: figures.report(_last(30), "reason"))
        year = await _times(lambda: figures.report(_last(DAYS), "week"), looks=5)
        listed = await _times(lambda: figures.conversations("resolved.presumed", _last(30)))
        await database.close()
    promised = (usual, month, reasons, listed)
    rows = {
        "7 days, by day": usual,
        "30 days, by day": month,
        "30 days, by reason": reasons,
        "a list of conversations": listed,
        "a year, by week": year,
    }
    return Table(
        f"Figures: {TURNS:,} turns of {TURNS // PER_CONVERSATION:,} conversations in a year, SQLite",
        ("", "p50 ms", "p95 ms", "max ms"),
        [_row(name, times) for name, times in rows.items()],
        (at_most("a page up to 30 days, and a list, p95", max(map(_p95, promised)), WANTED_MS, " ms"),),
        (f"Counting takes {_counting_us():.0f} µs of a core for each turn, beside the turn and not within it.",),
    )


def _last(days: int) -> Period:
    return Period(TODAY - timedelta(days=days - 1), TODAY)


async def _fill(url: str) -> None:
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(own.create_all)
    chance = random.Random(5)
    for table, rows in ((conversation, _conversations(chance)), (turn, _turns(chance))):
        chunk: list[dict[str, Any]] = []
        async with engine.begin() as connection:
            for row in rows:
                chunk.append(row)
                if len(chunk) == CHUNK:
                    await connection.execute(insert(table), chunk)
                    chunk = []
            if chunk:
                await connection.execute(insert(table), chunk)
    await engine.dispose()


def _conversations(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(TURNS // PER_CONVERSATION):
        day = _day(number * PER_CONVERSATION)
        at = NOW - (TODAY.toordinal() - day) * 86_400.0
        reason = chance.choice(_REASONS)
        facts = ConversationFacts(
            f"slack:T1:C{number % 9}:{number}.0",
            place=f"{number:015d}",
            seen=f"{number:015d}",
            channel=f"C{number % 9}",
            specialist=f"s{number % 5}",
            reason=reason,
            begun_at=at,
            first_at=at,
            first_day=day,
            turns=2,
            answered=True,
            bot_seconds=float(f"{chance.lognormvariate(1, 1):.3g}"),
            escalated_at=at if reason else None,
            promised_until=at + 3_600 if reason else None,
            to_human_seconds=float(chance.randint(60, 9_000)) if reason else None,
            answer_at=None if reason else at,
            answer_day=None if reason else day,
            answer_turns=1,
            due_at=None if reason else at + 86_400,
        )
        yield vars(facts)


def _turns(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(TURNS):
        talk = number // PER_CONVERSATION
        counts = "thumbs.up" if chance.random() < 0.02 else ""
        name, place = f"slack:T1:C{talk % 9}:{talk}.0", f"{number:015d}"
        row = TurnFacts(place, name, 0.0, _day(number), f"C{talk % 9}", f"s{talk % 5}", counts, 900, 1_500, 120)
        yield vars(row)


def _day(number: int) -> int:
    return TODAY.toordinal() - DAYS + 1 + number * DAYS // TURNS


async def _times(look: Callable[[], Awaitable[object]], looks: int = LOOKS) -> list[float]:
    await look()
    found = []
    for _ in range(looks):
        began = time.perf_counter()
        await look()
        found.append((time.perf_counter() - began) * 1_000)
    return sorted(found)


def _counting_us() -> float:
    """Return the microseconds of a core that the events of one turn take to be counted, without the database."""
    events = []
    for number in range(2_000):
        name, at, reply = f"chat:web:s{number}", NOW + number, f"m{number}:reply"
        wrote = AuditEvent(Deed.MESSAGE, "customer", at=at, id="1.0", conversation=name)
        details = {"mode": "public", "rule": "otherwise", "says": "answer", "reply": short(reply), "cost": "900"}
        ends = AuditEvent(Deed.TURN, "answered", details=details, at=at, id="1.1", conversation=name)
        told = AuditEvent(Deed.DELIVERY, "done", details={"effect": "reply"}, at=at, id=reply, conversation=name)
        events += [wrote, ends, told]
    places = [(f"{place + 1}-0", event) for place, event in enumerate(events)]
    began = time.process_time()
    count_on({}, places, UTC)
    return (time.process_time() - began) / 2_000 * 1e6


def _row(name: str, times: list[float]) -> tuple[str, ...]:
    return (name, f"{times[len(times) // 2]:.0f}", f"{_p95(times):.0f}", f"{times[-1]:.0f}")


def _p95(times: list[float]) -> float:
    return times[min(len(times) - 1, int(len(times) * 0.95))]
