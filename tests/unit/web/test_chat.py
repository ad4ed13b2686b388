"""`POST /chat`: every word of the contract's row."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.domain.conversation import Move
from bot.domain.events import CustomerMessage
from bot.store.queue.due import DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.records.conversations import Conversations
from bot.store.redis import Scripts, connect
from integrations.web.chat import ChatLimits
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.webapp import APP, OPS, WEB, events_of, open_web, web_app

STREAM = {"Accept": "text/event-stream"}
LONG = "x" * 4001


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
async def web(room: RedisHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with open_web(room) as client, room.worker():
        yield client


def post(web: httpx.AsyncClient, message: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    return web.post("/chat", json={"message": message, **fields}, headers=headers)


async def stored(room: RedisHarness, name: str) -> int:
    view = await room.conversations.read(name)
    return view.waiting + view.length if view else 0


async def both_wait(room: RedisHarness, name: str) -> bool:
    return await stored(room, name) == 2


async def test_a_post_is_answered(web: httpx.AsyncClient) -> None:
    response = await post(web, "where is A1001?", session_id="s1", customer_id="cust_001")

    assert response.status_code == 200
    assert response.json() == {
        "session_id": "s1",
        "response": "You wrote: where is A1001?",
        "agent": "orders",
        "turn": 1,
        "chat_length": 2,
    }


async def test_a_session_is_made_where_none_is_named_and_goes_on_under_its_id(web: httpx.AsyncClient) -> None:
    first = (await post(web, "hello")).json()
    second = (await post(web, "and again", session_id=first["session_id"], chat_length=first["chat_length"])).json()

    assert len(first["session_id"]) == 32
    assert second["session_id"] == first["session_id"]
    assert (second["turn"], second["chat_length"]) == (2, 4)


async def test_the_message_is_stored_with_its_author_and_customer(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(answer_seconds=0.05)) as web:
        await post(web, "hello", session_id="s1", customer_id="cust_001")
        await post(web, "hello", session_id="s2")

    held = [await room.leases.acquire(f"chat:web:{name}") for name in ("s1", "s2")]

    named, anonymous = (lease.entries[0] for lease in held if lease and not isinstance(lease, float))
    assert isinstance(named, CustomerMessage)
    assert isinstance(anonymous, CustomerMessage)
    assert (named.author.id, named.customer_id) == ("chat:web:cust_001", "cust_001")
    assert (anonymous.author.id, anonymous.customer_id) == ("chat:web:s2", "")
    assert named.at == room.clock.now()


async def test_without_keys_every_route_is_closed(room: RedisHarness) -> None:
    async with open_web(room, keys=()) as web:
        codes = [
            (await post(web, "hello")).status_code,
            (await web.get("/conversation/s1")).status_code,
            (await web.post("/conversation/s1/reset")).status_code,
            (await web.get("/console")).status_code,
        ]

    assert codes == [503, 503, 503, 503]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic web-secret", "web-secret", "Bearer web-secretx", "Bearer ü"],
)
async def test_an_unknown_key_is_refused_everywhere_and_nothing_is_stored(
    web: httpx.AsyncClient, room: RedisHarness, authorization: str
) -> None:
    headers = {b"Authorization": authorization.encode()}

    chat = await web.post("/chat", json={"message": "hi", "session_id": "s1"}, headers=headers)
    reading = await web.get("/conversation/s1", headers=headers)
    reset = await web.post("/conversation/s1/reset", headers=headers)
    console = await web.get("/console", headers=headers)

    assert [answer.status_code for answer in (chat, reading, reset, console)] == [401, 401, 401, 401]
    assert "www-authenticate" in chat.headers
    assert await stored(room, "chat:web:s1") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"notjson",
        b"[]",
        b'"hi"',
        b"null",
        b"\xff\xfe",
        b'{"message": "\xff"}',
        b"{}",
        b'{"message": 3}',
        b'{"message": ""}',
        b'{"message": "  \\n "}',
        b'{"message": "hi", "session_id": "a b"}',
        b'{"message": "hi", "session_id": "a:b"}',
        b'{"message": "hi", "session_id": "s1\\n"}',
        b'{"message": "hi", "session_id": ""}',
        b'{"message": "hi", "session_id": 5}',
        b'{"message": "hi", "chat_length": "2"}',
        b'{"message": "hi", "chat_length": -1}',
        b'{"message": "hi", "chat_length": true}',
        b'{"message": "hi", "customer_id": ""}',
        b'{"message": "hi", "customer_id": "a\\nb"}',
        b"[" * 100_000,
        b'{"message": "hi", "session_id": "' + b"a" * 129 + b'"}',
        b'{"message": "hi", "customer_id": "' + b"a" * 129 + b'"}',
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_a_body_that_is_wrong_is_422(web: httpx.AsyncClient, room: RedisHarness, body: bytes) -> None:
    response = await web.post("/chat", content=body)

    assert response.status_code == 422
    assert room.turns == []


@pytest.mark.parametrize(
    ("half", "kept"),
    [
        (b"Hi \\ud800", "Hi \ufffd"),
        (b"\\udc00 hi", "\ufffd hi"),
        (b"a\\ud83d\\ude00b", "a😀b"),
        (b"\\ud83d b \\ude00", "\ufffd b \ufffd"),
    ],
)
async def test_half_a_character_is_taken_and_mended(
    web: httpx.AsyncClient, room: RedisHarness, half: bytes, kept: str
) -> None:
    response = await web.post("/chat", content=b'{"message": "' + half + b'"}')

    assert response.status_code == 200
    assert room.turns == [[kept]]


async def test_a_refusal_does_not_repeat_what_was_sent(web: httpx.AsyncClient) -> None:
    response = await post(web, "my card is 4111", session_id="my secret", customer_id="\n4111")

    assert response.status_code == 422
    assert "4111" not in response.text
    assert "secret" not in response.text
    assert {error["loc"][0] for error in response.json()["detail"]} == {"session_id", "customer_id"}


async def test_a_body_over_one_mebibyte_is_413(web: httpx.AsyncClient, room: RedisHarness) -> None:
    response = await web.post("/chat", content=b'{"message": "' + b"x" * 2 * 1024 * 1024 + b'"}')

    assert response.status_code == 413
    assert room.turns == []


async def test_other_methods_are_405(web: httpx.AsyncClient) -> None:
    assert (await web.get("/chat")).status_code == 405


async def test_a_stale_chat_length_is_409_and_nothing_is_stored(web: httpx.AsyncClient, room: RedisHarness) -> None:
    await post(web, "hello", session_id="s1")

    stale = await post(web, "again", session_id="s1", chat_length=0)
    ahead = await post(web, "again", session_id="s1", chat_length=3)
    unheard_of = await post(web, "again", session_id="new", chat_length=2)

    assert [stale.status_code, ahead.status_code, unheard_of.status_code] == [409, 409, 409]
    assert await stored(room, "chat:web:s1") == 2
    assert (await web.get("/conversation/new")).status_code == 404


async def test_a_new_session_may_say_that_its_transcript_is_empty(web: httpx.AsyncClient) -> None:
    assert (await post(web, "hello", session_id="s1", chat_length=0)).status_code == 200


async def test_a_session_speaks_for_one_customer(web: httpx.AsyncClient, room: RedisHarness) -> None:
    await post(web, "hello", session_id="s1", customer_id="cust_001")
    await post(web, "hello", session_id="anonymous")

    other = await post(web, "hello", session_id="s1", customer_id="cust_002")
    same = await post(web, "hello", session_id="s1", customer_id="cust_001")
    unsaid = await post(web, "hello", session_id="s1")
    claimed_later = await post(web, "hello", session_id="anonymous", customer_id="cust_001")

    assert [answer.status_code for answer in (other, same, unsaid, claimed_later)] == [409, 200, 200, 409]


async def test_a_message_that_is_too_long_gets_a_kind_refusal_and_nothing_is_stored(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    new = await post(web, LONG, session_id="s1")
    await post(web, "hello", session_id="s2")
    going_on = await post(web, LONG, session_id="s2")

    assert new.status_code == 200
    assert "4,000" in new.json()["response"]
    assert (new.json()["agent"], new.json()["turn"], new.json()["chat_length"]) == ("triage", 0, 0)
    assert (going_on.json()["agent"], going_on.json()["turn"], going_on.json()["chat_length"]) == ("orders", 1, 2)
    assert (await web.get("/conversation/s1")).status_code == 404
    assert await stored(room, "chat:web:s2") == 2
    assert (await post(web, "x" * 4000, session_id="s2")).json()["turn"] == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Dove si trova il mio ordine? Non è ancora arrivato. ", "Zeichen"),
        ("Where is my parcel? It has not arrived yet. ", "Zeichen"),
        ("Où est mon colis ? Il n'est pas encore arrivé. ", "caractères"),
    ],
)
async def test_the_refusal_is_in_a_language_that_the_desk_claims(line: str, told: str, room: RedisHarness) -> None:
    async with open_web(room, languages=["de", "fr"]) as web:
        refused = await post(web, line * 100)

    assert told in refused.json()["response"]


async def test_a_refusal_for_length_is_no_way_around_the_customer(web: httpx.AsyncClient) -> None:
    await post(web, "hello", session_id="s1", customer_id="cust_001")

    assert (await post(web, LONG, session_id="s1", customer_id="cust_002")).status_code == 409


async def test_while_a_human_has_it_the_refusal_is_not_a_specialists(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    room.change = lambda conversation: conversation.move(Move.ESCALATE)
    await post(web, "this is unacceptable", session_id="s1")

    assert (await post(web, LONG, session_id="s1")).json()["agent"] == "human"


async def test_the_rate_is_per_customer_across_sessions(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(per_minute=2)) as web, room.worker():
        passed = [await post(web, "hi", session_id=f"s{number}", customer_id="cust_001") for number in (1, 2)]
        over = await post(web, "hi", session_id="s3", customer_id="cust_001")
        unsaid = await post(web, "hi", session_id="s1")
        other = await post(web, "hi", session_id="s4", customer_id="cust_002")

    assert [answer.status_code for answer in passed] == [200, 200]
    assert [over.status_code, unsaid.status_code, other.status_code] == [429, 429, 200]
    assert 1 <= int(over.headers["retry-after"]) <= 60
    assert await stored(room, "chat:web:s3") == 0


async def test_without_a_customer_the_rate_is_per_session(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(per_minute=1)) as web, room.worker():
        codes = [(await post(web, "hi", session_id=name)).status_code for name in ("s1", "s1", "s2")]

    assert codes == [200, 429, 200]


async def test_no_answer_in_time_is_202_and_the_answer_can_be_fetched_later(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(answer_seconds=0.05)) as web:
        pending = await post(web, "hello", {"Idempotency-Key": "k1"}, session_id="s1")
        await room.take_turn("chat:web:s1")
        later = await post(web, "hello", {"Idempotency-Key": "k1"}, session_id="s1")

    assert pending.status_code == 202
    assert pending.json() == {"session_id": "s1", "status": "pending"}
    assert later.json()["response"] == "You wrote: hello"


async def test_posts_that_coalesce_get_the_same_body(room: RedisHarness) -> None:
    async with open_web(room) as web:
        both = [asyncio.create_task(post(web, text, session_id="s1")) for text in ("hi", "order A1001")]
        await wait_until(lambda: both_wait(room, "chat:web:s1"))
        await room.take_turn("chat:web:s1")
        answers = [(await answer).json() for answer in both]

    assert answers[0] == answers[1]
    assert len(room.turns) == 1


async def test_the_same_idempotency_key_and_body_is_stored_once_and_answered_alike(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    key = {"Idempotency-Key": "k1"}

    answers = [(await post(web, "refund please", key)).json() for _ in range(3)]
    at_once = await asyncio.gather(
        *(post(web, "at once", {"Idempotency-Key": "k2"}, session_id="s9") for _ in range(5))
    )

    assert answers[0] == answers[1] == answers[2]
    assert len({answer.text for answer in at_once}) == 1
    assert room.turns == [["refund please"], ["at once"]]


async def test_a_repeated_post_costs_no_rate_and_passes_a_stale_length(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(per_minute=1)) as web, room.worker():
        codes = [
            (await post(web, "hi", {"Idempotency-Key": "k"}, session_id="s1", chat_length=0)).status_code
            for _ in range(3)
        ]

    assert codes == [200, 200, 200]


async def test_the_same_idempotency_key_with_another_body_is_422(web: httpx.AsyncClient, room: RedisHarness) -> None:
    key = {"Idempotency-Key": "k1"}
    await post(web, "one", key, session_id="s1")

    assert (await post(web, "two", key, session_id="s1")).status_code == 422
    assert (await post(web, "one", key, session_id="s2")).status_code == 422
    assert (await post(web, "one", key | APP, session_id="s1")).status_code == 200
    assert room.turns == [["one"], ["one"]]


async def test_an_idempotency_key_that_is_too_long_is_422(web: httpx.AsyncClient) -> None:
    assert (await post(web, "one", {"Idempotency-Key": "k" * 256})).status_code == 422


async def test_a_post_refused_for_rate_may_be_repeated_under_its_key(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(per_minute=1)) as web, room.worker():
        await post(web, "one", session_id="s1")
        refused = await post(web, "two", {"Idempotency-Key": "k"}, session_id="s1")
        await room.scripts.client.delete(*await room.scripts.client.keys("fd:rate:*"))
        again = await post(web, "two", {"Idempotency-Key": "k"}, session_id="s1")

    assert [refused.status_code, again.status_code] == [429, 200]
    assert room.turns == [["one"], ["two"]]


async def test_a_repeated_post_of_a_session_that_was_reset_is_409_and_not_stored_again(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    key = {"Idempotency-Key": "k1"}
    await post(web, "one", key, session_id="s1")
    await web.post("/conversation/s1/reset")

    assert (await post(web, "one", key, session_id="s1")).status_code == 409
    assert room.turns == [["one"]]


async def test_a_post_that_waits_while_its_session_is_reset_is_409(room: RedisHarness) -> None:
    async with open_web(room) as web:
        waiting = asyncio.create_task(post(web, "one", session_id="s1"))
        await wait_until(lambda: room.conversations.exists("chat:web:s1"))
        await web.post("/conversation/s1/reset")

        assert (await waiting).status_code == 409


async def test_sessions_of_two_keys_are_two_conversations(web: httpx.AsyncClient, room: RedisHarness) -> None:
    await post(web, "from web", WEB, session_id="s1")
    await post(web, "from app", APP, session_id="s1")
    await post(web, "from ops", OPS, session_id="s1")

    lengths = [await stored(room, f"chat:{name}:s1") for name in ("web", "app", "ops")]

    assert lengths == [2, 2, 2]


async def test_a_stream_ends_with_the_same_json_as_the_plain_answer(web: httpx.AsyncClient) -> None:
    response = await post(web, "where?", STREAM | {"Idempotency-Key": "k"}, session_id="s1")
    plain = await post(web, "where?", {"Idempotency-Key": "k"}, session_id="s1")

    assert response.headers["content-type"].startswith("text/event-stream")
    assert events_of(response)[-1] == ("done", plain.json())


async def test_a_stream_carries_status_and_checked_sentences_in_order(room: RedisHarness) -> None:
    name = "chat:web:s1"
    async with open_web(room) as web:
        streaming = asyncio.create_task(post(web, "where?", STREAM, session_id="s1"))
        await wait_until(lambda: room.conversations.exists(name))
        held = await room.leases.acquire(name)
        assert isinstance(held, Held)
        await room.conversations.publish(name, "begin", json.dumps([held.entries[0].id]))
        await room.conversations.publish(name, "status", "is thinking…")
        await room.conversations.publish(name, "delta", "It is\non its way.")
        await room.commit(held)
        await room.deliver(held)
        events = events_of(await streaming)

    assert events[:2] == [("status", {"text": "is thinking…"}), ("delta", {"text": "It is\non its way."})]
    assert [name for name, _ in events] == ["status", "delta", "done"]


async def test_a_stream_does_not_show_the_answer_to_another_post(room: RedisHarness) -> None:
    name = "chat:web:s1"
    await room.inbox.accept(room.asks(name, "first", "m1"))
    async with open_web(room) as web:
        streaming = asyncio.create_task(post(web, "second", STREAM, session_id="s1"))
        await wait_until(lambda: both_wait(room, name))
        await room.conversations.publish(name, "delta", "the end of an answer that began before")
        await room.conversations.publish(name, "begin", json.dumps(["m1"]))
        await room.conversations.publish(name, "delta", "about the first")
        await room.take_turn(name)
        events = events_of(await streaming)

    assert [name for name, _ in events] == ["done"]


async def test_a_stream_without_an_answer_ends_with_an_error_that_says_pending(room: RedisHarness) -> None:
    async with open_web(room, limits=ChatLimits(answer_seconds=0.05)) as web:
        response = await post(web, "where?", STREAM, session_id="s1")

    assert events_of(response) == [("error", {"session_id": "s1", "status": "pending"})]


async def test_a_stream_is_refused_with_the_same_codes_before_it_begins(web: httpx.AsyncClient) -> None:
    await post(web, "hello", session_id="s1", customer_id="cust_001")

    stale = await post(web, "again", STREAM, session_id="s1", chat_length=0)
    other = await post(web, "again", STREAM, session_id="s1", customer_id="cust_002")
    long = await post(web, LONG, STREAM, session_id="s1")

    assert [stale.status_code, other.status_code] == [409, 409]
    assert [name for name, _ in events_of(long)] == ["done"]


async def test_no_listener_is_left_behind(web: httpx.AsyncClient, room: RedisHarness) -> None:
    await post(web, "where?", STREAM, session_id="s1")
    await post(web, "hello", session_id="s1")
    await post(web, "hello", STREAM, session_id="s1", chat_length=0)

    async def nobody_listens() -> bool:
        return int((await room.scripts.client.info("stats"))["pubsub_patterns"]) == 0

    await wait_until(nobody_listens)


async def test_a_caller_that_hangs_up_is_not_waited_for(room: RedisHarness) -> None:
    app = web_app(room)
    inputs = [{"type": "http.request", "body": b'{"message": "hello", "session_id": "s1"}', "more_body": False}]
    left = asyncio.Event()

    async def receive() -> Any:
        if inputs:
            return inputs.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    headers = [(name.lower().encode(), value.encode()) for name, value in WEB.items()]
    scope = {"type": "http", "method": "POST", "path": "/chat", "headers": headers, "query_string": b""}
    request = asyncio.create_task(app(scope, receive, send))
    await wait_until(lambda: room.conversations.exists("chat:web:s1"))
    left.set()

    async with asyncio.timeout(PATIENCE_SECONDS):
        await request
    assert await stored(room, "chat:web:s1") == 1


async def test_a_store_that_is_down_is_503(room: RedisHarness, tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nothing.sock")
    scripts = Scripts(client)
    due = DueQueue(scripts, debounce=0.5)
    gone = replace(
        room,
        scripts=scripts,
        inbox=Inbox(scripts, due, ttl=60, debounce=0.5),
        conversations=Conversations(scripts, room.clock),
    )

    async with open_web(gone) as web:
        answers = [
            await post(web, "hello", session_id="s1"),
            await post(web, "hello", {"Idempotency-Key": "k"}, session_id="s1"),
            await web.get("/conversation/s1"),
            await web.post("/conversation/s1/reset"),
        ]

    assert [answer.status_code for answer in answers] == [503, 503, 503, 503]
    await client.aclose(close_connection_pool=True)
