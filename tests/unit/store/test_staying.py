"""What people own, and what waits for a decision, is not forgotten; what stands beside a link lives as long as it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.conversation import Conversation, Owner
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.proposals import Proposal, Stage
from bot.domain.tickets import Ticket
from bot.store import keys
from bot.store.queue.held import Held
from bot.store.queue.inbox import Accepted
from bot.store.redis import Client
from tests.unit.store.redis_harness import TTL, RedisHarness, open_redis_harness

NAME = ConversationId("chat:web:1")
LASTING = (keys.state, keys.seen, keys.items)


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


def proposal(stage: Stage) -> Proposal:
    return Proposal(
        id="p1",
        action="refund",
        arguments="{}",
        author=AuthorId("chat:web:cust_001"),
        customer="cust_001",
        subject="A1001",
        summary="refund A1001",
        stage=stage,
    )


async def turn(room: RedisHarness, name: str, **after: object) -> Held:
    room.change = lambda conversation: replace(conversation, **after)  # type: ignore[arg-type]  # any field
    await room.inbox.accept(room.asks(NAME, "hello", name))
    held = await room.take_turn(NAME)
    assert held
    return held


async def lives(redis: Client) -> list[int]:
    return [int(await redis.ttl(key(NAME))) for key in LASTING]


@pytest.mark.parametrize(
    "after",
    [
        {"owner": Owner.ESCALATED},
        {"owner": Owner.HUMAN},
        {"owner": Owner.OFF, "before_off": Owner.HUMAN},
        {"owner": Owner.OFF, "before_off": Owner.ESCALATED},
        {"proposals": (proposal(Stage.OFFERED),)},
        {"proposals": (proposal(Stage.REASON),)},
        {"proposals": (proposal(Stage.APPROVAL),)},
    ],
)
async def test_nothing_expires_while_people_own_it_or_something_waits(
    room: RedisHarness, redis: Client, after: dict[str, object]
) -> None:
    await turn(room, "m1", **after)
    assert await lives(redis) == [-1, -1, -1]
    await room.inbox.accept(room.asks(NAME, "another line", "m2"))
    assert await lives(redis) == [-1, -1, -1]
    assert await redis.ttl(keys.inbox(NAME)) == -1
    held = await room.leases.acquire(NAME)
    assert isinstance(held, Held)
    await room.leases.expand(held, 1, [("comment:1", room.asks(NAME, "a comment", "comment:1"))])
    assert await redis.ttl(keys.inbox(NAME)) == -1
    await room.leases.release(held, park=True)

    await turn(room, "m3", owner=Owner.BOT, before_off=Owner.BOT, proposals=(proposal(Stage.DONE),))
    assert all(0 < seconds <= TTL for seconds in await lives(redis))


@pytest.mark.parametrize(
    "after",
    [{}, {"owner": Owner.OFF, "before_off": Owner.BOT}, {"owner": Owner.IDLE_CLOSED}],
)
async def test_what_is_the_bot_s_expires(room: RedisHarness, redis: Client, after: dict[str, object]) -> None:
    await turn(room, "m1", **after)
    assert all(0 < seconds <= TTL for seconds in await lives(redis))


async def test_what_stands_beside_the_link_outlives_the_session(room: RedisHarness, redis: Client) -> None:
    ticket = Ticket("42", status="solved", subject="my words")
    await turn(room, "m1", ticket_id="42", ticket=ticket, last_comment=77, ours=True, summary="my words")
    for key in (*LASTING, keys.audit, keys.uncopied, keys.answers, keys.outbox):
        await redis.delete(key(NAME))

    await room.inbox.accept(room.asks(NAME, "again", "m2"), joined_only=True)
    held = await room.leases.acquire(NAME)
    assert isinstance(held, Held)
    known = held.conversation
    assert (known.last_comment, known.ticket_id, known.ours, known.owner) == (77, "42", True, Owner.BOT)
    assert "my words" not in repr(known)
    await room.leases.release(held, park=True)
    await room.conversations.reset(NAME)
    assert not await redis.exists(keys.kept(NAME))


async def test_a_conversation_without_a_ticket_leaves_nothing(room: RedisHarness, redis: Client) -> None:
    await turn(room, "m1", ticket_id="42")
    await turn(room, "m2", ticket_id="")
    assert not await redis.exists(keys.kept(NAME))
    await redis.delete(keys.state(NAME))
    line = room.asks(NAME, "again", "m3")
    assert await room.inbox.accept(line, joined_only=True) is Accepted.UNKNOWN_CONVERSATION


async def test_a_reset_ends_what_had_no_end(room: RedisHarness, redis: Client) -> None:
    await turn(room, "m1", owner=Owner.HUMAN)
    await room.conversations.reset(NAME)
    for key in (keys.state, keys.seen):
        assert 0 < await redis.ttl(key(NAME)) <= keys.TOMBSTONE_SECONDS
    assert Conversation(NAME).residue == Conversation(NAME)
