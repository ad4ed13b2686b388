"""The example of `bot/desks/README.md`, done as it stands there."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from bot.desk.loading.loader import read_desk
from bot.desk.loading.scaffold import new_desk
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, open_stage

README = Path(__file__).resolve().parents[3] / "bot" / "desks" / "README.md"
MOST_LINES = 30


@pytest.fixture(scope="module")
def example() -> str:
    found = re.search(r"^## A specialist in a minute\n.*?```sh\n(.*?)```", README.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def follow(example: str, folder: Path) -> None:
    """Do what the example says; its commands are our own, what is tried here is what they are given."""
    subprocess.run(["bash", "-ec", f"frontdesk() {{ :; }}\n{example}"], cwd=folder, check=True, timeout=60)


async def test_a_new_specialist_answers_with_its_article_and_its_tool(
    redis_url: str, tmp_path: Path, example: str
) -> None:
    folder = tmp_path / "acme"
    new_desk(folder)
    await asyncio.to_thread(follow, example, tmp_path)
    desk, mistakes = read_desk(folder)
    async with open_stage(redis_url, tmp_path / "data", frontdesk_desk=str(folder)) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "is there a free parking space?")
        [spaces] = await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "and where can I park?", ts)
        [_, article] = await stage.answers(SARAH_DM, ts, 2)
        await stage.quiet()

    assert mistakes == []
    assert desk is not None
    assert "parking" in desk.specialists["triage"].transfers
    assert "7" in spaces
    assert "two hours free of charge" in article


def test_it_is_short(example: str) -> None:
    commands = re.findall(r"^(?:FRONTDESK_DESK=\S+ )?frontdesk ([a-z]+(?: (?:new|check))?)", example, re.MULTILINE)

    assert commands == ["desk new", "desk check", "chat"]
    assert len(example.splitlines()) < MOST_LINES
