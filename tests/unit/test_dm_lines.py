"""A customer's lines in a DM: which of them are one conversation."""

import asyncio

import pytest

from bot.mailbox import keys
from bot.mailbox.connection import Client, Scripts
from bot.mailbox.inbox import Inbox
from bot.mailbox.threads import Threads
from bot.mailbox.wakeups import Due
from integrations.slack.intake import Channels, SlackIntake
from integrations.slack.parse import Arrival, parse_event
from tests.unit.slack_payloads import line


def dm(number: int, ts: str, user: str = "U1") -> Arrival:
    """A line that a user writes in the DM."""
    event = parse_event(
        line(channel=f"D{user}", channel_type="im", user=user, ts=ts, client_msg_id=f"c{number}", text=f"line {number}")
    )
    assert isinstance(event, Arrival)
    return event


@pytest.fixture
def intake(scripts: Scripts) -> SlackIntake:
    """The way in, on an empty mailbox."""
    inbox = Inbox(scripts, Due(scripts, debounce=0.5), ttl=60, debounce=0.5)
    return SlackIntake(inbox, Threads(scripts), Channels())


async def waiting(redis: Client, arrival: Arrival) -> int:
    """Return how many messages wait in the conversation that the line would open."""
    return int(await redis.llen(keys.inbox(arrival.conversation)))


async def test_lines_that_arrive_at_the_same_time_are_one_conversation(intake: SlackIntake, redis: Client) -> None:
    lines = [dm(number, f"1700000000.00010{number}") for number in range(3)]
    await asyncio.gather(*(intake.line(arrival) for arrival in lines))
    assert [await waiting(redis, arrival) for arrival in lines] == [3, 0, 0]


async def test_a_line_delivered_twice_is_stored_once_in_the_thread_it_joined(
    intake: SlackIntake, redis: Client
) -> None:
    first, second = dm(1, "1700000000.000101"), dm(2, "1700000004.000102")
    for arrival in (first, second, second, first):
        await intake.line(arrival)
    assert [await waiting(redis, arrival) for arrival in (first, second)] == [2, 0]


async def test_a_line_after_half_a_minute_opens_a_thread_of_its_own(intake: SlackIntake, redis: Client) -> None:
    first, later = dm(1, "1700000000.000101"), dm(2, "1700000031.000102")
    await intake.line(first)
    await intake.line(later)
    assert [await waiting(redis, arrival) for arrival in (first, later)] == [1, 1]


async def test_two_users_lines_are_two_conversations(intake: SlackIntake, redis: Client) -> None:
    hers, his = dm(1, "1700000000.000101", "U1"), dm(2, "1700000000.000102", "U2")
    await asyncio.gather(intake.line(hers), intake.line(his))
    assert [await waiting(redis, arrival) for arrival in (hers, his)] == [1, 1]
