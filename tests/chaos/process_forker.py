"""Starts the product's processes: imports everything once, then forks; each child runs the real command line.

`python -m tests.chaos.process_forker` reads one JSON object per line (`argv`, `log`, `points`, `stops`, `folder`,
`skew`, `clock`, `without`) and prints the pid of the process it started. A fork takes milliseconds where a start from
nothing takes two seconds of a core, so that a crowded machine can see many more deaths.
"""

import ctypes
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import bot.cli.main
from bot.app import background
from bot.app.store import WallClock
from bot.runtime.periodic import Take, Work, repeat
from tests.chaos.crash_points import Fuse, arm, leave_out, watch_journal
from tests.chaos.moved_clock import MovedClock

SOONER = 60.0
NEEDED = ("bot.app.processes", "bot.app.background", "bot.turn.routing.router", "aiosqlite")
"""What the product imports late."""
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Fork a process per line until the input ends."""
    for module in NEEDED:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for children that are killed
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(order)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _live(order: Any) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":  # nothing of a run outlives it, whatever became of the run
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nowhere), (1, log), (2, log)):
        os.dup2(source, target)
    _set_clock(order["clock"], order["skew"])
    for part in order["without"]:
        leave_out(part)
    folder = Path(order["folder"])
    watch_journal(folder)
    if order["points"] or order["stops"]:
        arm(Fuse(order["points"], order["stops"], folder))
    sys.argv = ["frontdesk", *order["argv"]]
    code = 1
    try:
        bot.cli.main.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _set_clock(file: str, wrong: float) -> None:
    """Let the product in this process read another time than its machine's.

    Args:
        file: of the clock that the run moves, empty for the machine's; rounds of minutes take seconds then.
    """
    clock: Any = WallClock
    if file:
        moved = MovedClock(Path(file), wrong)
        clock.now = lambda _: moved.now()
        rounds: Any = background
        rounds.repeat = _sooner
    else:
        clock.now = lambda _: time.time() + wrong


async def _sooner(name: str, seconds: float, work: Work, take: Take | None = None) -> None:
    await repeat(name, max(1.0, seconds / SOONER), work, take)


if __name__ == "__main__":
    main()
