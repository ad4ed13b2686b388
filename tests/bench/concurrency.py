"""(d) Four hundred turns at once: what a worker holds in memory, and how much longer than the model it takes.

The model thinks for twenty seconds; so many lines per second arrive, each in a channel of its own, that 400 turns are
under way after that time. The afternoon bot has the same before it.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tests.bench.environment import Bot, Environment, Outcome, environment
from tests.bench.machine import machine, memory_mib
from tests.bench.processes import Server
from tests.bench.table import Table, Target, ms, percentile

AT_ONCE, THINK = 400, 20.0
RATE, SECONDS = 19.7, 32.0
LOOK_SECONDS = 0.5
MOST_MIB, LATEST = 250.0, 0.3


@dataclass
class Watched:
    """One bot's run.

    Args:
        idle: MiB before it.
        steady: MiB while all turns were under way.
        peak: MiB, the most the system ever saw.
    """

    outcome: Outcome
    idle: float
    steady: float
    peak: float

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
            theirs = await _watched(env, bot, bot.parts["bot"])
        async with env.ours(concurrency=AT_ONCE) as bot:
            ours = await _watched(env, bot, bot.parts["worker 1"])
    late = percentile(ours.outcome.overheads, 0.95)
    return Table(
        title=f"(d) {AT_ONCE} turns at once with a model that thinks for {THINK:.0f} s\n{here}",
        columns=("bot", "at once", "idle MiB", "busy MiB", "peak MiB", "KiB a turn", "p50 ms", "p95 ms"),
        rows=(theirs.row("afternoon bot"), ours.row(f"Frontdesk, one worker --concurrency {AT_ONCE}")),
        targets=(
            Target("worker", f"at most {MOST_MIB:.0f} MiB", f"{ours.peak:.0f} MiB at its peak", ours.peak <= MOST_MIB),
            Target("p95 without the model's time", "at most 300 ms", f"{ms(late)} ms", late <= LATEST),
        ),
        notes=(
            f"{RATE} lines a second for {SECONDS:.0f} s, each in a channel of its own; at once: the most questions that"
            " the model thought about at one time. Memory is resident, of the process that takes the turns.",
        ),
    )


async def _watched(env: Environment, bot: Bot, server: Server) -> Watched:
    await env.write(bot, threads=32, seconds=2.0)
    idle, _ = memory_mib(server.pid)
    sizes: list[float] = []
    looking = asyncio.create_task(_look(server, sizes))
    outcome = await env.write(bot, threads=int(RATE * SECONDS), rate=RATE, seconds=SECONDS, think=THINK)
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    return Watched(outcome, idle, max(sizes), memory_mib(server.pid)[1])


async def _look(server: Server, sizes: list[float]) -> None:
    while True:
        sizes.append(memory_mib(server.pid)[0])
        await asyncio.sleep(LOOK_SECONDS)
