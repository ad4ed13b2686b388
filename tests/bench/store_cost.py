"""(e) What a turn asks of Redis, and what a conversation keeps there."""

from statistics import median

from bot.domain.ids import Origin
from tests.bench.in_process import Inside, inside, round_trips
from tests.bench.table import Table, at_most

TURNS, BATCHES, ITEMS = 10, 5, 50
AUDIT = frozenset({"au", "ac"})
MOST_TRIPS, MOST_KIB = 8.0, 22.0


async def run() -> Table:
    """Measure and return the table."""
    rows, trips, sizes = [], {}, {}
    async with inside() as world:
        for surface in (Origin.SLACK, Origin.CHAT):
            accepting, trips[surface] = await _trips(world, surface)
            sizes[surface], parts = await _kib(world, surface)
            rows.append(
                (surface.value, f"{accepting:.1f}", f"{trips[surface]:.1f}", f"{sizes[surface]:.1f}", parts),
            )
    asked, size = trips[Origin.SLACK], sizes[Origin.SLACK]
    return Table(
        title="(e) Redis",
        columns=("", "to accept", "round trips a turn", f"KiB, {ITEMS} items", "parts (bytes)"),
        rows=rows,
        targets=(
            at_most("round trips of a turn without tools", asked, MOST_TRIPS),
            at_most(f"a conversation of {ITEMS} items", size, MOST_KIB, " KiB"),
        ),
        notes=(
            "A round trip is a write to a connection, from claim to release; a heartbeat comes with turns of five"
            " seconds and more. No docket takes part in a turn: its wakes are a sorted set.",
            f"A conversation is {ITEMS // 2} turns by the real path; its memory is MEMORY USAGE of its keys,"
            " items of 380 bytes as the SDK has them on average. The audit (au) is bounded by itself and not counted;"
            " `/chat` keeps its last answers for a day (an), and publishes three live events a turn.",
        ),
    )


async def _trips(world: Inside, surface: Origin) -> tuple[float, float]:
    """Round trips to accept a line, and of its turn; medians of batches, as periodic work may fall into one.

    A conversation's very first turn asks more, and is not counted.
    """
    accepted: list[float] = []
    answered: list[float] = []
    for _ in range(BATCHES):
        named = await world.conversations(TURNS, ITEMS, surface)
        await world.say(named)
        await world.answer_all()
        with round_trips() as accepting:
            await world.say(named, 1)
        with round_trips() as answering:
            await world.answer_all()
        accepted.append(len(accepting) / TURNS)
        answered.append((len(answering) - 1) / TURNS)  # the last claim finds nothing
    return median(accepted), median(answered)


async def _kib(world: Inside, surface: Origin) -> tuple[float, str]:
    [name] = await world.conversations(1, 0, surface)
    for line in range(ITEMS // 2):
        await world.say([name], line)
        await world.answer_all()
    view = await world.engine.conversations.read(name)
    if view is None or len(view.entries) != ITEMS:
        raise RuntimeError(f"{len(view.entries) if view else 0} entries are kept of {ITEMS // 2} turns")
    parts = await world.memory(name)
    told = ", ".join(f"{part} {size:,}" for part, size in sorted(parts.items(), key=lambda pair: -pair[1]))
    return sum(size for part, size in parts.items() if part not in AUDIT) / 1024, told
