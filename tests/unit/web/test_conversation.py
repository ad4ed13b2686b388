"""`GET /conversation/{id}`, its reset, and who may see what."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.domain.conversation import Conversation, Move
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.webapp import APP, OPS, WEB, open_web


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
async def web(room: RedisHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with open_web(room) as client:
        yield client


async def said(room: RedisHarness, name: str, *texts: str) -> None:
    for text in texts:
        await room.inbox.accept(room.asks(name, text))
        await room.take_turn(name)


async def test_a_conversation_is_shown_in_full(web: httpx.AsyncClient, room: RedisHarness) -> None:
    await room.conversations.bind("chat:web:s1", "cust_001")
    await said(room, "chat:web:s1", "where is A1001?")

    shown = (await web.get("/conversation/s1")).json()

    assert shown == {
        "session_id": "s1",
        "customer_id": "cust_001",
        "current_agent": "orders",
        "owner": "bot",
        "total_turns": 1,
        "history_items": 2,
        "ticket_id": None,
        "chat_length": 2,
        "transcript": [
            {"role": "user", "text": "where is A1001?", "at": 1.0},
            {"role": "assistant", "agent": "orders", "text": "You wrote: where is A1001?", "at": 2.0},
        ],
    }


async def test_before_the_first_answer_the_first_specialist_is_named(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    await room.inbox.accept(room.asks("chat:web:s1", "hello"))

    shown = (await web.get("/conversation/s1")).json()

    assert (shown["current_agent"], shown["total_turns"], shown["customer_id"]) == ("triage", 0, None)


def _off(conversation: Conversation) -> Conversation:
    return conversation.move(Move.SWITCH_OFF)


def _idle(conversation: Conversation) -> Conversation:
    return conversation.move(Move.IDLE)


def _escalated(conversation: Conversation) -> Conversation:
    return replace(conversation.move(Move.ESCALATE), ticket_id="35")


def _human(conversation: Conversation) -> Conversation:
    return conversation.move(Move.TAKE_OVER)


@pytest.mark.parametrize(
    ("change", "owner", "agent"),
    [
        (_escalated, "escalated", "human"),
        (_human, "human", "human"),
        (_off, "off", "human"),
        (_idle, "idle_closed", "orders"),
    ],
)
async def test_the_agent_is_human_unless_the_bot_or_nobody_owns_it(
    web: httpx.AsyncClient, room: RedisHarness, change: Any, owner: str, agent: str
) -> None:
    room.change = change
    await said(room, "chat:web:s1", "hello")

    shown = (await web.get("/conversation/s1")).json()

    assert (shown["owner"], shown["current_agent"]) == (owner, agent)


async def test_the_ticket_is_named_once_there_is_one(web: httpx.AsyncClient, room: RedisHarness) -> None:
    room.change = _escalated
    await said(room, "chat:web:s1", "this is unacceptable")

    assert (await web.get("/conversation/s1")).json()["ticket_id"] == "35"


async def test_an_unknown_session_is_404(web: httpx.AsyncClient) -> None:
    assert (await web.get("/conversation/nothing")).status_code == 404
    assert (await web.post("/conversation/nothing/reset")).status_code == 404
    assert (await web.get("/conversation/a%20b")).status_code == 404


async def test_a_chat_key_sees_only_the_sessions_it_created(web: httpx.AsyncClient, room: RedisHarness) -> None:
    names = ("chat:web:s1", "slack:T1:C1:1.0", "zendesk:35")
    for name in names:
        await said(room, name, "hello")

    for name in ("s1", *names):
        assert (await web.get(f"/conversation/{name}", headers=APP)).status_code == 404
        assert (await web.post(f"/conversation/{name}/reset", headers=APP)).status_code == 404
    for name in names[1:]:
        assert (await web.get(f"/conversation/{name}", headers=WEB)).status_code == 404
    assert all([await room.conversations.exists(name) for name in names])


async def test_the_console_key_sees_all_by_their_full_ids(web: httpx.AsyncClient, room: RedisHarness) -> None:
    for name in ("chat:web:s1", "slack:T1:C1:1790000000.000100", "zendesk:35"):
        await said(room, name, "hello")

        answer = await web.get(f"/conversation/{name}", headers=OPS)

        assert (answer.status_code, answer.json()["session_id"]) == (200, name)
        assert (await web.post(f"/conversation/{name}/reset", headers=OPS)).status_code == 200
        assert not await room.conversations.exists(name)


async def test_the_console_key_finds_a_session_by_its_short_id_where_that_is_clear(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    await said(room, "chat:web:s1", "from web")
    alone = await web.get("/conversation/s1", headers=OPS)
    await said(room, "chat:app:s1", "from app")
    unclear = await web.get("/conversation/s1", headers=OPS)
    unclear_reset = await web.post("/conversation/s1/reset", headers=OPS)
    await said(room, "chat:ops:s1", "from ops")
    own = await web.get("/conversation/s1", headers=OPS)

    assert alone.json()["transcript"][0]["text"] == "from web"
    assert [unclear.status_code, unclear_reset.status_code] == [409, 409]
    assert own.json()["transcript"][0]["text"] == "from ops"


async def test_a_reset_session_begins_anew_and_may_speak_for_another_customer(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    async with room.worker():
        await web.post("/chat", json={"message": "hello", "session_id": "s1", "customer_id": "cust_001"})

        reset = await web.post("/conversation/s1/reset")
        gone = await web.get("/conversation/s1")
        again = await web.post(
            "/chat", json={"message": "hi", "session_id": "s1", "customer_id": "cust_002", "chat_length": 0}
        )

    assert reset.json() == {"status": "reset", "session_id": "s1"}
    assert gone.status_code == 404
    assert (again.status_code, again.json()["turn"], again.json()["chat_length"]) == (200, 1, 2)
