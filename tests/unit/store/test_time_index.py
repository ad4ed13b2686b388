"""The newest are the newest, however many there are; nothing walks the keys in normal running."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from inspect import isfunction, signature
from time import time
from typing import Any, TypeGuard

import pytest

from bot.cli.conversation_list import table_of
from bot.domain.conversation import Owner
from bot.domain.ids import Origin
from bot.store import keys
from bot.store.admin.export import delete, export
from bot.store.admin.overview import look_over, newest_of
from bot.store.queue.sweeper import Sweeper
from bot.store.records import time_index
from bot.store.records.audit_log import copy_round
from bot.store.records.dm_threads import DmThreads
from bot.store.redis import Client, Scripts
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


def name(number: int) -> str:
    return f"slack:T1:C{number % 3}:{number}.0"


async def fill(room: RedisHarness, count: int) -> None:
    """Conversations, a second apart."""
    for number in range(count):
        await room.inbox.accept(room.asks(name(number), "hello"))
        earlier = (time() - count + number) * 1000
        await room.scripts.client.zadd(keys.ALL, {name(number): earlier})


@pytest.mark.parametrize("most", [3, 5])
async def test_above_the_bound_the_newest_are_the_newest(room: RedisHarness, most: int) -> None:
    await fill(room, 12)
    await room.inbox.accept(room.asks(name(2), "once more"))
    seen = await look_over(room.scripts, 3, most)
    assert {glance.id for glance in seen.newest} == {name(2), name(11), name(10)}
    assert not seen.complete


async def test_who_wants_a_few_of_the_newest_gets_as_many_though_some_have_expired(
    room: RedisHarness, redis: Client
) -> None:
    await fill(room, 12)
    await redis.delete(keys.state(name(11)), keys.state(name(9)))
    found = await newest_of(room.scripts, 4)
    assert [glance.id for glance in found] == [name(10), name(8), name(7), name(6)]


async def test_a_line_that_no_conversation_takes_puts_none_in(room: RedisHarness, redis: Client) -> None:
    await room.inbox.accept(room.asks(name(1), "hello"), joined_only=True)
    assert await redis.zcard(keys.ALL) == 0


async def test_conversations_of_the_version_before_are_put_in_once(room: RedisHarness, redis: Client) -> None:
    await fill(room, 5)
    room.change = lambda conversation: replace(conversation, owner=Owner.HUMAN, ticket_id="42", last_comment=7)
    await room.take_turn(name(3))
    await redis.delete(keys.ALL, keys.INDEXED, keys.WORKED, keys.kept(name(3)))
    await redis.set(keys.uncopied(name(2)), "1", ex=100)
    await redis.hdel(keys.state(name(3)), "stays")
    await redis.expire(keys.state(name(3)), 100)

    assert len((await look_over(room.scripts, 10)).newest) == 5
    assert await redis.zrange(keys.WORKED, 0, -1) == [name(2).encode()]
    assert await redis.ttl(keys.state(name(3))) == -1
    assert b'"last_comment":7' in await redis.get(keys.kept(name(3)))
    await redis.zrem(keys.ALL, name(1))
    assert len((await look_over(room.scripts, 10)).newest) == 4


async def test_what_has_expired_leaves_the_index(room: RedisHarness, redis: Client) -> None:
    await fill(room, 4)
    await redis.delete(keys.state(name(1)), keys.state(name(2)))
    await redis.zadd(keys.ALL, {name(1): (time() - 3_600) * 1000})
    assert len((await look_over(room.scripts, 10)).newest) == 2
    assert await redis.zscore(keys.ALL, name(1)) is None
    assert await redis.zscore(keys.ALL, name(2))  # perhaps its first message is being stored
    assert await time_index.prune(room.scripts, 0) == 0


async def test_who_has_only_the_link_to_a_ticket_left_keeps_the_place(room: RedisHarness, redis: Client) -> None:
    """What Zendesk may still say of the ticket belongs to it, and a channel that moves takes it along."""
    await fill(room, 3)
    room.change = lambda conversation: replace(conversation, owner=Owner.HUMAN, ticket_id="42")
    await room.take_turn(name(1))
    session = [keys.of_conversation(name(1), part) for part in keys.PARTS if part != "lk"]
    await redis.delete(*session, keys.state(name(2)))
    await redis.zadd(keys.ALL, {name(1): 1_000.0, name(2): 2_000.0})

    seen = await look_over(room.scripts, 10)
    assert await time_index.prune(room.scripts, 0) == 0

    assert await redis.zrange(keys.ALL, 0, -1) == [name(1).encode(), name(0).encode()]
    [left] = [glance for glance in seen.newest if glance.id == name(1)]
    assert (left.owner, left.ticket_id, left.last, left.waiting) == (Owner.HUMAN, "42", 0.0, 0)
    assert re.search(rf"^{re.escape(name(1))} +human .* 42 +-$", table_of(seen), re.MULTILINE)


async def test_nothing_walks_the_keys(room: RedisHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    await time_index.ensure(room.scripts)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("walked the keys")

    await fill(room, 4)
    with monkeypatch.context() as patched:
        patched.setattr(type(room.scripts.client), "scan_iter", refuse)
        await room.take_turn(name(1))
        await look_over(room.scripts, 10)
        assert len(await newest_of(room.scripts, 10)) == 4
        await Sweeper(room.scripts.client, room.due).sweep(anew=True)
        await copy_round(room.scripts, anew=True)
        assert await export(room.scripts.client, name(2))
        assert await delete(room.scripts, room.conversations, name(2))
        assert await DmThreads(room.scripts).conversations_in(Origin.SLACK, "T1", "C0") == [name(0), name(3)]


def test_all_keys_of_a_conversation_are_known_by_name() -> None:
    """What a new version adds under the hash tag belongs into `keys.PARTS`, or no export has it."""
    named = {str(function(name(1))) for function in vars(keys).values() if _takes_one(function)}
    known = {keys.of_conversation(name(1), part) for part in keys.PARTS}
    assert {key for key in named if keys.conversation_of(key) == name(1)} == known | {keys.live(name(1))}


async def test_a_deleted_conversation_leaves_no_key_but_its_tombstone(room: RedisHarness, redis: Client) -> None:
    await fill(room, 2)
    await room.inbox.accept(room.asks(name(1), "once more"))
    await delete(room.scripts, room.conversations, name(1))
    left = {raw.decode() async for raw in redis.scan_iter(match=f"fd:{{{name(1)}}}:*")}
    assert left == {keys.state(name(1)), keys.seen(name(1))}
    assert [await redis.ttl(key) > 0 for key in left] == [True, True]
    assert await export(redis, name(1)) is None


def _takes_one(function: object) -> TypeGuard[Callable[[str], object]]:
    return isfunction(function) and list(signature(function).parameters) == ["conversation"]


async def test_a_forgotten_conversation_is_in_no_list(room: RedisHarness, scripts: Scripts) -> None:
    await fill(room, 2)
    await room.conversations.reset(name(0))
    assert [glance.id for glance in (await look_over(scripts, 10)).newest] == [name(1)]
