"""The results of several runs as one table."""

from collections.abc import Mapping, Sequence

from tests.chaos.run import Result

ROWS: Sequence[tuple[str, str]] = (
    ("conversations", "conversations"),
    ("lines", "lines"),
    ("lost", "lost"),
    ("duplicated", "duplicated"),
    ("taken_twice", "in two turns"),
    ("reordered", "reordered"),
    ("tickets_twice", "tickets twice"),
    ("notes_twice", "notes twice"),
    ("credits", "credits agreed to"),
    ("credits_lost", "  lost"),
    ("credits_twice", "  twice"),
    ("worker_kills", "worker kills"),
    ("points", "deaths at named points"),
    ("unvisited", "points not reached"),
    ("zombies", "zombies"),
    ("web_kills", "web kills"),
    ("store_kills", "Redis kills"),
    ("model_calls", "model calls"),
    ("model_repeats", "  asked again"),
    ("journaled_again", "journaled, done again"),
    ("dead_letters", "dead letters"),
    ("seconds", "seconds"),
    ("settle_seconds", "  settling"),
)


def numbers(result: Result) -> Mapping[str, float]:
    """Return one column's numbers by row."""
    tally = result.tally
    return {
        "conversations": result.plan.threads + result.plan.tickets,
        "lines": tally.lines,
        "lost": tally.lost,
        "duplicated": tally.duplicated,
        "taken_twice": tally.taken_twice,
        "reordered": tally.reordered,
        "tickets_twice": tally.tickets_twice,
        "notes_twice": tally.notes_twice,
        "credits": result.credits,
        "credits_lost": tally.credits_lost,
        "credits_twice": tally.credits_twice,
        "worker_kills": result.worker_kills,
        "points": len(result.visited),
        "unvisited": len(result.unvisited),
        "zombies": result.zombies,
        "web_kills": result.web_kills,
        "store_kills": result.store_kills,
        "model_calls": result.model_calls,
        "model_repeats": result.model_repeats,
        "journaled_again": result.journaled_again,
        "dead_letters": result.dead_letters,
        "seconds": round(result.seconds, 1),
        "settle_seconds": round(result.settle_seconds, 1),
    }


def table(results: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table, a column per run."""
    width = max(12, *(len(name) + 2 for name in results))
    head = f"{'':24}" + "".join(f"{name:>{width}}" for name in results)
    lines = [f"{title:24}" + "".join(f"{column[key]:>{width}g}" for column in results.values()) for key, title in ROWS]
    return "\n".join([head, *lines])


def values(shown: Mapping[str, float]) -> str:
    """Return one run's numbers, a line each."""
    return "\n".join(f"{name:24}{value:>12g}" for name, value in shown.items())
