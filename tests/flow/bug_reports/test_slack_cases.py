"""Each case from public bug reports about Slack holds (`../shared/faults/slack`; skipped without it)."""

import json
from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.flow.bug_reports.play import open_play

FOLDER = SHARED / "faults" / "slack"
CASES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))}


@pytest.mark.parametrize("name", CASES or ["absent"])
async def test_a_reported_case_holds(name: str, redis_url: str, tmp_path: Path) -> None:
    if name not in CASES:
        pytest.skip("no ../shared/faults/slack")
    case = CASES[name]

    async with open_play(redis_url, tmp_path, case.get("with", {})) as play:
        for step in case["steps"]:
            await play.step(step)
        await play.settle()

        for check in case["checks"]:
            await play.holds(check)
