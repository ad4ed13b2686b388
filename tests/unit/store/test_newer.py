"""What a newer version has written stays untouched until a process that knows it comes, and is seen."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.audit import load_event
from bot.domain.effects import UpdateTicket, dump_effect, load_effect
from bot.domain.events import Author, TicketUpdated
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.tickets import Ticket
from bot.domain.transcript import load_entry
from bot.store import keys
from bot.store.admin.overview import look_over
from bot.store.codec import dump, load_conversation, load_message
from bot.store.queue.held import Held
from bot.store.queue.lease import NEWER_SECONDS
from bot.store.redis import Client
from bot.telemetry import metrics
from bot.turn.handoff.human_agents import follow_ticket
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness

NAME = "chat:web:1"


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


def seen(what: str) -> float:
    return metrics.REGISTRY.get_sample_value("frontdesk_newer_total", {"what": what}) or 0.0


@pytest.mark.parametrize(
    "effect",
    ['{"kind":"teleport","id":"x"}', '{"kind":"reply","id":"x","text":"hi","hologram":true}', '{"kind":"amend"}'],
)
async def test_an_effect_stays_and_the_conversation_goes_on(room: RedisHarness, redis: Client, effect: str) -> None:
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


async def test_a_message_stays_in_its_place(room: RedisHarness, redis: Client) -> None:
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
    room: RedisHarness, redis: Client, change: dict[str, object]
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


async def test_fields_survive_a_turn_of_this_version(room: RedisHarness, redis: Client) -> None:
    await room.inbox.accept(room.asks(NAME, "one", "m1"))
    await room.take_turn(NAME)
    state = json.loads(await redis.hget(keys.state(NAME), "state")) | {"mood": {"deep": [1]}, "karma": 7}
    await redis.hset(keys.state(NAME), "state", json.dumps(state))
    await room.inbox.accept(room.asks(NAME, "two", "m2"))
    await room.take_turn(NAME)
    after = json.loads(await redis.hget(keys.state(NAME), "state"))
    assert (after["mood"], after["karma"], after["turns"]) == ({"deep": [1]}, 7, 2)


async def test_a_hint_that_led_elsewhere_leaves_no_conversation(room: RedisHarness) -> None:
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


AUTHOR = {"id": "slack:T1:U1", "name": "Sarah", "pronouns": "she"}
FILE = {"id": "F1", "name": "a.png", "pages": 3}
PARTS: dict[str, Any] = {
    "proposals": [
        {"id": "p", "action": "refund", "arguments": "{}", "author": "a", "customer": "c", "subject": "s"}
        | {"summary": "x", "stage": "offered", "insurance": {"deep": [1]}}
    ],
    "proofs": [{"author": "a", "lock": "l", "factor": "passkey"}],
    "ticket": {"id": "7", "tags": ["vip"], "brand": "north"},
    "handing": {"cause": "m1", "at": 1.0, "effects": ["e"], "channel": "phone"},
    "drafts": [{"id": "d", "text": "Hi.", "stage": "open", "kind": "answer", "sources": ["x"], "tone": {"deep": [1]}}],
    "files": [{"author": "a", "file": FILE}],
}


def holds(new: Any, kept: Any) -> bool:
    """Return whether everything of `kept` stands in `new`, whatever else does."""
    if isinstance(kept, dict):
        return all(name in new and holds(new[name], value) for name, value in kept.items())
    return bool(new == kept)


@pytest.mark.parametrize("name", PARTS)
def test_fields_inside_the_parts_of_a_state_survive(name: str) -> None:
    stored = {name: PARTS[name], "mood": 1}
    once = load_conversation(NAME, json.dumps(stored))
    again = json.loads(dump(replace(once, turns=3)))
    new, kept = (part[0] if isinstance(part, list) else part for part in (again[name], PARTS[name]))
    assert again["mood"] == 1
    assert holds(new, kept)
    assert load_conversation(NAME, dump(once)) == once


def test_fields_inside_a_message_survive_its_move() -> None:
    stored = {"id": "m1", "conversation": NAME, "kind": "customer", "mood": 2, "author": AUTHOR, "files": [FILE]}
    again = json.loads(dump(replace(load_message(json.dumps(stored)), text="else")))
    assert again["mood"] == 2
    assert again["author"] == AUTHOR
    assert holds(again["files"][0], FILE)


def test_a_file_of_a_newer_version_makes_no_effect_that_this_one_cannot_read() -> None:
    stored = {"id": "m1", "conversation": NAME, "kind": "customer", "author": AUTHOR, "files": [FILE]}
    effect = UpdateTicket("m1:relay", comment="see file", files=load_message(json.dumps(stored)).files)
    assert load_effect(dump_effect(effect)) == effect


def test_a_ticket_that_is_read_anew_keeps_what_a_newer_version_knew_of_it() -> None:
    before = load_conversation("zendesk:7", json.dumps({"ticket": PARTS["ticket"]}))
    message = TicketUpdated(
        "t", ConversationId("zendesk:7"), Author(AuthorId("zendesk:1")), ticket=Ticket("7", status="open")
    )
    ticket = follow_ticket(before, message).conversation.ticket
    assert ticket
    assert (ticket.status, ticket.more) == ("open", {"brand": "north"})


async def test_entries_and_deeds_that_are_not_known_are_shown_as_what_they_are(
    room: RedisHarness, redis: Client
) -> None:
    await room.inbox.accept(room.asks(NAME, "one", "m1"))
    await room.take_turn(NAME)
    await redis.rpush(keys.items(NAME), '{"role":"hologram","at":3.0,"text":"(waves)"}')
    await room.inbox.accept(room.asks(NAME, "two", "m2"))
    held = await room.take_turn(NAME)
    assert held
    view = await room.conversations.read(NAME)
    assert view
    assert {"role": "hologram", "text": "(waves)", "at": 3.0} in [entry.shown("") for entry in view.entries]
    assert load_entry(held.items[2]).dump() == '{"role":"hologram","text":"(waves)","t":3.0}'
    event = load_event('["1.0","teleport","done","a","",0.5,{"to":"x"},3.0,1,"later"]', NAME)
    assert (event.told()["deed"], event.outcome, event.turn) == ("teleport", "done", 1)


def test_a_conversation_from_before_its_own_spoken_language_goes_on_in_the_customers() -> None:
    before = load_conversation("zendesk:7", json.dumps({"language": "de"}))
    after = load_conversation("zendesk:7", json.dumps({"language": "it", "spoken": "de"}))

    assert (before.spoken, after.spoken) == ("de", "de")
