"""Who writes a desk sees each edit in the demo at once, and a slip costs nothing but a line in the log."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app.hot_reload import reloading
from bot.desk.database import Database
from bot.desk.loading.scaffold import new_desk
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BILLING, SARAH, SARAH_DM, SARAH_ID, TEAM, Stage
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, call

HOUR = 3_600.0
SCRIPT: Script = {"open": [call("transfer_to_faq"), call("opening_hours"), "Here you are."]}


def edit(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text()))


def other_rules(text: str) -> str:
    return text.replace("idle_close: 3 days", "idle_close: 1 hour").replace(
        "answer_groups: [Support]", "answer_groups: [Billing]"
    )


async def told(stage: Stage, event: str, count: int = 1) -> None:
    """Wait until the log tells of it so many times."""
    await wait_until(lambda: stage.log.getvalue().count(event) >= count, what=event)


async def hours(till: RefundHarness) -> str:
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
        open_refunds(redis_url, tmp_path / "data", monkeypatch, SCRIPT, frontdesk_desk=str(folder)) as till,
        reloading(till.stage.engine),
    ):
        before = await hours(till)
        edit(tools, lambda text: text.replace("str(hours)", "'at any time'"))
        await told(till.stage, "desk.reloaded")
        edited = await hours(till)
        edit(tools, lambda text: text.replace("-> dict", "-> dict oops"))
        await told(till.stage, "desk.not_reloaded")
        broken = await hours(till)
        edit(tools, lambda text: text.replace(" oops", "").replace("at any time", "on most days"))
        await told(till.stage, "desk.reloaded", 2)
        mended = await hours(till)
        log = till.stage.log.getvalue()

    assert "09:00 to 17:00" in before
    assert "at any time" in edited
    assert "at any time" in broken
    assert "on most days" in mended
    assert "tools.py:17: is not Python" in log


async def test_timers_and_ticket_reads_go_by_the_edited_desk_too(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme"
    new_desk(folder)
    async with (
        open_refunds(redis_url, tmp_path / "data", monkeypatch, SCRIPT, frontdesk_desk=str(folder)) as till,
        reloading(till.stage.engine),
    ):
        stage = till.stage
        asked = await till.asks(SARAH, SARAH_DM, "when are you open?")
        await stage.passes(2 * HOUR)
        before = await stage.owner(f"slack:{TEAM}:{SARAH_DM}:{asked}")
        unread = await stage.opens("when are you open?", group_id=BILLING)
        await stage.quiet()
        edit(folder / "desk.yml", other_rules)
        await told(stage, "desk.reloaded")
        read = await stage.opens("when are you open?", group_id=BILLING)
        await stage.bot_comments(read)
        await stage.passes(1)
        await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{asked}", "idle_closed")
        comments = (await stage.ticket(unread))["comments"]

    assert before == "bot"
    assert [comment["author_id"] for comment in comments] == [SARAH_ID]


async def test_a_desk_that_was_replaced_is_closed_when_its_last_turn_is_over(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme"
    new_desk(folder)
    closed, close = list[Database](), Database.close

    async def noted(data: Database) -> None:
        closed.append(data)
        await close(data)

    monkeypatch.setattr(Database, "close", noted)
    async with (
        open_refunds(redis_url, tmp_path / "data", monkeypatch, SCRIPT, frontdesk_desk=str(folder)) as till,
        reloading(till.stage.engine),
    ):
        engine = till.stage.engine
        first = engine.data
        assert "09:00 to 17:00" in await hours(till)
        edit(folder / "desk.yml", lambda text: text.replace("open: 09:00, close: 17:00", "open: 10:00, close: 18:00"))
        await told(till.stage, "desk.reloaded")
        await wait_until(lambda: first in closed, what="the first desk's end")
        assert engine.data is not first
        assert "10:00 to 18:00" in await hours(till)
