"""A turn that fails every time is contained: people get it, and what it was is kept."""

from pathlib import Path

import pytest

from bot.mailbox import keys
from tests.flow.models import offline_with
from tests.flow.stage import SARAH, SARAH_DM, open_stage


async def test_a_turn_that_fails_every_time_goes_to_people(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug that no retry cures")

    monkeypatch.setattr("bot.app.create_models", offline_with(fail))
    async with open_stage(redis_url, tmp_path, frontdesk_lease_seconds=1.0, frontdesk_redelivery_seconds=1.0) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        answer = (await stage.answers(SARAH_DM, ts))[0]
        ticket = (await stage.tickets())[0]
        dead = await stage.engine.client.xlen(keys.DEAD)

    assert f"#{ticket['id']}" in answer
    assert dead == 1
