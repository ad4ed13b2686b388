"""The long form: `python -m tests.chaos` (`make chaos`), less than half an hour; names of runs play those alone.

Exit code 1 when anything was lost or done twice, when a run without its safeguards shows no failure, or when a run came
to no end of its own. Each run is a process with a session of its own, so that whatever becomes of it is told here, and
nothing that it started is left behind.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from tests.chaos.runs import CONTROLS, RUNS, Showing
from tests.chaos.table import table

LONGEST_SECONDS = 1800.0
"""For one run; the longest takes a third of that on a machine that has much else to do."""
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FINDING, MISUSE = 1, 2
FINE = "Nothing lost, nothing twice, nothing out of order"
CONTROLS_FAILED = "; every control run failed"


class Ended(Exception):
    """Somebody ends the whole."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def main(names: list[str]) -> int:
    """Play the runs, print their tables, return the exit code."""
    if unknown := [name for name in names if name not in RUNS]:
        print(f"no such run: {', '.join(unknown)}; there are: {', '.join(RUNS)}")
        return MISUSE
    shown: dict[str, Showing] = {}
    for number in ENDINGS:
        signal.signal(number, _end)
    try:
        for name in names or RUNS:
            shown[name] = _played(name)
    except Ended as ended:
        print(f"\nended by {ended} while “{name}” was played", flush=True)
        _sum_up(shown)
        return 128 + ended.number
    return FINDING if _sum_up(shown) else 0


def _sum_up(shown: Mapping[str, Showing]) -> bool:
    """Print what all runs have shown; return whether any of it must not be."""
    if lines := {name: one.column for name, one in shown.items() if one.column}:
        print(f"\n{table(lines)}")
    for one in shown.values():
        if one.text:
            print(f"\n{one.text}")
    findings = [f"{name}: {finding}" for name, one in shown.items() for finding in one.findings]
    if shown:
        print("", *(findings or [_fine(shown)]), sep="\n", flush=True)
    return bool(findings)


def _fine(shown: Mapping[str, Showing]) -> str:
    return f"{FINE}." if shown.keys().isdisjoint(CONTROLS) else f"{FINE}{CONTROLS_FAILED}."


def _played(name: str) -> Showing:
    """Play one run in a process of its own; whatever ends it without a result is its finding."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-chaos-result-") as folder:
        file = Path(folder) / "result.json"
        code = _code_of([sys.executable, "-m", "tests.chaos.runs", name, str(file)])
        if code == 0 and file.exists():
            told = json.loads(file.read_text())
            return Showing(told["column"], tuple(told["findings"]), told["text"])
    why = _why(code)
    print(f"{name}: {why}", flush=True)
    return Showing(findings=(why,))


def _code_of(command: list[str]) -> int | None:
    """Return the exit code, negative for a signal, None where it had no end."""
    with _session(command) as process:
        try:
            return process.wait(LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            return None


@contextmanager
def _session(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a session of its own, and end all of that afterwards."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _why(code: int | None) -> str:
    if code is None:
        return f"came to no end within {LONGEST_SECONDS:.0f} seconds"
    if code >= 0:
        return f"ended with exit code {code} and without a result; what it raised stands above"
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return f"was ended by {signal.Signals(-code).name}, not by itself (its largest process: {largest} MB)"


def _end(number: int, _frame: FrameType | None) -> None:
    raise Ended(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
