"""Who writes a desk sees each edit in the demo at once, and a slip costs nothing but a line in the log."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.desk.new import new_desk
from bot.reload import reloading
from tests.conftest import wait_until
from tests.flow.actions_kit import Till, open_till
from tests.flow.scripted import Script, call
from tests.flow.stage import SARAH, SARAH_DM, Stage

SCRIPT: Script = {"open": [call("transfer_to_faq"), call("opening_hours"), "Here you are."]}


def edit(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text()))


async def told(stage: Stage, event: str, count: int = 1) -> None:
    """Wait until the log tells of it so many times."""
    await wait_until(lambda: stage.log.getvalue().count(event) >= count, what=event)


async def hours(till: Till) -> str:
    """Ask in a new thread; return what the tool said."""
    await till.asks(SARAH, SARAH_DM, "when are you open?")
    return till.model.returned[-1]


async def test_an_edited_desk_answers_from_the_next_turn_on_and_a_broken_one_does_not(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme"
    new_desk(folder)
    tools = folder / "tools.py"
    async with (
        open_till(redis_url, tmp_path / "data", monkeypatch, SCRIPT, frontdesk_desk=str(folder)) as till,
        reloading(till.stage.engine),
    ):
        before = await hours(till)
        edit(tools, lambda text: text.replace("09:00-17:00", "10:00-18:00"))
        await told(till.stage, "desk.reloaded")
        edited = await hours(till)
        edit(tools, lambda text: text.replace("-> dict", "-> dict oops"))
        await told(till.stage, "desk.not_reloaded")
        broken = await hours(till)
        edit(tools, lambda text: text.replace(" oops", "").replace("18:00", "19:00"))
        await told(till.stage, "desk.reloaded", 2)
        mended = await hours(till)
        log = till.stage.log.getvalue()

    assert "09:00-17:00" in before
    assert "10:00-18:00" in edited
    assert "10:00-18:00" in broken
    assert "10:00-19:00" in mended
    assert "tools.py:14: is not Python" in log
