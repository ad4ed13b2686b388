"""`make bench`: run the parts that are named, or all; exit 1 when a required figure is missed."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from tests.bench import (
    concurrency,
    figures,
    first_response,
    ingest,
    knowledge,
    question,
    recovery,
    start,
    store_cost,
    stored,
    throughput,
    turns,
)
from tests.bench.table import Table

PARTS: dict[str, Callable[[], Coroutine[Any, Any, Table]]] = {
    "a": ingest.run,
    "b": turns.run,
    "c": throughput.run,
    "d": concurrency.run,
    "e": store_cost.run,
    "f": recovery.run,
    "g": turns.growth,
    "h": first_response.run,
    "i": stored.run,
    "j": start.run,
    "k": figures.run,
    "knowledge": knowledge.run,
    "question": question.run,
}


def main() -> int:
    """Return the exit code."""
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    tables: list[Table] = []
    for name in chosen:
        tables.append(asyncio.run(PARTS[name]()))
        print(tables[-1].render(), end="\n\n", flush=True)
    return int(any(not target.is_met for table in tables for target in table.targets))


if __name__ == "__main__":
    sys.exit(main())
