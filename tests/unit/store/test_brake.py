"""The brake in the store: it stays on, tells who pulled it, is read once a second at most, and stands in the audit."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.audit import Deed
from bot.domain.autonomy import Mode
from bot.store import keys
from bot.store.admin import brake
from bot.store.admin.brake import Braked, BrakeSwitch, WatchedBrake
from bot.store.records.audit_log import Audit
from bot.telemetry import metrics
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
def switch(room: RedisHarness) -> BrakeSwitch:
    return BrakeSwitch(room.scripts.client)


async def test_it_stays_on_until_it_is_released(switch: BrakeSwitch, room: RedisHarness) -> None:
    assert await switch.read() is None

    await switch.pull(Mode.DRAFT, "ops", 100.0)
    assert await switch.read() == Braked(Mode.DRAFT, 100.0, "ops")
    assert await room.scripts.client.ttl(keys.BRAKE) == -1

    await switch.pull(Mode.SILENT, "dana", 200.0)
    assert await switch.read() == Braked(Mode.SILENT, 200.0, "dana")

    await switch.release("ops", 300.0)
    assert await switch.read() is None


async def test_each_move_stands_in_the_common_audit(switch: BrakeSwitch, room: RedisHarness) -> None:
    await switch.pull(Mode.DRAFT, "ops", 100.0)
    await switch.release("dana", 200.0)

    events = [event for _, event in await Audit(room.scripts.client).everything()]

    assert [(event.deed, event.outcome, event.author, event.at) for event in events] == [
        (Deed.BRAKE, "on: draft", "ops", 100.0),
        (Deed.BRAKE, "off", "dana", 200.0),
    ]


@pytest.mark.parametrize("stored", ['{"mode": "draft", "at": 1, "by": "x", "until": 5}', '{"mode": "draft"}'])
async def test_what_a_newer_version_adds_is_passed_over(switch: BrakeSwitch, room: RedisHarness, stored: str) -> None:
    await room.scripts.client.set(keys.BRAKE, stored)

    found = await switch.read()
    assert found
    assert found.mode is Mode.DRAFT


async def test_a_mode_of_a_newer_version_is_silence(switch: BrakeSwitch, room: RedisHarness) -> None:
    await room.scripts.client.set(keys.BRAKE, '{"mode": "whisper"}')

    found = await switch.read()
    assert found
    assert found.mode is Mode.SILENT


class CountedSwitch(BrakeSwitch):
    """A switch that counts how often it is looked at."""

    looks = 0

    async def read(self) -> Braked | None:
        self.looks += 1
        return await super().read()


async def test_a_worker_reads_it_once_a_second_however_often_it_asks(
    room: RedisHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [50.0]
    monkeypatch.setattr(brake, "monotonic", lambda: seconds[0])
    switch = CountedSwitch(room.scripts.client)
    watched = WatchedBrake(switch)

    before = {await watched.mode() for _ in range(20)}
    await switch.pull(Mode.DRAFT, "ops", 100.0)
    seconds[0] += 0.9
    soon = await watched.mode()
    seconds[0] += 0.1
    later = [await watched.mode() for _ in range(20)]

    assert (before, soon, later) == ({None}, None, [Mode.DRAFT] * 20)
    assert switch.looks == 2


async def test_the_metric_tells_whether_it_is_on(room: RedisHarness, switch: BrakeSwitch) -> None:
    await switch.pull(Mode.SILENT, "ops", 100.0)
    await WatchedBrake(switch).mode()
    is_on = b"frontdesk_brake 1.0" in metrics.exposition()
    await switch.release("ops", 200.0)
    await WatchedBrake(switch).mode()

    assert (is_on, b"frontdesk_brake 0.0" in metrics.exposition()) == (True, True)
