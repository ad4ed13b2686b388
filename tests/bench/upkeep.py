"""(e) What a turn asks of Redis, and what a conversation keeps there."""

from bot.domain.messages import Surface
from tests.bench.inside import Inside, inside, round_trips
from tests.bench.table import Table, Target

TURNS, ITEMS = 50, 50
MOST_TRIPS, MOST_KIB = 8.0, 25.0


async def run() -> Table:
    """Measure and return the table."""
    rows, trips, sizes = [], {}, {}
    async with inside() as world:
        for surface in (Surface.SLACK, Surface.CHAT):
            accepting, trips[surface] = await _trips(world, surface)
            sizes[surface], parts = await _kib(world, surface)
            rows.append(
                (surface.value, f"{accepting:.1f}", f"{trips[surface]:.1f}", f"{sizes[surface]:.1f}", parts),
            )
    asked, size = trips[Surface.SLACK], sizes[Surface.SLACK]
    return Table(
        title="(e) Redis",
        columns=("", "to accept", "round trips a turn", f"KiB with {ITEMS} items", "parts (bytes)"),
        rows=rows,
        targets=(
            Target(
                "round trips of a turn without tools", f"at most {MOST_TRIPS:.0f}", f"{asked:.1f}", asked <= MOST_TRIPS
            ),
            Target("a conversation", f"at most {MOST_KIB:.0f} KiB", f"{size:.1f} KiB", size <= MOST_KIB),
        ),
        notes=(
            "A round trip is a write to a connection, from claim to release; a heartbeat comes with turns of five"
            " seconds and more. No docket takes part in a turn: its wakes are a sorted set.",
            f"A conversation is {ITEMS // 2} turns by the real path; its memory is MEMORY USAGE of all its keys.",
        ),
    )


async def _trips(world: Inside, surface: Surface) -> tuple[float, float]:
    """Round trips to accept a line, and of its turn; the very first turn asks more, and is not counted."""
    named = await world.conversations(TURNS, ITEMS, surface)
    await world.say(named)
    await world.answer_all()
    with round_trips() as accepting:
        await world.say(named, 1)
    with round_trips() as answering:
        await world.answer_all()
    return len(accepting) / TURNS, (len(answering) - 1) / TURNS  # the last claim finds nothing


async def _kib(world: Inside, surface: Surface) -> tuple[float, str]:
    [name] = await world.conversations(1, 0, surface)
    for line in range(ITEMS // 2):
        await world.say([name], line)
        await world.answer_all()
    parts = await world.memory(name)
    told = ", ".join(f"{part} {size:,}" for part, size in sorted(parts.items(), key=lambda pair: -pair[1]))
    return sum(parts.values()) / 1024, told
