"""What a newer version has written stays untouched until a process that knows it comes, and is seen."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.store import keys
from bot.store.admin.overview import look_over
from bot.store.queue.lease import NEWER_SECONDS, Held
from bot.store.redis import Client
from bot.telemetry import metrics
from tests.unit.store.mailroom import Mailroom, open_mailroom

NAME = "chat:web:1"


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[Mailroom]:
    async with open_mailroom(redis_url) as opened:
        yield opened


def seen(what: str) -> float:
    return metrics.REGISTRY.get_sample_value("frontdesk_newer_total", {"what": what}) or 0.0


@pytest.mark.parametrize(
    "effect",
    ['{"kind":"teleport","id":"x"}', '{"kind":"reply","id":"x","text":"hi","hologram":true}', '{"kind":"amend"}'],
)
async def test_an_effect_stays_and_the_conversation_goes_on(room: Mailroom, redis: Client, effect: str) -> None:
    before = seen("effect")
    await room.inbox.accept(room.asks(NAME, "hello", "m1"))
    await redis.rpush(keys.outbox(NAME), f"1.000 {effect}")
    held = await room.take_turn(NAME)
    assert held
    assert held.newer
    assert room.turns == [["hello"]]
    assert await redis.lrange(keys.outbox(NAME), 0, -1) == [f"1.000 {effect}".encode()]
    assert seen("effect") > before
    await redis.expire(keys.outbox(NAME), 60)


async def test_a_message_stays_in_its_place(room: Mailroom, redis: Client) -> None:
    await room.inbox.accept(room.asks(NAME, "one", "m1"))
    line = json.loads((await redis.lrange(keys.inbox(NAME), 0, 0))[0])
    await redis.rpush(keys.inbox(NAME), json.dumps(line | {"id": "m2", "kind": "hologram"}))
    await room.inbox.accept(room.asks(NAME, "three", "m3"))
    held = await room.leases.acquire(NAME)
    assert isinstance(held, Held)
    assert [entry.id for entry in held.entries] == ["m1"]
    assert held.newer
    await room.outbox.commit(held, held.conversation, consumed=1)
    left = [json.loads(text)["id"] for text in await redis.lrange(keys.inbox(NAME), 0, -1)]
    assert left == ["m2", "m3"]


@pytest.mark.parametrize("change", [{"owner": "hologram"}, {"before_off": "x"}, {"proposals": [{"stage": "dreamt"}]}])
async def test_a_state_is_let_go_untouched_and_is_no_attempt(
    room: Mailroom, redis: Client, change: dict[str, object]
) -> None:
    await room.inbox.accept(room.asks(NAME, "one", "m1"))
    await room.take_turn(NAME)
    state = json.loads(await redis.hget(keys.state(NAME), "state")) | change
    await redis.hset(keys.state(NAME), "state", json.dumps(state))
    await room.inbox.accept(room.asks(NAME, "two", "m2"))
    for _ in range(3):
        assert await room.leases.acquire(NAME) == NEWER_SECONDS
    attempts, owner, after = await redis.hmget(keys.state(NAME), "attempts", "owner", "state")
    assert (attempts, owner, json.loads(after)) == (b"0", b"", state)
    assert [glance.id for glance in (await look_over(room.scripts, 5)).newest] == [NAME]


async def test_fields_survive_a_turn_of_this_version(room: Mailroom, redis: Client) -> None:
    await room.inbox.accept(room.asks(NAME, "one", "m1"))
    await room.take_turn(NAME)
    state = json.loads(await redis.hget(keys.state(NAME), "state")) | {"mood": {"deep": [1]}, "karma": 7}
    await redis.hset(keys.state(NAME), "state", json.dumps(state))
    await room.inbox.accept(room.asks(NAME, "two", "m2"))
    await room.take_turn(NAME)
    after = json.loads(await redis.hget(keys.state(NAME), "state"))
    assert (after["mood"], after["karma"], after["turns"]) == ({"deep": [1]}, 7, 2)


async def test_a_hint_that_led_elsewhere_leaves_no_conversation(room: Mailroom) -> None:
    name = "zendesk:42"
    await room.inbox.accept(room.asks(name, "", "hint:1"))
    assert await room.conversations.read(name)
    held = await room.leases.acquire(name)
    assert isinstance(held, Held)
    await room.leases.expand(held, 1, [])
    await room.leases.release(held)
    assert await room.conversations.read(name) is None
    seen_now = await look_over(room.scripts, 5)
    assert not seen_now.newest
    assert not sum(seen_now.owners.values())
