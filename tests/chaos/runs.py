"""The runs of the long form, each by its name: played in this process, told as numbers and findings.

`python -m tests.chaos.runs NAME FILE` plays one and writes what it showed to FILE.
"""

import asyncio
import faulthandler
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from tests.chaos.drafts import run_drafts
from tests.chaos.faults import FAULTS
from tests.chaos.long_faults import Row, play
from tests.chaos.long_faults import table as rows_table
from tests.chaos.plan import Plan
from tests.chaos.plans import ABLATIONS, CONTROL, LONG, LONG_DRAFTS
from tests.chaos.run import Result, run
from tests.chaos.table import numbers, table, values

MOST_TROUBLES = 20


@dataclass(frozen=True)
class Showing:
    """What one run showed.

    Args:
        column: its numbers in the table of runs, none for a run that is no column of it.
        findings: what must not be.
        text: what it tells instead.
    """

    column: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    text: str = ""


def _play(name: str, plan: Plan) -> Showing:
    _say(f"{name}: {plan.threads + plan.tickets} conversations of {plan.lines} lines …")
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
    result = asyncio.run(run(plan, folder))
    _keep_or_remove(folder, is_kept=bool(result.tally.failures) and not plan.without)
    _say(table({name: numbers(result)}), *result.tally.troubles[:MOST_TROUBLES])
    return Showing(numbers(result), tuple(_findings(plan, result)))


def _findings(plan: Plan, result: Result) -> list[str]:
    if plan.without:
        is_seen = result.tally.failures + result.journaled_again
        return [] if is_seen else [f"without {', '.join(plan.without)} nothing failed: this suite would see nothing"]
    findings = [*result.tally.troubles[:MOST_TROUBLES], *(f"{point}: nobody died there" for point in result.unvisited)]
    return findings + (["journaled steps were done again"] if result.journaled_again else [])


def _drafts() -> Showing:
    """Play the run in which nobody is answered without a human."""
    plan = LONG_DRAFTS
    _say(f"drafts: {plan.threads + plan.tickets} conversations of {plan.lines} lines …")
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
    result = asyncio.run(run_drafts(plan, folder))
    _keep_or_remove(folder, is_kept=bool(result.failures))
    shown = (f"{result.shown_twice} drafts were shown twice",) if result.shown_twice else ()
    column = {name: value for name, value in asdict(result).items() if name != "troubles"}
    return Showing(findings=(*result.troubles[:MOST_TROUBLES], *shown), text=f"drafts\n{values(column)}")


def _long_faults() -> Showing:
    """Play every fault that lasts, one after the other."""
    rows: list[Row] = []
    for fault in FAULTS:
        _say(f"{fault.name} …")
        folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
        row = asyncio.run(play(fault, folder))
        _keep_or_remove(folder, is_kept=bool(row.findings))
        _say(rows_table([row]))
        rows.append(row)
    findings = [finding for row in rows for finding in row.findings[:MOST_TROUBLES]]
    return Showing(findings=tuple(findings), text=rows_table(rows))


def _keep_or_remove(folder: Path, *, is_kept: bool) -> None:
    if is_kept:
        _say(f"what every side holds, and the logs: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join((*lines, "")))
    sys.stdout.flush()


CONTROLS: Mapping[str, Plan] = {"neither": CONTROL, **ABLATIONS}
"""Runs that have to fail."""
RUNS: Mapping[str, Callable[[], Showing]] = {
    **{name: partial(_play, name, plan) for name, plan in {"all on": LONG, **CONTROLS}.items()},
    "drafts": _drafts,
    "long faults": _long_faults,
}


def main(name: str, file: str) -> None:
    """Play one run."""
    faulthandler.enable()
    Path(file).write_text(json.dumps(asdict(RUNS[name]())))


if __name__ == "__main__":
    main(*sys.argv[1:])
