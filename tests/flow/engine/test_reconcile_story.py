"""What no webhook and no event brought is found, and what they brought is not answered twice."""

from datetime import datetime

import pytest

from bot.runtime.reconcile import EXPORT_LAG_SECONDS
from bot.store.records.cursors import EXPORT, THREADS, Cursors, take_round
from bot.store.redis import Client
from tests.flow.harness.frontdesk import BOT, BOT_ID, DANA_ID, HELP, SARAH, SARAH_DM, SARAH_ID, TEAM, Stage
from tests.flow.harness.sides import catch_up

ORDER = "Where is my order A1001?"
AGAIN = "and can I return it?"


async def deaf(stage: Stage, *, drop: float = 1) -> None:
    """From now on nothing is delivered; with `drop` 0, again everything."""
    await stage.control("faults", {"rules": [], "deliveries": {"drop": drop}})


async def look_at_tickets(stage: Stage) -> int:
    """An hour later the export is read."""
    await stage.passes(3_600)
    return await catch_up(stage.engine, EXPORT)


async def test_a_ticket_and_a_comment_that_no_webhook_told_of_are_answered_once(stage: Stage) -> None:
    known = await stage.opens(ORDER)
    await stage.bot_comments(known)
    await stage.quiet()
    before = await stage.ticket(known)
    assert await look_at_tickets(stage) == 1  # webhooks told of it, and nothing follows
    await stage.quiet()
    assert await look_at_tickets(stage) == 0
    assert await stage.ticket(known) == before
    await deaf(stage)
    unheard = await stage.opens(ORDER)
    await stage.comments(known, SARAH_ID, AGAIN)
    await stage.quiet()
    assert not [one for one in (await stage.ticket(unheard))["comments"] if one["author_id"] == BOT_ID]

    assert await look_at_tickets(stage) == 2
    assert "A1001" in (await stage.bot_comments(unheard))[0]["body"]
    await stage.bot_comments(known, 2)
    await stage.quiet()
    await look_at_tickets(stage)
    await stage.quiet()

    assert len(await stage.bot_comments(unheard)) == 1
    assert len(await stage.bot_comments(known)) == 2
    assert await look_at_tickets(stage) == 0


@pytest.mark.parametrize("cursor", ["refused-for-ever", "", "o1", "\ufffd"])
async def test_a_cursor_that_zendesk_refuses_is_left_for_a_safe_point(stage: Stage, cursor: str) -> None:
    marks = Cursors(stage.engine.client, ttl=60)
    await look_at_tickets(stage)
    await deaf(stage)
    unheard = await stage.opens(ORDER)
    await stage.passes(3_600)
    if cursor:
        await marks.put(EXPORT, cursor)
    assert await catch_up(stage.engine, EXPORT) >= 1
    assert "A1001" in (await stage.bot_comments(unheard))[0]["body"]
    assert await marks.get(EXPORT) not in {cursor, ""}


async def test_a_human_agents_answer_that_no_webhook_told_of_reaches_the_thread(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a manager")
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await deaf(stage)
    await stage.comments(ticket_id, DANA_ID, "I'm on it, Sarah.")
    await stage.passes(120)
    await catch_up(stage.engine, EXPORT)

    assert any("I'm on it" in text for text in await stage.answers(SARAH_DM, ts, 2))
    await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{ts}", "human")


async def test_the_cursor_is_kept_and_tickets_of_others_are_left_alone(stage: Stage) -> None:
    marks = Cursors(stage.engine.client, ttl=100)
    await deaf(stage)
    others = (await stage.opens(ORDER, assignee_id=DANA_ID), await stage.opens(ORDER, via_channel="chat"))
    ticket_id = await stage.opens(ORDER)
    await stage.passes(3_600)
    assert await catch_up(stage.engine, EXPORT) == 1
    assert await marks.get(EXPORT)
    assert await catch_up(stage.engine, EXPORT) == 0
    first, second = await stage.requests("zendesk", "GET", "incremental/tickets")
    await stage.bot_comments(ticket_id)

    started = float(first["query"]["start_time"])
    assert started <= stage.clock.now() - EXPORT_LAG_SECONDS
    assert started <= datetime.fromisoformat((await stage.ticket(ticket_id))["created_at"]).timestamp()
    assert "cursor" in second["query"]
    for other in others:
        assert not await stage.engine.conversations.exists(f"zendesk:{other}")


async def test_a_line_that_no_event_brought_is_answered_once(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()
    await deaf(stage)
    await stage.writes(SARAH, SARAH_DM, AGAIN, thread_ts=ts)
    await deaf(stage, drop=0)
    assert await catch_up(stage.engine, THREADS) == 1
    await stage.answers(SARAH_DM, ts, 2)
    await catch_up(stage.engine, THREADS)
    await stage.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 3)
    await stage.quiet()
    await catch_up(stage.engine, THREADS)
    await stage.quiet()

    assert len(await stage.answers(SARAH_DM, ts)) == 3


async def test_a_new_line_in_a_dm_and_a_mention_in_a_channel_that_no_event_brought_are_answered_once(
    stage: Stage,
) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "hi")
    joined = await stage.writes(SARAH, SARAH_DM, ORDER)
    mention = await stage.writes(SARAH, HELP, f"<@{BOT}> {ORDER}")
    await stage.answers(HELP, mention)
    await stage.quiet()
    await stage.passes(60)
    await deaf(stage)
    unheard = await stage.writes(SARAH, SARAH_DM, ORDER)
    unseen = await stage.writes(SARAH, HELP, f"<@{BOT}> {ORDER}")
    await stage.writes(SARAH, HELP, "just talking")
    await deaf(stage, drop=0)
    found = await catch_up(stage.engine, THREADS)
    for channel, thread in ((SARAH_DM, unheard), (HELP, unseen)):
        assert "A1001" in (await stage.answers(channel, thread))[0]
    before = {thread: len(await stage.thread(SARAH_DM, thread)) for thread in (ts, joined, unheard)}
    await catch_up(stage.engine, THREADS)
    await stage.quiet()

    assert found == 3
    assert before == {thread: len(await stage.thread(SARAH_DM, thread)) for thread in (ts, joined, unheard)}
    assert len(await stage.answers(HELP, unseen)) == 1


async def test_one_of_several_processes_looks(redis: Client) -> None:
    assert await take_round(redis, THREADS, 60)
    assert not await take_round(redis, THREADS, 60)
    assert await take_round(redis, EXPORT, 60)
