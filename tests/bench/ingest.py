"""(a) Ingest: signed Slack events until their 200, a bare Bolt app that stores nothing beside us storing in Redis.

Ours is `frontdesk web` as anybody starts it. Both run under the same uvicorn (uvloop, httptools), each in a process
of its own, and are measured in turns: Bolt, ours, Bolt, ours. The sender is a third process.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from bot.store import keys
from bot.store.embedded import EmbeddedRedis
from bot.store.redis import connect
from tests.bench.machine import cpu_seconds, machine
from tests.bench.processes import Server, frontdesk, printing, result
from tests.bench.slack_lines import SECRET, Kind
from tests.bench.table import Table, Target

CONNECTIONS = 16
WARM_UP, EVENTS, ROUNDS = 500, 3_000, 3
RATE, RATE_SECONDS = 100.0, 10
REQUIRED, GOAL, LATEST = 0.3, 0.5, 0.050
KINDS: tuple[tuple[Kind, str], ...] = (
    ("both", "half and half"),
    ("mentions", "mentions in channels"),
    ("lines", "lines in DMs"),
)


@dataclass
class Measured:
    """What one server did with one kind of events, over all rounds."""

    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Events per second: the median of the rounds."""
        return median(self.rates)

    def row(self, *first: str, ratio: str = "") -> tuple[str, ...]:
        """Return the figures as cells."""
        cpu = f"{median(self.cpu) * 1e6:.0f}" if any(self.cpu) else "?"
        return (*first, f"{self.rate:,.0f}", _ms(self.times, 50), _ms(self.times, 99), cpu, ratio)


class Sender:
    """Sends series of events, no event twice, and counts what was acknowledged."""

    def __init__(self) -> None:
        self._series = 0
        self.sent: dict[str, int] = {}

    async def send(self, to: Server, kind: Kind, count: int, into: Measured, rate: float = 0.0) -> None:
        """Send `count` events, as fast as they are answered or `rate` per second.

        Raises:
            RuntimeError: an event was not answered with 200.
        """
        self._series += 1
        before = cpu_seconds(to.pid)
        outcome = await result(
            "tests.bench.slack_client",
            to.url,
            *("--kind", kind, "--count", str(count), "--series", str(self._series)),
            *("--connections", str(CONNECTIONS), "--rate", str(rate)),
            seconds=60,
        )
        if outcome["refused"]:
            raise RuntimeError(f"{len(outcome['refused'])} of {count} events were refused: {outcome['refused'][:5]}")
        into.rates.append(count / outcome["seconds"])
        into.times += outcome["times"]
        into.cpu.append((cpu_seconds(to.pid) - before) / count)
        self.sent[to.url] = self.sent.get(to.url, 0) + count


async def run() -> Table:
    """Measure both and return the table.

    Raises:
        RuntimeError: a server did not start, refused an event, or acknowledged one that it did not store.
    """
    here = machine()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        redis = EmbeddedRedis(Path(folder) / "data")
        try:
            redis.start()
            async with (
                printing("tests.bench.bare_bolt") as bolt,
                frontdesk("web", "--port", "0", env=_environment(folder)) as ours,
            ):
                return await _measured(here, redis, bolt, ours)
        finally:
            redis.close()


def _environment(folder: str) -> dict[str, str]:
    return {
        "FRONTDESK_DATA_DIR": f"{folder}/data",
        "FRONTDESK_MODEL": "offline",
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
    }


async def _measured(here: str, redis: EmbeddedRedis, bolt: Server, ours: Server) -> Table:
    sender = Sender()
    pairs = {kind: (Measured(), Measured()) for kind, _ in KINDS}
    for one in (bolt, ours):
        await sender.send(one, "both", WARM_UP, Measured())
    for _ in range(ROUNDS):
        for kind, pair in pairs.items():
            for one, measured in zip((bolt, ours), pair, strict=True):
                await sender.send(one, kind, EVENTS, measured)
    steady = (Measured(), Measured())
    for one, measured in zip((bolt, ours), steady, strict=True):
        await sender.send(one, "both", int(RATE * RATE_SECONDS), measured, RATE)
    stored, version = await _stored(redis.url)
    if stored != sender.sent[ours.url]:
        raise RuntimeError(f"{sender.sent[ours.url]} events were acknowledged, {stored} are stored")
    return _table(f"{here}, Redis {version}", pairs, steady, stored)


def _table(
    here: str, pairs: dict[Kind, tuple[Measured, Measured]], steady: tuple[Measured, Measured], stored: int
) -> Table:
    rows: list[Sequence[str]] = []
    for kind, title in KINDS:
        bare, own = pairs[kind]
        rows.append(bare.row(f"{title}, {CONNECTIONS} connections", "bare Bolt"))
        rows.append(own.row("", "Frontdesk", ratio=f"{own.rate / bare.rate:.2f}"))
    rows.append(steady[0].row(f"half and half, {RATE:.0f}/s", "bare Bolt"))
    rows.append(steady[1].row("", "Frontdesk"))
    bare, own = pairs["both"]
    ratio, late = own.rate / bare.rate, quantiles(steady[1].times, n=100)[98]
    return Table(
        title=f"(a) ingest: signed Slack events until their 200\n{here}",
        columns=("events", "server", "per s", "p50 ms", "p99 ms", "CPU µs", "ratio"),
        rows=rows,
        targets=(
            Target("ours ÷ bare Bolt", f"at least {REQUIRED}, goal {GOAL}", f"{ratio:.2f}", ratio >= REQUIRED),
            Target(f"p99 at {RATE:.0f}/s", "under 50 ms", f"{late * 1000:.1f} ms", late < LATEST),
        ),
        notes=(
            f"Medians of {ROUNDS} rounds of {EVENTS} events each. CPU is the web process's own, per event; "
            f"by it alone the ratio is {_cpu_ratio(bare, own)}.",
            f"All {stored} acknowledged events were found in Redis afterwards (append-only file, fsync every second).",
        ),
    )


def _cpu_ratio(bare: Measured, own: Measured) -> str:
    return f"{median(bare.cpu) / median(own.cpu):.2f}" if any(own.cpu) else "unknown"


async def _stored(url: str) -> tuple[int, str]:
    """Return how many messages wait in all conversations, and the server's version."""
    client = connect(url)
    try:
        waiting = [name async for name in client.scan_iter(match=keys.inbox("*"), count=1000)]
        pipe = client.pipeline(transaction=False)
        for name in waiting:
            pipe.llen(name)
        return sum(await pipe.execute()), str((await client.info("server"))["redis_version"])
    finally:
        await client.aclose()


def _ms(times: Sequence[float], percentile: int) -> str:
    return f"{quantiles(times, n=100)[percentile - 1] * 1000:.1f}"
