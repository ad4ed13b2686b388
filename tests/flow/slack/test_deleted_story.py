"""The answer to a question that is deleted meanwhile is read by nobody, whatever Slack does with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.proposals import CONFIRM
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, HELP, MARCUS, SARAH, SARAH_DM, open_stage
from tests.flow.harness.refunds import REFUNDS, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, ScriptedModel


class Slow(ScriptedModel):
    """Answers once it is let go."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.begun = 0
        self.may = asyncio.Event()

    async def stream_response(self, *given: Any, **more: Any) -> AsyncIterator[Any]:
        self.begun += 1
        await self.may.wait()
        async for event in super().stream_response(*given, **more):
            yield event


async def deletes(till: RefundHarness, ts: str, channel: str = HELP) -> None:
    await till.stage.control("slack/delete", {"user": SARAH, "channel": channel, "ts": ts})


async def said_by_bot(till: RefundHarness, channel: str = HELP) -> list[Any]:
    messages = (await till.stage.state())["slack"]["messages"]
    return [message for message in messages if message["channel"] == channel and message["user"] == BOT]


@pytest.mark.parametrize("is_known", [True, False], ids=["told", "not told"])
async def test_the_answer_to_a_deleted_question_stands_nowhere(
    is_known: bool, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Slow({"where": ["Your parcel is in the Elm Street locker. It waits for you there."]})
    monkeypatch.setattr("bot.app.container.create_models", lambda *_: model.models())
    async with open_stage(redis_url, tmp_path) as stage:
        till = RefundHarness(stage, model)
        ts = await stage.writes(SARAH, HELP, f"<@{BOT}> where is my thing")
        await wait_until(lambda: model.begun, what="the model at work")
        if not is_known:
            await stage.delivered()
            await stage.control("config", {"slack_events_url": ""})
        await deletes(till, ts)
        if is_known:
            await stage.delivered()
        model.may.set()
        await stage.settled()
        said = await said_by_bot(till)

    assert said == []


async def test_a_deleted_line_of_a_thread_is_not_answered_and_the_next_one_is(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Slow({"slow": ["It is A."], "next": ["It is B."]})
    model.may.set()
    monkeypatch.setattr("bot.app.container.create_models", lambda *_: model.models())
    async with open_stage(redis_url, tmp_path) as stage:
        till = RefundHarness(stage, model)
        ts = await till.asks(SARAH, SARAH_DM, "hello")
        model.may.clear()
        line = await stage.writes(SARAH, SARAH_DM, "slow", ts)
        await wait_until(lambda: model.begun > 1, what="the model at work")
        await deletes(till, line, SARAH_DM)
        await stage.delivered()
        model.may.set()
        await stage.settled()
        await stage.writes(SARAH, SARAH_DM, "next", ts)
        answers = await stage.answers(SARAH_DM, ts, 2)

    assert answers == ["Hm.", "It is B."]


async def test_what_was_done_is_told_although_the_yes_is_deleted(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, REFUNDS) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        await till.button(SARAH_DM, CONFIRM, ts)
        yes = await till.stage.writes(SARAH, SARAH_DM, "yes", ts)
        await deletes(till, yes, SARAH_DM)
        await till.stage.quiet()
        rows, last = await till.committed(), await till.last(SARAH_DM, ts)

    assert bool(rows) == last.startswith("Done: ")


async def test_others_in_the_thread_are_answered_all_the_same(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {"mine": ["Yours is late."]}) as till:
        ts = await till.asks(SARAH, HELP, f"<@{BOT}> hello")
        await deletes(till, ts)
        await till.stage.writes(MARCUS, HELP, "and mine?", ts)

        assert await till.stage.answers(HELP, ts, 2) == ["Hm.", "Yours is late."]
