"""`python -m tests.retail FOLDER SPLIT [OUT]`: exit code 1 when something happened that must not, or that nobody
can explain; 2 when it cannot be played.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from uvicorn.loops.auto import auto_loop_factory

from tests.bench.processes import OURS
from tests.retail.play import play
from tests.retail.result import Tally, as_reference
from tests.retail.tasks import read_tasks

USAGE = "make bench-desk DATA=FOLDER SPLIT=NAME [OUT=FOLDER]"


def _run(playing: Coroutine[Any, Any, Tally]) -> Tally:
    """Run it on the product's event loop, away from a developer's settings."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(playing)


def main() -> int:
    """Play a split, print what was found, return the exit code."""
    if len(sys.argv) not in {3, 4}:
        print(USAGE, file=sys.stderr)
        return 2
    source, split = Path(sys.argv[1]), sys.argv[2]
    try:
        tasks = read_tasks(source, split)
    except FileNotFoundError as error:
        print(f"{error.filename} does not exist; {USAGE}", file=sys.stderr)
        return 2
    out = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if out and out.resolve() == source.resolve():
        print("OUT is DATA: its reference would be overwritten", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="frontdesk-retail-", ignore_cleanup_errors=True) as folder:
        tally = _run(play(tasks, source, split, Path(folder)))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"reference_{split}.json").write_text(as_reference(tally.played), "utf-8")
    for line in tally.lines():
        print(line)
    print(tally.last_line())
    return int(tally.failed)


if __name__ == "__main__":
    sys.exit(main())
