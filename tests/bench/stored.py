"""(i) What stored conversations cost: memory and processor time of Redis per conversation, per turn and per minute.

State is written straight into the embedded Redis: one conversation comes about by real turns, and a script copies it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

from bot.store import keys
from bot.store.admin.overview import ConversationSummary, newest_of
from bot.store.queue.sweeper import Sweeper
from bot.store.records.audit_log import copy_all, copy_round
from bot.store.redis import Client, Scripts
from tests.bench.in_process import Inside, inside
from tests.bench.machine import machine
from tests.bench.table import Table, Target, ms

STORED = (1_000, 50_000, 200_000)
TOUCHED = 50_000
ITEMS, TURNS, NEWEST, LOOKS, ROUNDS = 10, 100, 200, 5, 8
MOST_NEWEST_SECONDS, MOST_MINUTE_SECONDS, MOST_COPY_SECONDS = 0.05, 0.05, 10.0
FLAT = 1.25
LARGE, TURNS_PER_SECOND = 1_000_000, 100

COPY = """
local time = redis.call('TIME')
local now = time[1] * 1000
for number = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  local name = ARGV[1] .. '-' .. number
  for place = 4, #ARGV do
    local copy = string.gsub(ARGV[place], '{.*}', '{' .. name .. '}')
    redis.call('COPY', ARGV[place], copy)
  end
  redis.call('COPY', KEYS[4] .. ARGV[1], KEYS[4] .. name)
  redis.call('ZADD', KEYS[1], now - 86400000 + number, name)
  redis.call('ZADD', KEYS[2], now + 86400000 + number, name)
end
"""
"""KEYS all due worked, prefix of positions · ARGV the model's name, first and last number, the model's keys."""

TOUCH = """
for number = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  local name = ARGV[1] .. '-' .. number
  redis.call('SET', string.gsub(ARGV[4], '{.*}', '{' .. name .. '}'), '1')
  redis.call('DEL', KEYS[4] .. name)
  redis.call('ZADD', KEYS[3], redis.call('TIME')[1] * 1000, name)
end
"""
"""The same keys · ARGV the model's name, first and last number, the key that says that its audit is not copied."""


@dataclass
class Spent:
    """Seconds that something took, and of the processor meanwhile: of this process and of Redis' main thread."""

    lasted: float = 0.0
    own: float = 0.0
    redis: float = 0.0


@dataclass(frozen=True)
class Figures:
    """What was measured at one size.

    Args:
        kib: memory of a conversation with all that the store keeps about it.
        found: of the newest, those that are the newest.
        turn: of Redis, for a line and its turn.
        minute: what is done once a minute, with nothing to do.
        start: the same after a start.
    """

    stored: int
    kib: float
    found: int
    newest: Spent
    turn: float
    minute: Spent
    start: Spent

    def row(self) -> tuple[str, ...]:
        """Return the figures as cells."""
        memory = f"{self.kib:.1f}" if self.kib else "-"
        times = (self.newest.lasted, self.newest.redis, self.turn, self.minute.redis, self.start.redis)
        return (f"{self.stored:,} stored", memory, f"{self.found}", *map(ms, times))


class Store:
    """The store as it grows."""

    def __init__(self, world: Inside, model: str) -> None:
        self.world = world
        self.scripts = Scripts(world.engine.client)
        self._model = model
        self._stored = 1

    @property
    def _client(self) -> Client:
        return self.world.engine.client

    async def fill(self, count: int) -> float:
        """Store more, up to so many; return the KiB that each took."""
        before, had = await self._memory(), self._stored
        found = [raw.decode() async for raw in self._client.scan_iter(match=f"*{{{self._model}}}*", count=10_000)]
        async for first, last in self._batches(self._stored, count):
            await self._eval(COPY, self._model, first, last, *found)
        self._stored = count
        await self.world.redis_settled()
        return (await self._memory() - before) / 1024 / max(1, count - had)

    async def touch(self, count: int) -> None:
        """Let so many have an audit that is not copied."""
        async for first, last in self._batches(1, count):
            await self._eval(TOUCH, self._model, first, last, keys.uncopied(self._model))

    async def measure(self, kib: float) -> Figures:
        """Return what things cost now."""
        sweeper = Sweeper(self._client, self.world.engine.due)
        await self._upkeep(sweeper, anew=False)
        newest, found = await self._newest()
        async with self.spent() as minute:
            await self._upkeep(sweeper, anew=False)
        async with self.spent() as start:
            await self._upkeep(sweeper, anew=True)
        wanted = {raw.decode() for raw in await self._client.zrevrange(keys.ALL, 0, NEWEST - 1)}
        right = len({glance.id for glance in found} & wanted)
        return Figures(self._stored, kib, right, newest, await self._turn(), minute, start)

    async def slowest(self) -> float:
        """Return the seconds of the slowest single command that was neither the filling nor our look at its tables."""
        seen = await self._client.slowlog_get(128)
        ours = (b"EVAL ", b"DEBUG ", b"SCAN ")
        return max((row["duration"] for row in seen if not row["command"].startswith(ours)), default=0) / 1e6

    @asynccontextmanager
    async def spent(self) -> AsyncIterator[Spent]:
        """Measure the body."""
        spent, before, own, begin = Spent(), await self._cpu(), process_time(), perf_counter()
        yield spent
        spent.lasted, spent.own = perf_counter() - begin, process_time() - own
        spent.redis = await self._cpu() - before

    async def _newest(self) -> tuple[Spent, Sequence[ConversationSummary]]:
        """Return what the quickest of five looks took; others may load the machine."""
        looks = []
        for _ in range(LOOKS):
            async with self.spent() as spent:
                found = await newest_of(self.scripts, NEWEST)
            looks.append(spent)
        return min(looks, key=lambda look: look.lasted), found

    async def _turn(self) -> float:
        """Return what the cheapest of eight rounds took; beside a busy neighbour one takes up to twice as long."""
        rounds = []
        for _ in range(ROUNDS):
            named = await self.world.conversations(TURNS, ITEMS)
            async with self.spent() as spent:
                await self.world.say(named)
                await self.world.answer_all()
            self.world.model.gaps(TURNS)
            rounds.append(spent.redis / TURNS)
        return min(rounds)

    async def _upkeep(self, sweeper: Sweeper, *, anew: bool) -> None:
        await sweeper.sweep(anew)
        await copy_round(self.scripts, anew)

    async def _eval(self, script: str, *arguments: Any) -> None:
        names = (keys.ALL, keys.DUE, keys.WORKED, keys.audited(""))
        await self._client.eval(script, len(names), *names, *arguments)

    @staticmethod
    async def _batches(first: int, count: int) -> AsyncIterator[tuple[int, int]]:
        for start in range(first, count, 500):
            yield start, min(start + 500, count) - 1

    async def _memory(self) -> int:
        return int((await self._client.info("memory"))["used_memory"])

    async def _cpu(self) -> float:
        used = await self._client.info("cpu")
        return float(used["used_cpu_user_main_thread"]) + float(used["used_cpu_sys_main_thread"])


async def run() -> Table:
    """Measure and return the table."""
    here = machine()
    async with inside() as world:
        [model] = await world.conversations(1, ITEMS)
        await world.say([model])
        await world.answer_all()
        world.model.gaps(1)
        store = Store(world, model)
        await copy_all(store.scripts)
        rows = [await store.measure(await store.fill(count)) for count in STORED]
        await store.touch(TOUCHED)
        async with store.spent() as copying:
            copied = await copy_all(store.scripts)
        async with store.spent() as busy:
            await copy_all(store.scripts)
        slowest = await store.slowest()
    return _table(here, rows, copying, copied, busy, slowest)


def _table(here: str, rows: list[Figures], copying: Spent, copied: int, busy: Spent, slowest: float) -> Table:
    few, many, most = rows
    ratio = most.turn / few.turn
    gib = LARGE * most.kib / 1024 / 1024
    share = TURNS_PER_SECOND * most.turn
    found = f"{many.found} in {ms(many.newest.lasted)} ms"
    return Table(
        title=f"(i) what stored conversations cost\n{here}",
        columns=("", "KiB each", f"newest {NEWEST}", "found in ms", "Redis ms", "a turn", "a minute", "a start"),
        rows=[row.row() for row in rows],
        targets=(
            Target(
                f"the {NEWEST} newest of {TOUCHED:,}",
                f"all, in at most {ms(MOST_NEWEST_SECONDS)} ms",
                found,
                many.found == NEWEST and many.newest.lasted <= MOST_NEWEST_SECONDS,
            ),
            Target(
                f"sweep and audit copy per minute at {TOUCHED:,}, of Redis",
                f"at most {MOST_MINUTE_SECONDS} s",
                f"{many.minute.redis:.3f} s",
                many.minute.redis <= MOST_MINUTE_SECONDS,
            ),
            Target(
                f"the audit of {TOUCHED:,} touched conversations, {copied:,} events",
                f"at most {MOST_COPY_SECONDS:.0f} s",
                f"{copying.lasted:.1f} s, {copying.redis:.1f} of Redis",
                copying.lasted <= MOST_COPY_SECONDS,
            ),
            Target(
                f"a turn at {most.stored:,} ÷ at {few.stored:,}, of Redis",
                f"flat: at most {FLAT}",
                f"{ratio:.2f}",
                ratio <= FLAT,
            ),
        ),
        notes=(
            f"Conversations of {ITEMS + 2} items, copies of one that came about by a turn. From `Redis ms` on, times"
            " are processor time of Redis' main thread (INFO cpu). A minute is one sweep and one audit copy with"
            f" nothing to do, a start the first of them; with {TOUCHED:,} worked on in the last ten minutes it takes"
            f" {ms(busy.redis)} ms. To copy took {copying.own:.1f} s of this process.",
            "Measured once Redis has moved its keys into larger tables, which it does when their number has doubled;"
            " meanwhile a turn takes it up to twice as long.",
            f"The slowest single command: {ms(slowest)} ms (SLOWLOG), the copies aside.",
            f"Extrapolated, not measured: {LARGE:,} such conversations take {gib:.1f} GiB; {TURNS_PER_SECOND} turns a"
            f" second take {share:.2f} of the core that one Redis has.",
        ),
    )
