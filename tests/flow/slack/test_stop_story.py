"""The customer presses stop while the answer is being made."""

import asyncio
from pathlib import Path

import pytest

from bot.store import keys
from bot.turn.texts import say
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import HELP, MARCUS, SARAH, SARAH_DM, Stage, open_stage, said
from tests.flow.harness.models import offline_with


class Thinking:
    """A model that thinks for ever, until it is told to answer at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.cut_short = 0

    async def __call__(self, *_: object) -> None:
        self.asked.set()
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.cut_short += 1
            raise


async def press_stop(stage: Stage, user: str, channel: str, ts: str) -> None:
    """Press it once the worker listens: who presses has seen for a while that an answer is being made."""

    async def is_heard() -> bool:
        [(_, listeners)] = await stage.engine.client.pubsub_numsub(keys.NUDGE)
        return bool(listeners)

    await wait_until(is_heard, what="a worker that listens")
    await stage.control("slack/stop", {"user": user, "channel": channel, "thread_ts": ts})


async def test_a_run_that_is_stopped_ends_and_the_next_line_is_answered(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking = Thinking()
    monkeypatch.setattr("bot.app.container.create_models", offline_with(thinking))
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        await thinking.asked.wait()
        await press_stop(stage, SARAH, SARAH_DM, ts)
        stopped = await stage.answers(SARAH_DM, ts)
        await stage.settled()
        thinking.answers.set()
        await stage.writes(SARAH, SARAH_DM, "And order A1001?", thread_ts=ts)
        answers = await stage.answers(SARAH_DM, ts, 2)

        assert stopped == [say("stop.stopped", "en")]
        assert thinking.cut_short == 1
        assert "A1001" in answers[1]


async def test_somebody_elses_stop_stops_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking = Thinking()
    monkeypatch.setattr("bot.app.container.create_models", offline_with(thinking))
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, HELP, "<@U0BOT> Where is my order A1001?")
        await thinking.asked.wait()
        await press_stop(stage, MARCUS, HELP, ts)
        await stage.delivered()
        thinking.answers.set()
        [answer] = await stage.answers(HELP, ts)
        await stage.quiet()

        assert "A1001" in answer
        assert thinking.cut_short == 0
        assert say("stop.stopped", "en") not in [said(message) for message in await stage.thread(HELP, ts)]
