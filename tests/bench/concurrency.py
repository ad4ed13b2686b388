"""(d) Four hundred turns at once: what web and worker hold in memory, and how much longer than the model it takes.

The model thinks for twenty seconds; so many lines per second arrive, each in a channel of its own, that 400 turns are
under way after that time. The afternoon bot has the same before it.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tests.bench.environment import Bot, Environment, Outcome, environment
from tests.bench.machine import machine, memory_mib
from tests.bench.table import Table, at_most, ms, percentile

AT_ONCE, THINK = 400, 20.0
RATE, SECONDS = 19.7, 32.0
LOOK_SECONDS = 0.5
MOST_MIB, LATEST = 360.0, 0.3


@dataclass
class Watched:
    """One bot's run.

    Args:
        idle: MiB before it.
        steady: MiB while all turns were under way.
        peak: MiB, the most the system ever saw of each process, added up.
        peaks: the same by process.
    """

    outcome: Outcome
    idle: float
    steady: float
    peak: float
    peaks: dict[str, float]

    def row(self, name: str) -> tuple[str, ...]:
        """Return the figures as cells."""
        sizes = (f"{self.idle:.0f}", f"{self.steady:.0f}", f"{self.peak:.0f}")
        each = (self.steady - self.idle) * 1024 / self.outcome.most_thinking
        late = self.outcome.overheads
        times = (ms(percentile(late, 0.5)), ms(percentile(late, 0.95)))
        return (name, str(self.outcome.most_thinking), *sizes, f"{each:.0f}", *times)


async def run() -> Table:
    """Measure and return the table."""
    here = machine()
    async with environment() as env:
        async with env.baseline_bot() as bot:
            theirs = await _watched(env, bot)
        async with env.ours(concurrency=AT_ONCE) as bot:
            ours = await _watched(env, bot)
    late = percentile(ours.outcome.overheads, 0.95)
    return Table(
        title=f"(d) {AT_ONCE} turns at once with a model that thinks for {THINK:.0f} s\n{here}",
        columns=("bot", "at once", "idle MiB", "busy MiB", "peak MiB", "KiB a turn", "p50 ms", "p95 ms"),
        rows=(theirs.row("afternoon bot"), ours.row(f"Frontdesk, one worker --concurrency {AT_ONCE}")),
        targets=(
            at_most("web and worker at their peaks", ours.peak, MOST_MIB, " MiB"),
            at_most("p95 without the model's time", late, LATEST, " s"),
        ),
        notes=(
            f"{RATE} lines a second for {SECONDS:.0f} s, each in a channel of its own; at once: the most questions that"
            " the model thought about at one time. Memory is resident, of all processes of a bot together: ours are"
            f" web and worker, {_each(ours)} MiB at their peaks.",
        ),
    )


async def _watched(env: Environment, bot: Bot) -> Watched:
    await env.write(bot, threads=32, seconds=2.0)
    idle = sum(_resident(bot))
    sizes: list[float] = []
    looking = asyncio.create_task(_look(bot, sizes))
    outcome = await env.write(bot, threads=int(RATE * SECONDS), rate=RATE, seconds=SECONDS, think=THINK)
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    peaks = {name: memory_mib(server.pid)[1] for name, server in bot.parts.items()}
    return Watched(outcome, idle, max(sizes), sum(peaks.values()), peaks)


def _resident(bot: Bot) -> list[float]:
    return [memory_mib(server.pid)[0] for server in bot.parts.values()]


async def _look(bot: Bot, sizes: list[float]) -> None:
    while True:
        sizes.append(sum(_resident(bot)))
        await asyncio.sleep(LOOK_SECONDS)


def _each(watched: Watched) -> str:
    return " and ".join(f"{size:.0f}" for size in watched.peaks.values())
