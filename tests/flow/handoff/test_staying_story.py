"""After the session days: what people own is all there, and an old ticket's comments are not told a second time."""

from typing import Any

import pytest

from bot.store import keys
from tests.flow.harness.frontdesk import BOT, DANA_ID, SARAH, SARAH_DM, SARAH_ID, TEAM
from tests.flow.harness.story import Story

ORDER = "Where is my order A1001?"


async def session_days_pass(stage: Story, conversation: str) -> None:
    """Every key of the conversation that has an expiry expires."""
    await stage.quiet()
    client = stage.engine.client
    pattern = keys.of_conversation(conversation, "*")
    for key in [key async for key in client.scan_iter(match=pattern)]:
        if await client.ttl(key) != -1:
            await client.delete(key)


async def handed_over(stage: Story) -> tuple[str, str, int]:
    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a manager")
    await stage.answers(SARAH_DM, ts)
    ticket = int((await stage.tickets())[0]["id"])
    return ts, f"slack:{TEAM}:{SARAH_DM}:{ts}", ticket


async def test_a_line_reaches_the_ticket_and_no_comment_comes_twice_while_people_own_it(story: Story) -> None:
    ts, conversation, ticket = await handed_over(story)
    await story.comments(ticket, DANA_ID, "I am looking into it.")
    await story.answers(SARAH_DM, ts, 2)
    await session_days_pass(story, conversation)

    await story.changes(ticket, priority="urgent")
    await story.quiet()
    assert len(await story.answers(SARAH_DM, ts)) == 2
    await story.writes(SARAH, SARAH_DM, "Any news of it?", ts)
    await story.quiet()
    assert (await story.comment(ticket, "Any news of it?"))["public"]
    assert len(await story.answers(SARAH_DM, ts)) == 2


@pytest.mark.parametrize("fields", [{"priority": "high"}, {"add_tags": ["vip"]}])
async def test_a_ticket_that_was_given_back_tells_nothing_twice(story: Story, fields: dict[str, Any]) -> None:
    ts, conversation, ticket = await handed_over(story)
    await story.comments(ticket, DANA_ID, "It is on its way.")
    await story.answers(SARAH_DM, ts, 2)
    await story.changes(ticket, status="solved")
    await story.owned_by(conversation, "bot")
    await session_days_pass(story, conversation)
    before = await story.thread(SARAH_DM, ts)

    await story.changes(ticket, **fields)
    await story.quiet()
    assert await story.thread(SARAH_DM, ts) == before
    await story.comments(ticket, DANA_ID, "One more thing.")
    told = await story.answers(SARAH_DM, ts, len([one for one in before if one["user"] == BOT]) + 1)
    assert "One more thing." in told[-1]


async def test_a_ticket_s_old_questions_are_not_answered_a_second_time(story: Story) -> None:
    ticket = await story.opens(ORDER)
    await story.bot_comments(ticket)
    await session_days_pass(story, f"zendesk:{ticket}")

    await story.changes(ticket, priority="high")
    await story.quiet()
    assert len(await story.bot_comments(ticket)) == 1
    await story.comments(ticket, SARAH_ID, "And when does it arrive?")
    await story.bot_comments(ticket, 2)
    await story.quiet()
    assert len(await story.bot_comments(ticket)) == 2
