"""After a failover or a restored backup numbers repeat: nobody writes in another's place, nothing is said twice."""

from typing import Any

import pytest

from bot.domain.effects import Reply
from bot.domain.errors import LeaseLost
from bot.store import keys
from bot.store.queue.held import Held
from bot.store.records.run_journal import TurnJournal
from bot.store.redis import Client
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness

NAME = "chat:web:1"


async def restore(redis: Client, dumps: dict[str, bytes]) -> None:
    """The store is as it was when the backup was made."""
    for name, dump in dumps.items():
        await redis.restore(name, 3_600_000, dump, replace=True)


async def backup(redis: Client) -> dict[str, bytes]:
    names = [raw.decode() async for raw in redis.scan_iter(match=keys.of_conversation(NAME, "*"))]
    return {name: await redis.dump(name) for name in names}


async def hold(room: RedisHarness, owner: str) -> Held:
    held = await room.leases.acquire(NAME, owner)
    assert isinstance(held, Held)
    return held


async def let_run_out(redis: Client) -> None:
    await redis.hset(keys.state(NAME), "until", 0)


async def test_two_holders_with_the_same_number_are_told_apart(redis_url: str, redis: Client) -> None:
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks(NAME, "one", "m1"))
        before = await backup(redis)
        first = await hold(room, "a")
        await restore(redis, before)
        second = await hold(room, "b")
        assert first.fence == second.fence

        writes: list[Any] = [
            room.leases.note(first, "preview", "x"),
            room.leases.release(first),
            room.leases.expand(first, 1, []),
            TurnJournal(room.scripts, first, ttl=60).record("model:x", "{}"),
            room.outbox.commit(first, first.conversation, consumed=1),
        ]
        for write in writes:
            with pytest.raises(LeaseLost):
                await write
        await room.commit(second)
        await room.deliver(second)


async def test_a_commit_that_finds_anothers_turn_does_not_count_as_done(redis_url: str, redis: Client) -> None:
    """The lease is still the same one; what its holder committed with it is gone."""
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks(NAME, "one", "m1"))
        held = await hold(room, "a")
        before = await backup(redis)
        await room.commit(held)
        await room.inbox.accept(room.asks(NAME, "two", "m2"))
        await restore(redis, before)

        with pytest.raises(LeaseLost):
            await room.outbox.commit(held, held.conversation, consumed=0, effects=[Reply("r2", "lost for ever")])
        await let_run_out(redis)
        again = await hold(room, "b")
        assert [entry.id for entry in again.entries] == ["m1"]
        assert again.turn == 0


async def test_what_a_failover_brought_back_is_due_although_its_last_holder_left_it_for_later(
    redis_url: str, redis: Client
) -> None:
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks(NAME, "one", "m1"), at_once=True)
        [claim], _ = await room.due.claim(1, 60)
        before = await backup(redis)
        held = await hold(room, "a")
        await room.commit(held)
        await restore(redis, before)

        with pytest.raises(LeaseLost):
            await room.leases.release(held, leaves=room.due.hold_call(claim, None))

        [again], _ = await room.due.claim(1, 60)
        assert again.conversation == NAME


@pytest.mark.parametrize("lost", ["settle", "commit", "acquire"])
async def test_what_may_have_been_said_before_the_failover_is_looked_up(
    redis_url: str, redis: Client, lost: str
) -> None:
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks(NAME, "one", "m1"))
        dumps = {"acquire": await backup(redis)}
        held = await hold(room, "a")
        assert not held.may_be_retaken(room.clock.now())
        dumps["commit"] = await backup(redis)
        await room.commit(held)
        dumps["settle"] = await backup(redis)
        await room.deliver(held)

        await restore(redis, dumps[lost])
        await redis.hset(keys.state(NAME), "until", 0)
        room.clock.advance(15)
        again = await hold(room, "b")
        assert again.outbox or again.may_be_retaken(room.clock.now())
