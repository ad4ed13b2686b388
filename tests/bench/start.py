"""(j) What a start costs: from `exec` of `frontdesk serve` to a ready process, and what that takes while idle."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import httpx

from bot.store.embedded import EmbeddedRedis
from tests.bench.machine import cpu_seconds, machine, memory_mib
from tests.bench.processes import ROOT, frontdesk
from tests.bench.table import Table, Target

STARTS = 3
SETTLED_SECONDS, IDLE_SECONDS = 10.0, 20.0
MOST_READY_SECONDS, MOST_CPU_SECONDS, MOST_COMMAND_SECONDS = 3.0, 4.0, 1.0


@dataclass(frozen=True)
class Start:
    """One start.

    Args:
        ready: seconds until `/readyz` says 200.
        cpu: processor seconds until then.
        settled: the same until all is loaded and learnt.
        idle: of a core, afterwards.
        mib: memory afterwards.
    """

    ready: float
    cpu: float
    settled: float
    idle: float
    mib: float

    def row(self, name: str) -> tuple[str, ...]:
        """Return the figures as cells."""
        times = (self.ready, self.cpu, self.settled)
        return (name, *(f"{time:.1f}" for time in times), f"{self.idle:.2%}", f"{self.mib:.0f}")


async def run() -> Table:
    """Measure and return the table."""
    here = machine()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        data = Path(folder) / "data"
        redis = EmbeddedRedis(data)
        redis.start()
        env = {"REDIS_URL": redis.url, "FRONTDESK_DATA_DIR": str(data), "FRONTDESK_MODEL": "offline"}
        try:
            starts = [await _start(env) for _ in range(STARTS)]
            listed = await _command(env)
        finally:
            redis.close()
    return _table(here, starts, listed)


async def _start(env: dict[str, str]) -> Start:
    begin = perf_counter()
    async with frontdesk("serve", "--port", "0", env=env) as server, httpx.AsyncClient() as client:
        while (await client.get(f"{server.url}/readyz")).status_code != 200:  # noqa: ASYNC110  # that is what is measured
            await asyncio.sleep(0.01)
        ready, cpu = perf_counter() - begin, cpu_seconds(server.pid)
        await asyncio.sleep(SETTLED_SECONDS)
        settled = cpu_seconds(server.pid)
        await asyncio.sleep(IDLE_SECONDS)
        idle = (cpu_seconds(server.pid) - settled) / IDLE_SECONDS
        return Start(ready, cpu, settled, idle, memory_mib(server.pid)[0])


async def _command(env: dict[str, str]) -> float:
    """Return the seconds that `frontdesk conversations list` takes, the best of some."""
    times = []
    for _ in range(STARTS):
        begin = perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli.main", "conversations", "list"),
            cwd=ROOT.anchor,
            env={**env, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError("frontdesk conversations list failed")
        times.append(perf_counter() - begin)
    return min(times)


def _table(here: str, starts: Sequence[Start], listed: float) -> Table:
    best = min(start.ready for start in starts)
    first = starts[0].settled
    return Table(
        title=f"(j) a start of `frontdesk serve`\n{here}",
        columns=("", "ready s", "CPU s", f"CPU s after {SETTLED_SECONDS:.0f} s", "of a core, idle", "MiB"),
        rows=[start.row("first" if not number else "again") for number, start in enumerate(starts)],
        targets=(
            Target("exec → /readyz", f"at most {MOST_READY_SECONDS} s", f"{best:.1f} s", best <= MOST_READY_SECONDS),
            Target(
                "CPU of a first start", f"at most {MOST_CPU_SECONDS} s", f"{first:.1f} s", first <= MOST_CPU_SECONDS
            ),
            Target(
                "frontdesk conversations list",
                f"at most {MOST_COMMAND_SECONDS} s",
                f"{listed:.1f} s",
                listed <= MOST_COMMAND_SECONDS,
            ),
        ),
        notes=(
            "The store desk, no vendor, the rule model, a Redis that runs; a first start finds an empty data folder."
            " Ready and the list are the best of three. Children that learn count once they have ended.",
        ),
    )
