"""What was stored but never woken is found."""

import asyncio
from functools import partial
from time import time
from typing import Any

import pytest

from bot.runtime.periodic import repeat
from bot.store import keys
from bot.store.queue.due import DueQueue
from bot.store.queue.sweeper import Sweeper, sweep
from bot.store.records.cursors import take_round
from bot.store.redis import Call, Client, Scripts
from bot.store.tasks import end
from bot.telemetry import metrics
from tests.conftest import wait_until
from tests.unit.store.redis_harness import open_redis_harness

LOST = "slack:T1:D1:1.1"


async def store_without_wake(redis: Client, conversation: str) -> None:
    """What a process leaves that dies between storing a message and waking a worker."""
    await redis.rpush(keys.inbox(conversation), "{}")
    await redis.expire(keys.inbox(conversation), 100)
    await redis.zadd(keys.ALL, {conversation: time() * 1000})


async def test_a_message_without_a_wake_is_found(redis: Client, scripts: Scripts) -> None:
    due = DueQueue(scripts, debounce=0)
    await store_without_wake(redis, LOST)

    assert await sweep(redis, due) == 1
    assert [claim.conversation for claim in (await due.claim(1, hold=60))[0]] == [LOST]


@pytest.mark.parametrize("anew", [False, True], ids=["next round", "after a start"])
async def test_a_line_for_a_known_conversation_is_found_when_nobody_got_to_wake_a_worker(
    redis: Client, scripts: Scripts, redis_url: str, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks(LOST, "hello"))
        await room.take_turn(LOST)
        await redis.zadd(keys.ALL, {LOST: (time() - 86_400) * 1000})
        await redis.delete(keys.DUE)
        await redis.set(keys.SWEPT_TO, str(int((time() - 10) * 1000)))
        store = room.scripts.run_all

        async def dies_after(*calls: Call) -> list[Any]:
            await store(*calls)
            raise KeyboardInterrupt

        monkeypatch.setattr(room.scripts, "run_all", dies_after)
        with pytest.raises(KeyboardInterrupt):
            await room.inbox.accept(room.asks(LOST, "and another"), joined_only=True)

    await Sweeper(redis, DueQueue(scripts, debounce=0)).sweep(anew)
    assert await redis.zscore(keys.DUE, LOST)


async def test_what_is_due_or_being_worked_on_is_left_alone(redis: Client, scripts: Scripts) -> None:
    due = DueQueue(scripts, debounce=0)
    await store_without_wake(redis, LOST)
    await due.wake(LOST)
    await due.claim(1, hold=60)

    assert await sweep(redis, due) == 0


async def test_a_message_behind_a_far_deadline_is_found(redis: Client, scripts: Scripts) -> None:
    due = DueQueue(scripts, debounce=0)
    await due.wake(LOST)
    [claim], _ = await due.claim(1, hold=60)
    await due.hold(claim, 3 * 86_400)
    assert await sweep(redis, due) == 0
    await store_without_wake(redis, LOST)

    assert await sweep(redis, due) == 1
    assert [found.conversation for found in (await due.claim(1, hold=60))[0]] == [LOST]


async def test_what_no_message_came_for_since_the_last_look_is_not_looked_at_again(
    redis: Client, scripts: Scripts
) -> None:
    due = DueQueue(scripts, debounce=0)
    await store_without_wake(redis, LOST)
    assert await sweep(redis, due) == 1
    await redis.delete(keys.DUE)
    await redis.zadd(keys.ALL, {LOST: (time() - 3_600) * 1000})
    assert await sweep(redis, due) == 0
    assert await sweep(redis, due, whole=True) == 1


async def test_after_an_outage_what_only_one_part_of_the_store_has_is_found(redis: Client, scripts: Scripts) -> None:
    """The due queue and the index lie in another slot than the conversation."""
    due = DueQueue(scripts, debounce=0)
    await store_without_wake(redis, LOST)
    await redis.delete(keys.ALL)
    await sweep(redis, due)
    assert await sweep(redis, due, whole=True) == 1


async def test_one_worker_sweeps_for_all(redis: Client, scripts: Scripts) -> None:
    due = DueQueue(scripts, debounce=0)
    await store_without_wake(redis, LOST)
    take = partial(take_round, redis)
    sweeping = asyncio.create_task(repeat("sweep", 60.0, Sweeper(redis, due).sweep, take))
    try:
        assert await wait_until(lambda: redis.zscore(keys.DUE, LOST))
        assert not await take("sweep:start", 60.0)
    finally:
        await end(sweeping)


async def test_only_what_was_due_counts_as_late(redis: Client, scripts: Scripts) -> None:
    due = DueQueue(scripts, debounce=0)

    def told(name: str) -> float:
        return metrics.REGISTRY.get_sample_value(f"frontdesk_due_lag_seconds_{name}") or 0.0

    before, late = told("count"), told("sum")
    await redis.zadd(keys.DUE, {LOST: (time() - 60) * 1000, "slack:T1:D1:2.2": (time() + 86_400) * 1000})
    [claim], _ = await due.claim(5, hold=60)

    assert claim.conversation == LOST
    assert told("count") == before + 1
    assert told("sum") >= late + 59
