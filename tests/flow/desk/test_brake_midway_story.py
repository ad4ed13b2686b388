"""Somebody pulls the brake while a customer already reads how their answer is written: it does not stay."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.autonomy import Mode
from integrations.models import ModelClients, model_settings
from integrations.models.offline import OfflineModel
from tests.conftest import wait_until
from tests.flow.desk.test_brake_story import brakes
from tests.flow.drafts.desk import TRIAGE, drafts
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.story import BOT, SARAH, SARAH_DM, TEAM


class Lingering(OfflineModel):
    """The rule model, which has said all but does not come to an end before it may."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[Any]:
        said = False
        async for event in super().stream_response(*given, **named):
            said = said or event.type == "response.output_text.delta"
            if said and event.type == "response.completed":
                await self.may_end.wait()
            yield event


def shown(stage: InMemoryStage, ts: str) -> list[str]:
    """Return what stands in the thread of the bot, a preview too."""
    return [post.text for post in stage.workspace.posts if post.user == BOT and post.thread_ts == ts]


@pytest.mark.parametrize(("mode", "stages"), [(Mode.DRAFT, ["open"]), (Mode.SILENT, [])])
async def test_what_was_shown_of_an_answer_is_taken_back(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode, stages: list[str]
) -> None:
    model = Lingering()
    monkeypatch.setattr(
        "bot.app.container.create_models", lambda *_args, **_named: ModelClients(model, model, model_settings())
    )
    async with open_in_memory(redis_url, tmp_path, frontdesk_triage_channel=TRIAGE) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        await wait_until(lambda: "".join(shown(stage, ts)), what="the beginning of an answer")
        await brakes(stage, mode)
        model.may_end.set()
        await stage.quiet()
        kept = [draft.stage for draft in await drafts(stage, f"slack:{TEAM}:{SARAH_DM}:{ts}")]
        left = shown(stage, ts), stage.workspace.statuses

    assert (left, kept) == (([], {}), stages)
