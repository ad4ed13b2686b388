"""Halves of characters, which UTF-8 cannot carry: stored as what they mean, and nobody else's trouble."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import DataError

from bot.domain.effects import Reply, UpdateTicket
from bot.domain.text.storable import storable, storable_json, to_json
from bot.store import keys
from bot.store.pipelining import shared_by
from bot.store.queue.held import Held, store_effect
from bot.store.records.conversations import Conversations
from bot.store.redis import Client
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness

HALF, OTHER = "\ud83d", "\ude00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("größer 😀", "größer 😀"),
        (f"Done {HALF}", "Done \ufffd"),
        (f"Done {HALF}{OTHER}!", "Done 😀!"),
        (f"{OTHER}{HALF}", "\ufffd\ufffd"),
        (f"日本{HALF}語{OTHER}", "日本\ufffd語\ufffd"),
    ],
)
def test_halves_that_belong_together_become_the_character_they_mean(text: str, expected: str) -> None:
    assert storable(text) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_stored_and_read_back_the_same(text: str) -> None:
    once = storable(text)
    assert once.encode().decode() == once == storable(once)
    assert json.loads(to_json({"text": text})) == {"text": storable(text)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":"x"}', b'{"a":"x"}'),
        (b'{"a": "\\ud83d\\ude00"}', '{"a":"😀"}'.encode()),
        (b'{"a": ["\\uD83D", {"\\udc00": 1}]}', '{"a":["\ufffd",{"\ufffd":1}]}'.encode()),
        (b'{"a": "\\ud83d', b'{"a": "\\ud83d'),
        (b"\\ud83d" + b"[" * 100_000, b"\\ud83d" + b"[" * 100_000),
    ],
)
def test_a_body_is_read_whatever_halves_stand_in_it(body: bytes, expected: bytes) -> None:
    assert storable_json(body) == expected


async def test_a_text_that_cannot_be_encoded_disturbs_no_neighbour(redis: Client) -> None:
    batch = shared_by(redis)
    asked = [batch.send(("ECHO", said)) for said in (f"one {HALF}", None, "two")]
    mended, refused, served = await asyncio.gather(*asked, return_exceptions=True)
    assert mended == ["one \ufffd".encode()]
    assert isinstance(refused, DataError)
    assert served == [b"two"]


async def test_a_command_of_its_own_is_not_stopped_either(redis: Client) -> None:
    await redis.set(keys.mark("x"), f"{HALF}{OTHER}", ex=60)
    assert await redis.get(keys.mark("x")) == "😀".encode()


async def test_a_turn_with_half_a_character_is_committed_delivered_and_remembered(redis_url: str) -> None:
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks("chat:web:1", f"Where is it? {HALF}", f"m{HALF}"))
        held = await room.take_turn("chat:web:1")
        assert held
        assert held.entries == []
        answer = await room.conversations.stored_answer("chat:web:1", f"m{HALF}")
        assert json.loads(answer)["response"] == "You wrote: Where is it? \ufffd"
        view = await room.conversations.read("chat:web:1")
        assert view
        assert [entry.text for entry in view.entries] == ["Where is it? \ufffd", "You wrote: Where is it? \ufffd"]


async def test_a_line_with_half_a_character_can_still_be_edited(redis_url: str) -> None:
    """The script that edits reads every waiting line, and Lua takes no half."""
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks("chat:web:1", f"first {HALF}", "m1"))
        await room.inbox.accept(room.asks("chat:web:1", "second", "m2"))
        assert await room.inbox.edit("chat:web:1", "m2", f"changed {OTHER}")
        held = await room.leases.acquire("chat:web:1")
        assert isinstance(held, Held)
        assert [entry.text for entry in held.entries] == ["first \ufffd", "changed \ufffd"]


@pytest.mark.parametrize("effect", [Reply("r", f"so {HALF}"), UpdateTicket("u", comment=f"so {HALF}")])
def test_what_is_delivered_at_once_is_what_a_successor_would_read(effect: Reply | UpdateTicket) -> None:
    stored = store_effect(effect, 1.0)
    assert "so \ufffd" in stored.text
    assert "so \ufffd" in repr(stored.effect)


async def test_ids_with_half_a_character_name_one_session(redis_url: str) -> None:
    async with open_redis_harness(redis_url) as room:
        name = f"chat:web:{HALF}"
        await room.inbox.accept(room.asks(name, "hello"))
        assert await room.conversations.exists(name)
        assert await _turns(room, name) == 1


async def _turns(room: RedisHarness, name: str) -> int:
    await room.take_turn(name)
    view = await Conversations(room.scripts, room.clock).read(name)
    assert view
    return view.conversation.turns
