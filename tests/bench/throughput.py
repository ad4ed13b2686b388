"""(c) Turns per second and overhead, one and two workers beside the bot an engineer writes in an afternoon.

Everything goes over real HTTP to a stand-in for Slack and the model in a process of its own; the model answers
without thinking, in twelve pieces. Bots are measured in turns: theirs, ours, theirs, ours.

What a second worker adds is measured while cores are free: two cores have no room for two workers that are busy all
the time beside web, Redis and the stand-in, so there each has few hands, and the model thinks.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import median

from tests.bench.environment import Bot, Environment, Outcome, environment
from tests.bench.machine import machine
from tests.bench.table import Table, at_least, at_most, ms, percentile

THREADS, SECONDS, ROUNDS = 64, 30.0, 2
"""Both rounds together are longer than the minute between two copies of the audit."""
RATE, RATE_SECONDS, RATE_THREADS = 50.0, 10.0, 300
HANDS, THINK, FREE_SECONDS = 12, 0.5, 20.0
"""Some 20 turns a second of a worker: a third of a core."""
WARM_UP_SECONDS = 3.0
STAND_IN = "stand-in"
PER_CORE, TWO, DEARER, SLOWER = 1.0, 1.5, 1.15, 2.0


async def run() -> Table:
    """Measure and return the table."""
    here = machine()
    async with environment() as env, AsyncExitStack() as stack:
        theirs = await stack.enter_async_context(env.baseline_bot())
        async with env.ours() as ours:
            for bot in (theirs, ours):
                await env.write(bot, threads=THREADS, seconds=WARM_UP_SECONDS)
            baseline, one = await _by_turns(env, theirs, ours)
            steady = [await _steady(env, bot) for bot in (theirs, ours)]
        async with env.ours(workers=2) as both:
            await env.write(both, threads=THREADS, seconds=WARM_UP_SECONDS)
            two = [await _full(env, both) for _ in range(ROUNDS)]
        free = [await _free(env, workers) for workers in (1, 2)]
    return _table(here, baseline, one, two, steady, free)


async def _by_turns(env: Environment, theirs: Bot, ours: Bot) -> tuple[list[Outcome], list[Outcome]]:
    baseline, one = [], []
    for _ in range(ROUNDS):
        baseline.append(await _full(env, theirs))
        one.append(await _full(env, ours))
    return baseline, one


async def _full(env: Environment, bot: Bot) -> Outcome:
    return await env.write(bot, threads=THREADS, seconds=SECONDS)


async def _free(env: Environment, workers: int) -> Outcome:
    async with env.ours(workers=workers, concurrency=HANDS) as bot:
        await env.write(bot, threads=THREADS, seconds=WARM_UP_SECONDS)
        return await env.write(bot, threads=THREADS, seconds=FREE_SECONDS, think=THINK)


async def _steady(env: Environment, bot: Bot) -> Outcome:
    return await env.write(bot, threads=RATE_THREADS, seconds=RATE_SECONDS, rate=RATE)


def _table(
    here: str,
    baseline: Sequence[Outcome],
    one: Sequence[Outcome],
    two: Sequence[Outcome],
    steady: Sequence[Outcome],
    free: Sequence[Outcome],
) -> Table:
    theirs, single, double = (median(outcome.rate for outcome in rounds) for rounds in (baseline, one, two))
    halves = [percentile(outcome.overheads, 0.5) for outcome in steady]
    more = free[1].rate / free[0].rate
    full = f"{THREADS} threads, each goes on when answered"
    return Table(
        title=f"(c) turns over HTTP with a model that does not think\n{here}",
        columns=("load", "bot", "turns/core·s", "CPU ms", "turns/s", "ratio", "p50 ms", "p95 ms", "calls"),
        rows=(
            (full, "afternoon bot", *_row(baseline, 1.0)),
            ("", "Frontdesk, 1 worker", *_row(one, single / theirs)),
            ("", "Frontdesk, 2 workers", *_row(two, double / theirs)),
            (f"{RATE:.0f}/s over {RATE_THREADS} threads", "afternoon bot", *_row(steady[:1], 1.0)),
            ("", "Frontdesk, 1 worker", *_row(steady[1:], halves[1] / halves[0])),
            (f"the same threads, {HANDS} hands a worker", "Frontdesk, 1 worker", *_row(free[:1], 1.0)),
            ("", "Frontdesk, 2 workers", *_row(free[1:], more)),
        ),
        targets=(
            at_least("turns per core-second ÷ afternoon bot", _cpu(baseline) / _cpu(one), PER_CORE),
            at_least("two workers ÷ one, turns per second while cores are free", more, TWO),
            at_most("the same, CPU a turn", _cpu(free[1:]) / _cpu(free[:1]), DEARER),
            at_most(f"p50 at {RATE:.0f}/s ÷ afternoon bot", halves[1] / halves[0], SLOWER),
        ),
        notes=(
            f"Medians of {ROUNDS} rounds of {SECONDS:.0f} s; threads of ten lines; no debounce. p50 and p95: from a"
            " line to its answer, without the model's time; the last ratio is of p50.",
            "CPU: of the bot's processes and Redis, per turn, and turns for each second of it, without the stand-in."
            " Ours has its log on, counts what each call costs, and copies its audit once a minute; the afternoon bot"
            " does none of it, runs on the same event loop and server, and has as many Redis connections as it wants.",
            f"One worker: {_parts(one)}; afternoon bot: {_parts(baseline)}.",
            f"In the last two rows the model thinks for {THINK} s, and a line waits, which is in p50 and p95, until a"
            f" worker has a hand free. The processes used {_shares(free[:1])} of a core each with one worker,"
            f" {_shares(free[1:])} with two.",
            f"Where none has to wait for a hand, two workers made {double / single:.2f} times the turns per second,"
            f" at {_cpu(two) / _cpu(one):.2f} times the CPU a turn: they used {_shares(two)}, and no core was free.",
            "Calls: to Slack, per turn. The afternoon bot posts its answer alone; ours shows a status first.",
        ),
    )


def _row(rounds: Sequence[Outcome], ratio: float) -> tuple[str, ...]:
    overheads = [second for outcome in rounds for second in outcome.overheads]
    calls = sum(outcome.slack_calls for outcome in rounds) / len(overheads)
    return (
        f"{1 / _cpu(rounds):.1f}",
        f"{_cpu(rounds) * 1000:.1f}",
        f"{median(outcome.rate for outcome in rounds):.1f}",
        f"{ratio:.2f}",
        ms(percentile(overheads, 0.5)),
        ms(percentile(overheads, 0.95)),
        f"{calls:.1f}",
    )


def _cpu(rounds: Sequence[Outcome]) -> float:
    """Processor seconds per turn, of every process but the stand-in."""
    turns = sum(len(outcome.lines) for outcome in rounds)
    used = [pair for outcome in rounds for pair in outcome.cpu.items()]
    return sum(seconds for name, seconds in used if name != STAND_IN) / turns


def _parts(rounds: Sequence[Outcome]) -> str:
    """Processor milliseconds per turn of each process."""
    turns = sum(len(outcome.lines) for outcome in rounds)
    used = {name: sum(outcome.cpu[name] for outcome in rounds) for name in rounds[0].cpu}
    return ", ".join(f"{name} {seconds / turns * 1000:.1f} ms" for name, seconds in used.items())


def _shares(rounds: Sequence[Outcome]) -> str:
    seconds = sum(outcome.lasted for outcome in rounds)
    return ", ".join(f"{name} {sum(outcome.cpu[name] for outcome in rounds) / seconds:.0%}" for name in rounds[0].cpu)
