"""What vendors' objects live through: deleted tickets, moved and archived channels, a removed app."""

import pytest

from bot.store.records.cursors import EXPORT
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, BOT_ID, DANA_ID, HELP, SARAH, SARAH_DM, TEAM, Stage
from tests.flow.harness.sides import catch_up

ORDER = "Where is my order A1001?"
MANAGER = "I want to speak to a manager"


async def test_who_waits_on_a_deleted_ticket_is_told_and_has_the_bot_again(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, MANAGER)
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await stage.answers(SARAH_DM, ts)
    first = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await stage.control("zendesk/delete", {"ticket_id": first})
    await stage.passes(120)
    await catch_up(stage.engine, EXPORT)
    line = (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()
    assert await stage.owner(conversation) == "bot"
    await stage.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)
    answer = (await stage.answers(SARAH_DM, ts, 3))[2]
    await stage.writes(SARAH, SARAH_DM, MANAGER, thread_ts=ts)
    told = (await stage.answers(SARAH_DM, ts, 4))[3]
    await stage.quiet()
    second = (await stage.tickets(2))[1]

    assert "no longer exists" in line
    assert "A1001" in answer
    assert f"#{second['id']}" in told
    assert second["external_id"] == conversation
    await stage.comments(second["id"], DANA_ID, "I have it, Sarah.")
    assert "I have it, Sarah." in (await stage.answers(SARAH_DM, ts, 5))[4]


async def test_a_deleted_ticket_of_its_own_is_over_and_nothing_is_tried_again(stage: Stage) -> None:
    ticket_id = await stage.opens(MANAGER)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.control("zendesk/delete", {"ticket_id": ticket_id})
    await stage.passes(30 * 86_400)
    await stage.quiet()
    before = len(await stage.requests("zendesk", "", f"tickets/{ticket_id}"))
    await stage.passes(30 * 86_400)
    await stage.quiet()

    assert len(await stage.requests("zendesk", "", f"tickets/{ticket_id}")) == before
    comments = (await stage.ticket(ticket_id))["comments"]
    assert len([one for one in comments if one["author_id"] == BOT_ID and one["public"]]) == 1


async def in_help(stage: Stage, text: str) -> tuple[str, str]:
    """Sarah mentions the bot in the help channel and is answered; return thread and conversation."""
    ts = await stage.writes(SARAH, HELP, f"<@{BOT}> {text}")
    await stage.answers(HELP, ts)
    await stage.quiet()
    return ts, f"slack:{TEAM}:{HELP}:{ts}"


async def test_a_channel_with_another_id_keeps_its_conversations(stage: Stage) -> None:
    ts, conversation = await in_help(stage, "please get me a human")
    if not (await stage.state())["zendesk"]["tickets"]:
        await stage.writes(SARAH, HELP, MANAGER, thread_ts=ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    said_before = len(await stage.answers(HELP, ts))
    await stage.control("slack/rename", {"channel": HELP, "new_channel": "C0SHAREDHELP"})
    await stage.quiet()
    await stage.comments(ticket_id, DANA_ID, "I have it, Sarah.")
    relayed = await stage.answers("C0SHAREDHELP", ts, said_before + 1)
    await stage.writes(SARAH, "C0SHAREDHELP", "Thank you, Dana, that is good.", thread_ts=ts)
    assert await wait_until(lambda: stage.comment(ticket_id, "Thank you, Dana"))
    await stage.changes(ticket_id, status="solved")
    await stage.owned_by(conversation, "bot")
    await stage.quiet()
    again = len(await stage.answers("C0SHAREDHELP", ts))
    await stage.writes(SARAH, "C0SHAREDHELP", ORDER, thread_ts=ts)
    answers = await stage.answers("C0SHAREDHELP", ts, again + 1)
    fresh = await stage.writes(SARAH, "C0SHAREDHELP", f"<@{BOT}> {ORDER}")
    await stage.answers("C0SHAREDHELP", fresh)
    await stage.writes(SARAH, "C0SHAREDHELP", ORDER, thread_ts=fresh)

    assert "I have it, Sarah." in relayed[-1]
    assert len(answers) == again + 1
    assert len(await stage.answers("C0SHAREDHELP", fresh, 2)) == 2
    assert not await stage.engine.conversations.exists(f"slack:{TEAM}:C0SHAREDHELP:{ts}")


async def test_an_archived_channel_is_told_to_those_who_answer_on_the_ticket(stage: Stage) -> None:
    _, other = await in_help(stage, ORDER)
    ts, conversation = await in_help(stage, MANAGER)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.control("slack/archive", {"channel": HELP})
    await stage.owned_by(other, "idle_closed")
    note = await wait_until(lambda: stage.comment(ticket_id, "cannot be reached in Slack"))
    await stage.comments(ticket_id, DANA_ID, "I have it, Sarah.")
    undelivered = await wait_until(lambda: stage.comment(ticket_id, "has not read it"))
    await stage.quiet()
    posts = len(await stage.requests("slack", "POST", "chat.postMessage"))
    await stage.passes(86_400)
    await stage.quiet()

    assert not note["public"]
    assert "archived" in note["body"]
    assert not undelivered["public"]
    assert await stage.owner(conversation) == "human"
    assert len(await stage.requests("slack", "POST", "chat.postMessage")) == posts
    assert len(await stage.answers(HELP, ts)) == 1


async def test_a_removed_app_is_told_to_operators_and_to_who_answers_and_stops_no_ticket(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.retry.BUDGET_SECONDS", 0.0)
    ts = await stage.writes(SARAH, SARAH_DM, MANAGER)
    await stage.answers(SARAH_DM, ts)
    escalated = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await stage.control("slack/uninstall", {})
    await stage.delivered()
    log = stage.log.getvalue()
    await stage.fails("slack:chat.*", "slack_error", None, error="token_revoked")
    await stage.comments(escalated, DANA_ID, "I have it, Sarah.")
    assert await wait_until(lambda: stage.comment(escalated, "has not read it"))
    ticket_id = await stage.opens(ORDER)

    assert "the app was removed from Slack workspace" in log
    assert "tokens_revoked" in log
    assert "A1001" in (await stage.bot_comments(ticket_id))[0]["body"]
