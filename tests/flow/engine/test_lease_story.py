"""What comes during a long turn is taken by whoever holds the conversation, at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.store import keys
from bot.store.queue.held import Held
from bot.store.queue.lease import Leases
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, SARAH_ID, TEAM, Stage, open_stage
from tests.flow.harness.models import offline_with
from tests.words import lacking

ORDER, SHIPPING = "Where is my order A1001?", "How long does shipping take?"
LEASE_SECONDS = 10.0
"""Long enough for a machine that pauses; it is renewed four times as often."""


class Thinking:
    """A model that takes until it is told to go on, and then no time any more."""

    def __init__(self) -> None:
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, *_: Any) -> None:
        self.begun.set()
        await self.goes_on.wait()


class Kept:
    """What came of going on with a lease that was kept because more waited."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[Any] = []
        release, acquire = Leases.release, Leases.acquire
        going_on = set[Any]()

        async def releases(leases: Leases, held: Held, **how: Any) -> bool:
            more = await release(leases, held, **how)
            if more:
                going_on.add(asyncio.current_task())
            return more

        async def acquires(leases: Leases, *about: Any, **more: Any) -> Any:
            found = await acquire(leases, *about, **more)
            if asyncio.current_task() in going_on:
                going_on.remove(asyncio.current_task())
                self.found.append(found)
            return found

        monkeypatch.setattr(Leases, "release", releases)
        monkeypatch.setattr(Leases, "acquire", acquires)


async def in_slack(stage: Stage, first: str = "") -> str:
    """Sarah writes in her thread; return it."""
    ts = await stage.writes(SARAH, SARAH_DM, SHIPPING if first else ORDER, first or None)
    return first or ts


async def in_zendesk(stage: Stage, first: str = "") -> str:
    """Sarah writes on her ticket; return it."""
    if not first:
        return str(await stage.opens(ORDER))
    await stage.comments(int(first), SARAH_ID, SHIPPING)
    return first


@pytest.mark.parametrize(("writes", "name"), [(in_slack, f"slack:{TEAM}:{SARAH_DM}:"), (in_zendesk, "zendesk:")])
async def test_what_comes_during_a_long_turn_does_not_wait_for_the_lease_to_run_out(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: Any, name: str
) -> None:
    model, kept = Thinking(), Kept(monkeypatch)
    monkeypatch.setattr("bot.app.container.create_models", offline_with(model))
    async with open_stage(redis_url, tmp_path, frontdesk_lease_seconds=LEASE_SECONDS) as stage:
        first = await writes(stage)
        await model.begun.wait()
        claimed = await stage.engine.client.zscore(keys.DUE, name + first)

        async def has_beaten() -> bool:
            return bool(await stage.engine.client.zscore(keys.DUE, name + first) != claimed)

        await wait_until(has_beaten, what="a heartbeat")
        await writes(stage, first)
        await stage.delivered()
        model.goes_on.set()
        await stage.quiet()
        view = await stage.engine.conversations.read(name + first)

    assert view
    assert lacking(str(view.entries), "A1001", "business days") == []
    assert kept.found
    assert all(isinstance(found, Held) for found in kept.found)
