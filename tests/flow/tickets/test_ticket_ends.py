"""What becomes of a conversation whose ticket ends: closed, merged, deleted, or older than the bot."""

from pathlib import Path

from bot.store import keys
from integrations.sandbox import SandboxOptions
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.flow.harness.frontdesk import (
    BOT_ID,
    DANA_ID,
    ESCALATIONS,
    MARCUS,
    MARCUS_DM,
    MARCUS_ID,
    SARAH_ID,
    TEAM,
    Stage,
    open_stage,
)

LEGAL = "I will talk to my lawyer about order A1002."


async def escalated(stage: Stage) -> tuple[str, int]:
    """Marcus names his lawyer in a DM; return the thread and the ticket."""
    ts = await stage.writes(MARCUS, MARCUS_DM, LEGAL)
    await stage.answers(MARCUS_DM, ts)
    ticket_id = int((await stage.tickets())[0]["id"])
    await stage.quiet()
    return ts, ticket_id


async def test_the_next_line_after_the_ticket_was_closed_opens_a_follow_up(stage: Stage) -> None:
    ts, ticket_id = await escalated(stage)
    conversation = f"slack:{TEAM}:{MARCUS_DM}:{ts}"
    await stage.comments(ticket_id, DANA_ID, "We look into it.")
    await stage.answers(MARCUS_DM, ts, 2)
    await stage.changes(ticket_id, status="closed")
    await stage.owned_by(conversation, "bot")
    await stage.writes(MARCUS, MARCUS_DM, "I want to speak to a human again", thread_ts=ts)
    follow_up = (await stage.tickets(2))[1]
    answer = (await stage.answers(MARCUS_DM, ts, 3))[2]
    await stage.quiet()

    ticket = await stage.ticket(follow_up["id"])
    words, note = ticket["comments"]
    assert (await stage.ticket(ticket_id))["followup_ids"] == [ticket["id"]]
    assert (ticket["external_id"], ticket["status"]) == (conversation, "open")
    assert {"frontdesk", "frontdesk_escalated", "frontdesk_slack"} <= set(ticket["tags"])
    assert (words["author_id"], words["public"], note["public"]) == (MARCUS_ID, True, False)
    assert "speak to a human again" in words["body"]
    assert f"#{ticket['id']}" in answer

    await stage.comments(ticket["id"], DANA_ID, "Here I am again.")
    assert "Here I am again." in (await stage.answers(MARCUS_DM, ts, 4))[3]
    await stage.writes(MARCUS, MARCUS_DM, "Good to read you.", thread_ts=ts)
    assert (await wait_until(lambda: stage.comment(ticket["id"], "Good to read you.")))["public"]


async def test_a_merged_ticket_is_followed_in_both_directions(stage: Stage) -> None:
    ts, ticket_id = await escalated(stage)
    conversation = f"slack:{TEAM}:{MARCUS_DM}:{ts}"
    other = await stage.opens("The same thing, by mail.", MARCUS_ID, assignee_id=DANA_ID, group_id=ESCALATIONS)
    await stage.comments(other, DANA_ID, "Only for the mail.")
    await stage.quiet()
    await stage.control("zendesk/merge", {"source_id": ticket_id, "target_id": other})
    await stage.owned_by(conversation, "human")
    await stage.quiet()

    await stage.writes(MARCUS, MARCUS_DM, "One more thing.", thread_ts=ts)
    line = await wait_until(lambda: stage.comment(other, "One more thing."))
    await stage.comments(other, DANA_ID, "Noted, both of it.")
    relayed = await stage.answers(MARCUS_DM, ts, 2)
    await stage.quiet()

    assert line["author_id"] == MARCUS_ID
    assert "Noted, both of it." in relayed[1]
    assert not any("Only for the mail" in text for text in relayed)
    assert len(await stage.answers(MARCUS_DM, ts)) == 2
    assert len(await stage.tickets()) == 2


async def test_a_ticket_merged_into_ours_leaves_the_thread_with_ours(stage: Stage) -> None:
    ts, ticket_id = await escalated(stage)
    other = await stage.opens("The same thing, by mail.", MARCUS_ID)
    await stage.bot_comments(other)
    await stage.control("zendesk/merge", {"source_id": other, "target_id": ticket_id})
    await stage.quiet()
    await stage.comments(ticket_id, DANA_ID, "I have both now.")
    relayed = await stage.answers(MARCUS_DM, ts, 2)
    await stage.writes(MARCUS, MARCUS_DM, "Fine.", thread_ts=ts)

    assert "I have both now." in relayed[1]
    assert await wait_until(lambda: stage.comment(ticket_id, "Fine."))


async def test_a_deleted_ticket_loses_no_words(stage: Stage) -> None:
    ts, ticket_id = await escalated(stage)
    await stage.fails(f"zendesk:* /api/v2/tickets/{ticket_id}*", "status", None, status=404, error="RecordNotFound")
    await stage.writes(MARCUS, MARCUS_DM, "Are you still there?", thread_ts=ts)
    fresh = (await stage.tickets(2))[1]
    await stage.comments(fresh["id"], DANA_ID, "Yes, we are.")

    assert "Yes, we are." in (await stage.answers(MARCUS_DM, ts, 2))[1]
    assert "Are you still there?" in fresh["comments"][0]["body"]
    assert fresh["external_id"] == f"slack:{TEAM}:{MARCUS_DM}:{ts}"


async def test_a_deleted_ticket_breaks_nothing_for_the_others(stage: Stage) -> None:
    ticket_id = await stage.opens("Where is my order A1001?")
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.fails(f"zendesk:* /api/v2/tickets/{ticket_id}*", "status", None, status=404, error="RecordNotFound")
    await stage.comments(ticket_id, SARAH_ID, "and can I return it?")
    await stage.quiet()
    other = await stage.opens("Where is my order A1001?")

    assert "A1001" in (await stage.bot_comments(other))[0]["body"]


async def test_tickets_from_before_connecting_stay_untouched(redis_url: str, tmp_path: Path) -> None:
    past = ManualClock.running(ahead=-3600)
    options = SandboxOptions(random_seed=7, clock=past)
    async with open_stage(redis_url, tmp_path, sandbox=options, connect=False) as stage:
        old = await stage.opens("Where is my order A1001?")
        past.advance(3600)
        await stage.connect()
        await stage.comments(old, SARAH_ID, "Hello? Where is A1001?")
        await stage.comments(old, DANA_ID, "I look it up.")
        await stage.changes(old, status="solved")
        await stage.comments(old, SARAH_ID, "It is unacceptable!")
        fresh = await stage.opens("Where is my order A1001?")
        await stage.bot_comments(fresh)
        await stage.quiet()
        updated = {request["path"] for request in await stage.requests("zendesk", "PUT")}

    assert all(f"tickets/{fresh}" in path for path in updated)


async def test_an_old_ticket_is_taken_when_a_human_gives_it(redis_url: str, tmp_path: Path) -> None:
    past = ManualClock.running(ahead=-3600)
    options = SandboxOptions(random_seed=7, clock=past)
    async with open_stage(redis_url, tmp_path, sandbox=options, connect=False) as stage:
        old = await stage.opens("Where is my order A1001?")
        past.advance(3600)
        await stage.connect()
        await stage.changes(old, add_tags=["frontdesk_resume"])
        await wait_until(lambda: stage.has_no_tag(old, "frontdesk_resume"))
        await stage.comments(old, SARAH_ID, "Where is my order A1001?")

        assert "A1001" in (await stage.bot_comments(old))[0]["body"]


async def test_an_answer_to_a_ticket_that_was_closed_meanwhile_goes_into_a_follow_up(stage: Stage) -> None:
    ticket_id = await stage.opens("Where is my order A1001?")
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.fails("zendesk:PUT *", "429", 1, retry_after=2)
    await stage.comments(ticket_id, SARAH_ID, "What is your refund policy?")
    await wait_until(lambda: tried(stage), what="a try")
    await stage.changes(ticket_id, status="closed")
    follow_up = (await stage.tickets(2))[1]["id"]
    answer = (await stage.bot_comments(follow_up))[0]
    await stage.quiet()
    ticket = await stage.ticket(follow_up)

    assert (await stage.ticket(ticket_id))["followup_ids"] == [follow_up]
    assert [comment["author_id"] for comment in ticket["comments"]] == [SARAH_ID, BOT_ID]
    assert "refund policy" in ticket["comments"][0]["body"]
    assert "30 days" in answer["body"]
    assert (ticket["status"], await dead_letters(stage)) == ("pending", 0)

    await stage.comments(follow_up, SARAH_ID, "And where is my order A1001?")
    assert "A1001" in (await stage.bot_comments(follow_up, 2))[1]["body"]


async def test_an_answer_to_a_ticket_that_was_merged_meanwhile_follows_it(stage: Stage) -> None:
    ticket_id = await stage.opens("Where is my order A1001?")
    other = await stage.opens("Something else", SARAH_ID, assignee_id=DANA_ID, group_id=ESCALATIONS)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.fails("zendesk:PUT *", "429", 1, retry_after=2)
    await stage.comments(ticket_id, SARAH_ID, "What is your refund policy?")
    await wait_until(lambda: tried(stage), what="a try")
    await stage.control("zendesk/merge", {"source_id": ticket_id, "target_id": other})
    draft = await wait_until(lambda: stage.comment(other, "30 days"))
    await stage.quiet()

    assert (draft["author_id"], draft["public"]) == (BOT_ID, False)
    assert (len(await stage.tickets()), await dead_letters(stage)) == (2, 0)


async def test_an_answer_to_a_ticket_that_was_deleted_meanwhile_is_dropped(stage: Stage) -> None:
    ticket_id = await stage.opens("Where is my order A1001?")
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.fails("zendesk:PUT *", "status", None, status=404, error="RecordNotFound")
    await stage.comments(ticket_id, SARAH_ID, "What is your refund policy?")
    await stage.delivered()
    await stage.settled()

    assert (len(await stage.tickets()), await dead_letters(stage)) == (1, 0)


async def tried(stage: Stage) -> bool:
    """Return whether Zendesk has refused an update for now."""
    return any(request["status"] == 429 for request in await stage.requests("zendesk", "PUT"))


async def dead_letters(stage: Stage) -> int:
    """Return how much was given up."""
    return int(await stage.engine.client.xlen(keys.DEAD))
