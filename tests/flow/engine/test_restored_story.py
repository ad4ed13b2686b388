"""A restored backup has lost what was answered after it: that is found where it was said, and not said again."""

import pytest

from bot.store import keys
from bot.store.records.cursors import EXPORT, THREADS
from bot.store.redis import Client
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, DANA_ID, HELP, SARAH, SARAH_DM, SARAH_ID, Stage
from tests.flow.harness.sides import catch_up

ORDER = "Where is my order A1001?"
MORE = ("How long does shipping take?", "Do you take PayPal?")
QUICK, LONG = 60.0, 7_200.0
"""Seconds from what was lost to the restore: a failover's, and a backup's."""


Kept = dict[bytes, tuple[int, bytes]]


async def backup(redis: Client) -> Kept:
    """Return every key's milliseconds to live and content."""
    return {name: (max(await redis.pttl(name), 0), await redis.dump(name)) async for name in redis.scan_iter()}


async def restore(redis: Client, kept: Kept) -> None:
    await redis.flushdb()
    for name, (ttl, content) in kept.items():
        await redis.restore(name, ttl, content)


async def shown(stage: Stage, ts: str) -> list[tuple[str, str]]:
    """Return all that stands in a thread, with what is streamed."""
    messages = (await stage.state())["slack"]["messages"]
    return [(message["ts"], message["text"]) for message in messages if message["thread_ts"] == ts]


@pytest.mark.parametrize(("place", "call", "since"), [(HELP, f"<@{BOT}> ", LONG), (SARAH_DM, "", QUICK)])
async def test_a_thread_stays_as_it_is(stage: Stage, redis: Client, place: str, call: str, since: float) -> None:
    ts = await stage.writes(SARAH, place, call + ORDER)
    await stage.answers(place, ts)
    await stage.quiet()
    kept = await backup(redis)
    for number, line in enumerate(MORE):
        await stage.writes(SARAH, place, line, thread_ts=ts)
        await stage.answers(place, ts, 2 + number)
    await stage.quiet()
    before = await shown(stage, ts)

    await stage.passes(since)
    await restore(redis, kept)
    assert await catch_up(stage.engine, THREADS) == len(MORE)
    await stage.quiet()

    assert await shown(stage, ts) == before


async def test_a_ticket_whose_turn_had_begun_stays_as_it_is(stage: Stage, redis: Client) -> None:
    await stage.fails("zendesk:GET /api/v2/tickets/*", "timeout", seconds=3)
    ticket = await stage.opens(ORDER)
    await wait_until(lambda: redis.hexists(keys.state(f"zendesk:{ticket}"), "frozen"), what="the turn")
    kept = await backup(redis)
    await stage.control("faults", {"rules": []})
    await stage.bot_comments(ticket)
    await stage.comments(ticket, SARAH_ID, MORE[0])
    before = await stage.bot_comments(ticket, 2)

    await stage.passes(LONG)
    await restore(redis, kept)
    await catch_up(stage.engine, EXPORT)
    await stage.quiet()

    assert await stage.bot_comments(ticket, 2) == before


async def test_a_colleagues_words_are_not_carried_into_the_thread_again(stage: Stage, redis: Client) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a manager")
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()
    [ticket] = await stage.tickets()
    kept = await backup(redis)
    await stage.comments(ticket["id"], DANA_ID, "I'm on it, Sarah.")
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()
    before = await shown(stage, ts)

    await stage.passes(LONG)
    await restore(redis, kept)
    await catch_up(stage.engine, EXPORT)
    await stage.quiet()

    assert await shown(stage, ts) == before
