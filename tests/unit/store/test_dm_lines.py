"""A customer's lines in a DM: which of them are one conversation."""

import asyncio
import json

import pytest

from bot.store import keys
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.records.dm_threads import DmThreads
from bot.store.redis import Client, Scripts
from integrations.slack.inbound.conversation_resolver import AnsweredChannels, ConversationResolver
from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.inbound.parse import parse_event
from tests.unit.slack.payloads import line


def dm(number: int, ts: str, user: str = "U1") -> SlackMessage:
    """A line that a user writes in the DM."""
    event = parse_event(
        line(channel=f"D{user}", channel_type="im", user=user, ts=ts, client_msg_id=f"c{number}", text=f"line {number}")
    )
    assert isinstance(event, SlackMessage)
    return event


@pytest.fixture
def intake(scripts: Scripts) -> ConversationResolver:
    """The way in, on an empty mailbox."""
    inbox = Inbox(scripts, DueQueue(scripts, debounce=0.5), ttl=60, debounce=0.5)
    return ConversationResolver(inbox, DmThreads(scripts), AnsweredChannels())


async def waiting(redis: Client, arrival: SlackMessage) -> int:
    """Return how many messages wait in the conversation that the line would open."""
    return int(await redis.llen(keys.inbox(arrival.conversation)))


async def test_lines_that_arrive_at_the_same_time_are_one_conversation(
    intake: ConversationResolver, redis: Client
) -> None:
    lines = [dm(number, f"1700000000.00010{number}") for number in range(3)]
    await asyncio.gather(*(intake.line(arrival) for arrival in lines))
    assert [await waiting(redis, arrival) for arrival in lines] == [3, 0, 0]


async def test_a_line_delivered_twice_is_stored_once_in_the_thread_it_joined(
    intake: ConversationResolver, redis: Client
) -> None:
    first, second = dm(1, "1700000000.000101"), dm(2, "1700000004.000102")
    for arrival in (first, second, second, first):
        await intake.line(arrival)
    assert [await waiting(redis, arrival) for arrival in (first, second)] == [2, 0]


async def test_while_lines_wait_for_the_rate_the_next_one_is_a_matter_of_its_own_wherever_it_is_delivered_again(
    scripts: Scripts, redis: Client
) -> None:
    async def apart(_author: str) -> bool:
        return is_full

    inbox = Inbox(scripts, DueQueue(scripts, debounce=0.5), ttl=60, debounce=0.5)
    intake, is_full = ConversationResolver(inbox, DmThreads(scripts), AnsweredChannels(), apart), True
    first, second = dm(1, "1700000000.000101"), dm(2, "1700000004.000102")
    await intake.line(first)
    await intake.line(second)
    is_full = False
    for arrival in (second, first):
        await intake.line(arrival)

    assert [await waiting(redis, arrival) for arrival in (first, second)] == [1, 1]


async def test_a_line_after_half_a_minute_opens_a_thread_of_its_own(
    intake: ConversationResolver, redis: Client
) -> None:
    first, later = dm(1, "1700000000.000101"), dm(2, "1700000031.000102")
    await intake.line(first)
    await intake.line(later)
    assert [await waiting(redis, arrival) for arrival in (first, later)] == [1, 1]


async def test_two_users_lines_are_two_conversations(intake: ConversationResolver, redis: Client) -> None:
    hers, his = dm(1, "1700000000.000101", "U1"), dm(2, "1700000000.000102", "U2")
    await asyncio.gather(intake.line(hers), intake.line(his))
    assert [await waiting(redis, arrival) for arrival in (hers, his)] == [1, 1]


async def test_an_earlier_line_that_arrives_later_joins_the_conversation(
    intake: ConversationResolver, redis: Client
) -> None:
    first, second, third = (dm(number, f"17000000{number}0.00010{number}") for number in (1, 2, 3))
    for arrival in (second, first, third):
        await intake.line(arrival)
    assert [await waiting(redis, arrival) for arrival in (first, second, third)] == [0, 3, 0]


def in_channel(ts: str, text: str, thread_ts: str | None = None) -> SlackMessage:
    """A line in a channel."""
    place = {"channel": "C1", "channel_type": "channel", "user": "U1", "thread_ts": thread_ts}
    event = parse_event(line(**place, ts=ts, text=text, client_msg_id=f"c{ts}"))
    assert isinstance(event, SlackMessage)
    return event


ROOT, BEFORE, AFTER = "1700000000.000100", "1700000001.000100", "1700000003.000100"


async def texts(redis: Client, conversation: str) -> list[str]:
    """Return what waits in a conversation."""
    return [json.loads(entry)["text"] for entry in await redis.lrange(keys.inbox(conversation), 0, -1)]


async def test_a_reply_that_overtakes_the_mention_of_its_thread_is_taken_in(
    intake: ConversationResolver, redis: Client
) -> None:
    reply, root = in_channel(AFTER, "order A1001", ROOT), in_channel(ROOT, "<@UBOT> where is it?")
    await intake.line(reply)
    assert await texts(redis, root.conversation) == []
    for arrival in (root, reply, root):
        await intake.line(arrival)

    assert await texts(redis, root.conversation) == ["where is it?", "order A1001"]
    assert not await redis.exists(keys.early(root.conversation))


async def test_what_people_said_to_each_other_before_the_bot_was_asked_stays_theirs(
    intake: ConversationResolver, redis: Client
) -> None:
    for ts, text in ((BEFORE, "lunch?"), (AFTER, "<@UBOT> where is my order?")):
        await intake.line(in_channel(ts, text, ROOT))

    assert await texts(redis, in_channel(AFTER, "any", ROOT).conversation) == ["where is my order?"]


async def test_a_line_for_nobody_is_forgotten_in_a_minute(intake: ConversationResolver, redis: Client) -> None:
    reply = in_channel(AFTER, "lunch?", ROOT)
    await intake.line(reply)

    assert [key.decode() for key in await redis.keys("*")] == [keys.early(reply.conversation)]
    assert 0 < await redis.ttl(keys.early(reply.conversation)) <= 60
