"""(f) From `kill -9` of a worker in the middle of its turns to their answers, by the other worker."""

import asyncio
import os
import signal
from time import perf_counter

from bot.app.settings import Settings
from tests.bench.environment import Environment, environment
from tests.bench.machine import machine
from tests.bench.table import Table, Target, percentile
from tests.conftest import wait_until

LINES, THINK = 40, 3.0
GRACE = 2.0


async def run() -> Table:
    """Measure and return the table."""
    here = machine()
    async with environment() as env, env.ours(workers=2) as ours:
        await env.write(ours, threads=16, seconds=1.0)
        writing = asyncio.create_task(env.write(ours, threads=LINES, rate=float(LINES), seconds=1.0, think=THINK))
        await wait_until(lambda: _all_asked(env), what="questions to the model")
        killed = perf_counter()
        os.kill(ours.parts["worker 1"].pid, signal.SIGKILL)
        outcome = await writing
    # The clock is the machine's, the same in all processes; the model's time for the second asking is taken out.
    torn = [line.done - killed - THINK for line in outcome.lines if line.asks > 1]
    whole = [line.done - line.sent - THINK for line in outcome.lines if line.asks == 1]
    if not torn:
        raise RuntimeError("the worker that was killed held no turn")
    settings = Settings(_env_file=None)
    bound = settings.frontdesk_lease_seconds + settings.frontdesk_redelivery_seconds + GRACE
    return Table(
        title=f"(f) kill -9 of one of two workers while the model thinks\n{here}",
        columns=("turns", "how many", "p50 s", "slowest s"),
        rows=(
            ("of the worker that was killed", str(len(torn)), f"{percentile(torn, 0.5):.1f}", f"{max(torn):.1f}"),
            ("of the other one", str(len(whole)), f"{percentile(whole, 0.5):.1f}", f"{max(whole):.1f}"),
        ),
        targets=(Target("kill to answer", f"at most {bound:.0f} s", f"{max(torn):.1f} s", max(torn) <= bound),),
        notes=(
            f"Lease {settings.frontdesk_lease_seconds:.0f} s, redelivery {settings.frontdesk_redelivery_seconds:.0f} s:"
            " the defaults. Seconds from the kill, or from the line, without the model's.",
            "Every line was answered exactly once.",
        ),
    )


async def _all_asked(env: Environment) -> bool:
    return await env.thinking() >= LINES
