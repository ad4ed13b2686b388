"""Faults of hours and minutes, on a clock that is moved: what becomes of every line, and how soon all is well again."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.store import keys
from tests.chaos.customers import Talk, say, talks
from tests.chaos.faults import Fault, House, gated
from tests.chaos.ledger import Tally, count, turns_of
from tests.chaos.machine import Machine, machine
from tests.chaos.plan import Plan
from tests.chaos.run import at_work, customers
from tests.conftest import wait_until
from tests.real_servers.postgres import open_postgres

PLAN = Plan(
    threads=9,
    tickets=4,
    lines=5,
    pause=0.0,
    human=3,
    faults=False,
    thinking=0.05,
    moved=True,
    gives_up=3,
    model_patience=2.0,
    concurrency=20,
)
PARTS = 8
"""In which a fault's time passes; what is tried meanwhile fails meanwhile."""
LOOK_SECONDS = 0.3
PART_SECONDS = 2.0
STILL_SECONDS = 1.5
STEP_SECONDS = 20.0
"""By so much time is moved on where nothing has happened for `STILL_SECONDS`."""
LONGEST_SECONDS = 75.0
READ_BACK_SECONDS = 700.0
"""After that the last look for doubles is due."""


@dataclass(frozen=True)
class Row:
    """What a fault came to.

    Args:
        handed_over: conversations that people have.
        recovered: seconds from its end, on the clock of the run, until everybody had an answer or a human; None: never.
    """

    name: str
    tally: Tally
    handed_over: int = 0
    recovered: float | None = None
    skipped: str = ""
    troubles: tuple[str, ...] = ()

    @property
    def findings(self) -> list[str]:
        """What must not be."""
        late = [] if self.recovered is not None or self.skipped else ["did not recover"]
        return [f"{self.name}: {trouble}" for trouble in (*self.tally.troubles, *self.troubles, *late)]


def table(rows: Sequence[Row]) -> str:
    """Return a line each."""
    head = (
        f"{'fault':30}{'lines':>7}{'lost':>6}{'doubled':>9}{'reordered':>11}{'with people':>13}{'recovered after':>17}"
    )
    return "\n".join([head, *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    if row.skipped:
        return f"{row.name:30} {row.skipped}"
    tally = row.tally
    doubled = tally.duplicated + tally.taken_twice + tally.tickets_twice + tally.notes_twice
    after = "never" if row.recovered is None else f"{row.recovered:.0f} s"
    numbers = f"{tally.lines:7}{tally.lost:6}{doubled:9}{tally.reordered:11}{row.handed_over:13}{after:>17}"
    return f"{row.name:30}{numbers}"


async def play(fault: Fault, folder: Path) -> Row:
    """Play one fault in an empty folder."""
    try:
        async with _house(fault, folder) as house:
            return await _played(fault, house)
    except pytest.skip.Exception as lacking:
        return Row(fault.name, Tally(), skipped=str(lacking))


async def _played(fault: Fault, house: House) -> Row:
    stage = house.machine
    crowd = talks(stage.plan, await customers(stage))
    for number in range(2):
        await _all_write(stage, crowd, number)
        await wait_until(lambda: _is_well(stage, crowd), what="an ordinary day")

    await fault.begin(house)
    await _all_write(stage, crowd, 2)
    await _lasts(stage, fault.seconds / 2)
    await _all_write(stage, crowd, 3)
    await _lasts(stage, fault.seconds / 2)
    await fault.end(house)

    since = stage.clock.now()
    await _all_write(stage, crowd, 4)
    is_well = await _recovers(stage, crowd)
    recovered = stage.clock.now() - since if is_well else None
    await stage.passes(READ_BACK_SECONDS)
    await _still(stage)
    (stage.folder / "state.json").write_text(json.dumps(await stage.state()))
    handed_over = sum([await _is_with_people(stage, talk) for talk in crowd])
    too_many = 0 if fault.hands_over else handed_over - sum(talk.asks_for_human for talk in crowd)
    return Row(
        fault.name,
        await _tally(stage, crowd),
        handed_over,
        recovered,
        troubles=(f"{too_many} more than asked for a human have one",) if too_many else (),
    )


async def _all_write(stage: Machine, crowd: Sequence[Talk], number: int) -> None:
    for talk in crowd:
        await say(stage, talk, number, " [human]" if talk.asks_for_human and number in {1, 2} else "")


async def _lasts(stage: Machine, seconds: float) -> None:
    """Let the time of a fault pass: whatever is due is tried after each part of it."""
    for _ in range(PARTS // 2):
        await _still(stage)
        await stage.passes(seconds / (PARTS / 2))
    await _still(stage)


async def _still(stage: Machine) -> None:
    """Return when nothing is due just now, or nothing comes of it."""
    end = time.monotonic() + PART_SECONDS
    await asyncio.sleep(LOOK_SECONDS)
    while time.monotonic() < end and await _is_due(stage):  # noqa: ASYNC110  # no event tells of it
        await asyncio.sleep(LOOK_SECONDS)


async def _is_due(stage: Machine) -> bool:
    scores = dict(await stage.store.zrange(keys.DUE, 0, -1, withscores=True)).values()
    return min(scores, default=float("inf")) <= time.time() * 1000


async def _recovers(stage: Machine, crowd: Sequence[Talk]) -> bool:
    """Let time pass until everybody has an answer or a human; return whether that came."""
    end, moved = time.monotonic() + LONGEST_SECONDS, time.monotonic()
    while time.monotonic() < end:
        if await _is_well(stage, crowd):
            return True
        await asyncio.sleep(LOOK_SECONDS)
        if time.monotonic() - moved > STILL_SECONDS:
            await stage.passes(STEP_SECONDS)
            moved = time.monotonic()
    return False


async def _is_well(stage: Machine, crowd: Sequence[Talk]) -> bool:
    return not await at_work(stage) and not (await _tally(stage, crowd)).lost


async def _tally(stage: Machine, crowd: Sequence[Talk]) -> Tally:
    turns = {talk.conversation: turns_of(await stage.transcript(talk.conversation)) for talk in crowd}
    return count(crowd, await stage.state(), turns, stage.commits())


async def _is_with_people(stage: Machine, talk: Talk) -> bool:
    view = await stage.conversation(talk.conversation)
    return view.get("owner") in {"escalated", "human"}


@asynccontextmanager
async def _house(fault: Fault, folder: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        stage, gate = Machine(folder, PLAN), None
        if fault.needs_postgres:
            server = stack.enter_context(open_postgres())
            gate = await stack.enter_async_context(gated(server.port))
            stage.database_url = server.new_database().replace(f":{server.port}/", f":{gate.port}/")
            await asyncio.to_thread(_upgraded, stage.database_url)
        await stack.enter_async_context(machine(folder, PLAN, stage))
        house = House(stage, gate)
        await house.begin()
        yield house


def _upgraded(url: str) -> None:
    command = [str(Path(sys.executable).with_name("frontdesk")), "db", "upgrade"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "DATABASE_URL": url})
