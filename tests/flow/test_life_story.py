"""What vendors' objects live through: deleted tickets, moved and archived channels, a removed app."""

from bot.repair import reconciler_of
from tests.flow.stage import BOT_ID, DANA_ID, SARAH, SARAH_DM, TEAM, Stage

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
    await (await reconciler_of(stage.engine)).tickets()
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
