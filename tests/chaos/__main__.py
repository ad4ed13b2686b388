"""The long form: `python -m tests.chaos` (`make chaos`), about a quarter of an hour. Exit code 1 when anything was lost
or done twice, or when a run without its safeguards shows no failure."""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.chaos.drafts import run_drafts
from tests.chaos.plan import Plan
from tests.chaos.plans import ABLATIONS, CONTROL, LONG, LONG_DRAFTS
from tests.chaos.run import Result, run
from tests.chaos.table import table

MOST_TROUBLES = 20


def main() -> int:
    """Play all runs, print their table, return the exit code."""
    plans = {"all on": LONG, "neither": CONTROL, **ABLATIONS}
    results = {name: _played(name, plan) for name, plan in plans.items()}
    print(f"\n{table(results)}\n")
    whole = results["all on"]
    findings = [*whole.tally.troubles[:MOST_TROUBLES], *(f"{point}: nobody died there" for point in whole.unvisited)]
    findings += ["journaled steps were done again"] if whole.journaled_again else []
    findings += [
        f"without {', '.join(result.plan.without)} nothing failed: this suite would see nothing"
        for result in results.values()
        if result.plan.without and not result.tally.failures + result.journaled_again
    ]
    findings += _drafts()
    print("\n".join(findings) or "Nothing lost, nothing twice, nothing out of order; every control run failed.")
    return 1 if findings else 0


def _drafts() -> list[str]:
    """Play the run in which nobody is answered without a human; return what went wrong."""
    plan = LONG_DRAFTS
    print(f"drafts: {plan.threads + plan.tickets} conversations of {plan.lines} lines …", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
    result = asyncio.run(run_drafts(plan, folder))
    if result.failures:
        print(f"what every side holds, and the logs: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in asdict(result).items():
        if name != "troubles":
            print(f"{name:24}{value:>12g}")
    shown = [f"{result.shown_twice} drafts were shown twice"] if result.shown_twice else []
    return [*result.troubles[:MOST_TROUBLES], *shown]


def _played(name: str, plan: Plan) -> Result:
    print(f"{name}: {plan.threads + plan.tickets} conversations of {plan.lines} lines …", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
    result = asyncio.run(run(plan, folder))
    if result.tally.failures and not plan.without:
        print(f"what every side holds, and the logs: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(table({name: result}), *result.tally.troubles[:MOST_TROUBLES], sep="\n", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
