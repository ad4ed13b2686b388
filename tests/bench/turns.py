"""(b) One turn, (g) what it costs as histories and the store grow: ours beside the SDK's own `Runner.run`, in turns.

Both run in this process, one turn after the other, on the same Redis, with a model that answers at once. Ours is the
whole turn of a `/chat` line, from claim to release: lease, fence, rules, journal, commit, answer delivered. Theirs is
`Runner.run` with the SDK's `RedisSession` and a TTL, once with the same specialist, once with an agent without tools.
"""

import gc
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import process_time

from tests.bench.in_process import Inside, inside
from tests.bench.machine import machine
from tests.bench.table import Table, Target, at_most, ms, percentile

HISTORY, TURNS, ROUNDS = 50, 60, 6
HISTORIES = (10, 100, 1_000)
STORED = (1_000, 50_000)
MOST, MOST_WITH_CALLS, FLAT = 1.0, 1.2, 1.25
TOOLS = ("lookup_customer", "lookup_orders")


@dataclass
class Measured:
    """Seconds between two questions to the model, and of the processor per turn and round."""

    gaps: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def half(self) -> float:
        """The median turn."""
        return percentile(self.gaps, 0.5)

    def row(self, *first: str, to: "Measured") -> tuple[str, ...]:
        """Return the figures as cells, with the ratio to another's median."""
        cells = (ms(min(self.cpu)), ms(self.half), ms(percentile(self.gaps, 0.95)))
        return (*first, *cells, f"{self.half / to.half:.2f}")


@dataclass
class Three:
    """Ours and the two to compare with.

    Args:
        specialist: who answers, with us and in the SDK's own run.
        calls: tools that are called first; the agent without tools is left out then.
    """

    specialist: str = "triage"
    calls: tuple[str, ...] = ()
    ours: Measured = field(default_factory=Measured)
    same: Measured = field(default_factory=Measured)
    plain: Measured = field(default_factory=Measured)

    async def round(self, world: Inside, history: int, turns: int) -> None:
        """Measure each once more."""
        world.model.calls = self.calls
        if not self.calls:
            sessions = await world.sessions(turns, history)
            await _timed(world, self.plain, turns, world.run_all(sessions))
        sessions = await world.sessions(turns, history)
        await _timed(world, self.same, turns, world.run_all(sessions, specialist=self.specialist))
        await self.own_round(world, history, turns)

    async def own_round(self, world: Inside, history: int, turns: int) -> None:
        """Measure ours once more."""
        named = await world.conversations(turns, history, specialist=self.specialist)
        await world.say(named)
        await _timed(world, self.ours, turns, world.answer_all())

    def rows(self, name: str) -> list[tuple[str, ...]]:
        """Return a row for each."""
        rows = [
            self.same.row("", "SDK, same specialist", to=self.plain if self.plain.gaps else self.same),
            self.ours.row("", "Frontdesk", to=self.same),
        ]
        if self.plain.gaps:
            rows.insert(0, self.plain.row("", "SDK, agent without tools", to=self.plain))
        return [(name, *rows[0][1:]), *rows[1:]]

    @property
    def ratio(self) -> float:
        """Ours to the same specialist, of p50."""
        return self.ours.half / self.same.half

    @property
    def cpu_ratio(self) -> float:
        """The same of processor time, in the best round."""
        return min(self.ours.cpu) / min(self.same.cpu)


async def _timed(world: Inside, into: Measured, turns: int, work: object) -> None:
    begin = process_time()
    await work  # type: ignore[misc]
    into.cpu.append((process_time() - begin) / turns)
    into.gaps += world.model.gaps(turns)


async def run() -> Table:
    """Measure (b) and return the table."""
    here = machine()
    async with inside() as world:
        bare, calling = Three(), Three("orders", TOOLS)
        await Three().round(world, HISTORY, TURNS)
        await Three("orders", TOOLS).round(world, HISTORY, TURNS)
        _settle()
        for _ in range(ROUNDS):
            await bare.round(world, HISTORY, TURNS)
            await calling.round(world, HISTORY, TURNS)
    return Table(
        title=f"(b) a turn with {HISTORY} items of history and a model that answers at once\n{here}",
        columns=("", "", "CPU ms", "p50 ms", "p95 ms", "ratio of p50"),
        rows=[*bare.rows("no tools"), *calling.rows("two tool calls")],
        targets=(
            at_most("ours ÷ SDK, same specialist", bare.ratio, MOST),
            at_most("the same with two tool calls", calling.ratio, MOST_WITH_CALLS),
        ),
        notes=(
            f"{ROUNDS} rounds of {TURNS} turns; CPU of this process per turn, in the best round. Our log is on,"
            " and each call of ours paid. Ratios are of p50: of the SDK's own to the agent without tools, ours to the"
            " same specialist.",
            f"By CPU ours ÷ the same specialist: {bare.cpu_ratio:.2f} without tools, {calling.cpu_ratio:.2f} with two"
            " calls.",
        ),
    )


async def growth() -> Table:
    """Measure (g) and return the table."""
    here = machine()
    rows: list[tuple[str, ...]] = []
    own: dict[int, Measured] = {}
    async with inside() as world:
        await Three().round(world, HISTORY, TURNS)
        _settle()
        for history in HISTORIES:
            three = Three()
            for _ in range(3):
                await three.round(world, history, TURNS // 3)
            own[history] = three.ours
            rows += three.rows(f"{history:,} items of history")
        few, many = await _stored(world)
    rows += [
        few.row(f"{STORED[0]:,} conversations stored", "Frontdesk", to=few),
        many.row(f"{STORED[1]:,} conversations stored", "Frontdesk", to=few),
    ]
    longer, fuller = own[HISTORIES[2]].half / own[HISTORIES[1]].half, many.half / few.half
    bound = math.ceil(HISTORIES[2] / HISTORIES[1]) / 2
    return Table(
        title=f"(g) what growth costs\n{here}",
        columns=("", "", "CPU ms", "p50 ms", "p95 ms", "ratio"),
        rows=rows,
        targets=(
            Target("50k ÷ 1k conversations", f"flat: at most {FLAT}", f"{fuller:.2f}", fuller <= FLAT),
            Target("1,000 ÷ 100 items", f"bounded: at most {bound:.0f}", f"{longer:.2f}", longer <= bound),
        ),
        notes=(
            "Ratios are of p50; in the last row to the row before. What a specialist remembers is bounded: the turn"
            " that meets 1,000 items cuts them, with one more question to the model, and later ones read less.",
        ),
    )


async def _stored(world: Inside) -> tuple[Measured, Measured]:
    found: Sequence[Three] = (Three(), Three())
    for three, count in zip(found, STORED, strict=True):
        await world.store_more(count)
        for _ in range(ROUNDS):
            await three.own_round(world, HISTORY, TURNS // 2)
    return found[0].ours, found[1].ours


def _settle() -> None:
    """As the processes do when they have started."""
    gc.collect()
    gc.freeze()
