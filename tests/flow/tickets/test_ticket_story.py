"""A conversation that began as a Zendesk ticket, from the first answer to a human agent and back."""

from typing import Any

import pytest

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BILLING, BOT_ID, DANA_ID, MARCUS_ID, SARAH_ID, SUPPORT, TECHNICAL, Stage
from tests.flow.harness.story import Story
from tests.words import lacking

ORDER = "Where is my order A1001?"
ANGRY = "This is unacceptable, I want a manager!"


async def spoken(stage: Stage, ticket_id: int) -> list[tuple[int, bool]]:
    """Return who wrote on the ticket, and whether publicly."""
    return [(comment["author_id"], comment["public"]) for comment in (await stage.ticket(ticket_id))["comments"]]


async def writes_to(stage: Stage, ticket_id: int) -> list[Any]:
    """Return the bodies of the bot's updates of a ticket."""
    requests = await stage.requests("zendesk", "PUT", f"tickets/{ticket_id}")
    return [request["body"]["ticket"] for request in requests]


async def handed_over(stage: Story) -> int:
    """Marcus asks for a manager on a ticket; return its id once he was told."""
    ticket_id = await stage.opens(ANGRY, MARCUS_ID)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    return ticket_id


@pytest.mark.parametrize("style", ["native", "trigger", "both"])
async def test_a_ticket_is_answered_once_whichever_webhooks_arrive(stage: Stage, style: str) -> None:
    await stage.control("config", {"zendesk_webhook_style": style})

    ticket_id = await stage.opens(ORDER)
    answer = (await stage.bot_comments(ticket_id))[0]
    await stage.quiet()

    ticket = await stage.ticket(ticket_id)
    assert "A1001" in answer["body"]
    assert await spoken(stage, ticket_id) == [(SARAH_ID, True), (BOT_ID, True)]
    assert (ticket["status"], ticket["assignee_id"], ticket["tags"]) == ("pending", None, ["frontdesk"])


async def test_a_follow_up_is_understood_from_memory(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, SARAH_ID, "and can I return it?")
    answers = await story.bot_comments(ticket_id, 2)
    await story.quiet()

    assert "30 days" in answers[1]["body"]
    assert (await story.ticket(ticket_id))["status"] == "pending"


async def test_a_plain_thanks_solves_the_ticket_without_another_answer(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, SARAH_ID, "Thanks a lot!")

    async def solved() -> bool:
        return bool((await story.ticket(ticket_id))["status"] == "solved")

    await wait_until(solved)
    await story.quiet()
    assert len(await story.bot_comments(ticket_id)) == 1


async def test_whoever_writes_again_after_the_thanks_is_answered_again(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, SARAH_ID, "Thanks a lot!")
    await story.quiet()
    await story.comments(ticket_id, SARAH_ID, "Can I return it?")

    assert "30 days" in (await story.bot_comments(ticket_id, 2))[1]["body"]
    await story.quiet()
    assert (await story.ticket(ticket_id))["status"] == "pending"


async def test_one_update_hands_the_ticket_over_and_the_customer_is_told_the_promise(stage: Stage) -> None:
    ticket_id = await handed_over(stage)

    handing_over, telling = await writes_to(stage, ticket_id)
    ticket = await stage.ticket(ticket_id)
    words = ticket["comments"][-1]
    assert await spoken(stage, ticket_id) == [(MARCUS_ID, True), (BOT_ID, False), (BOT_ID, True)]
    fields = {name: handing_over.get(name, "") for name in ("group_id", "priority", "status", "assignee_id")}
    assert fields == {"group_id": SUPPORT, "priority": "urgent", "status": "open", "assignee_id": None}
    assert set(handing_over["additional_tags"]) == {"frontdesk", "frontdesk_escalated"}
    assert (handing_over["comment"]["public"], telling["comment"]["public"]) == (False, True)
    assert (handing_over["safe_update"], telling["safe_update"]) == (True, True)
    assert (ticket["status"], ticket["priority"], ticket["group_id"]) == ("open", "urgent", SUPPORT)
    assert lacking(words["body"], f"#{ticket_id}", "A colleague will answer you", "anything you'd like to add") == []
    assert [other["id"] for other in await stage.tickets()] == [ticket_id]


async def test_the_note_tells_a_human_what_they_need(story: Story) -> None:
    ticket_id = await story.opens("Can I return order A1001?")
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, SARAH_ID, "I want to speak to a human about A1001")
    await story.bot_comments(ticket_id, 2)
    note = next(c for c in (await story.ticket(ticket_id))["comments"] if not c["public"])["body"]

    for part in (
        "Issue",
        "Confirmed facts",
        "Tried so far",
        "Sources",
        "Reason",
        "Suggested next step",
        "Conversation",
    ):
        assert part in note
    assert "Sarah Chen (verified, pro plan)" in note
    assert "looked up order A1001: found" in note
    assert "status shipped" in note
    assert "lookup_order" not in note


async def test_a_humans_comment_silences_the_bot(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, DANA_ID, "I look after this myself.")
    await story.owned_by(f"zendesk:{ticket_id}", "human")
    await story.comments(ticket_id, SARAH_ID, ORDER)
    await story.quiet()

    assert len(await story.bot_comments(ticket_id)) == 1


async def test_an_internal_note_or_the_bots_own_assignment_silences_nobody(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, DANA_ID, "She is a good customer.", public=False)
    await story.changes(ticket_id, assignee_id=BOT_ID)
    await story.quiet()
    assert await story.owner(f"zendesk:{ticket_id}") == "bot"
    await story.comments(ticket_id, SARAH_ID, "and can I return it?")

    assert "30 days" in (await story.bot_comments(ticket_id, 2))[1]["body"]


@pytest.mark.parametrize("way", [{"status": "solved"}, {"add_tags": ["frontdesk_resume"]}])
async def test_what_a_human_gives_back_is_answered_again_although_still_assigned_to_them(
    story: Story, way: dict[str, Any]
) -> None:
    ticket_id = await handed_over(story)
    await story.changes(ticket_id, assignee_id=DANA_ID)
    await story.comments(ticket_id, DANA_ID, "Done.")
    await story.owned_by(f"zendesk:{ticket_id}", "human")
    await story.changes(ticket_id, **way)
    await story.owned_by(f"zendesk:{ticket_id}", "bot")
    await story.quiet()
    assert set((await story.ticket(ticket_id))["tags"]) == {"frontdesk"}

    await story.comments(ticket_id, MARCUS_ID, "Where is my order A1002?")
    answers = await story.bot_comments(ticket_id, 2)

    assert "A1002" in answers[1]["body"]


async def test_a_ticket_that_is_switched_off_comes_back_to_the_owner_before(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    conversation = f"zendesk:{ticket_id}"
    await story.bot_comments(ticket_id)
    await story.changes(ticket_id, add_tags=["frontdesk_off"])
    await story.owned_by(conversation, "off")
    await story.comments(ticket_id, SARAH_ID, "Hello? Where is A1001?")
    await story.quiet()
    assert len(await story.bot_comments(ticket_id)) == 1
    await story.changes(ticket_id, remove_tags=["frontdesk_off"])
    await story.owned_by(conversation, "bot")
    await story.comments(ticket_id, SARAH_ID, "and can I return it?")

    assert len(await story.bot_comments(ticket_id, 2)) == 2


async def test_switching_off_and_on_leaves_a_humans_ticket_with_them(story: Story) -> None:
    ticket_id = await handed_over(story)
    conversation = f"zendesk:{ticket_id}"
    await story.changes(ticket_id, add_tags=["frontdesk_off"])
    await story.owned_by(conversation, "off")
    await story.changes(ticket_id, remove_tags=["frontdesk_off"])
    await story.owned_by(conversation, "escalated")


async def test_the_next_group_waits_for_a_human_again(story: Story) -> None:
    ticket_id = await handed_over(story)
    conversation = f"zendesk:{ticket_id}"
    await story.changes(ticket_id, assignee_id=DANA_ID)
    await story.owned_by(conversation, "human")
    await story.changes(ticket_id, assignee_id=None)
    await story.owned_by(conversation, "escalated")
    await story.comments(ticket_id, DANA_ID, "Let me ask our technicians.")
    await story.owned_by(conversation, "human")
    await story.changes(ticket_id, group_id=TECHNICAL)
    await story.owned_by(conversation, "escalated")


async def test_the_bots_own_comments_lead_to_nothing(stage: Stage) -> None:
    ticket_id = await handed_over(stage)
    before = len(await stage.requests("zendesk", "PUT"))
    for _ in range(2):
        await stage.quiet()

    assert len(await stage.requests("zendesk", "PUT")) == before
    assert await stage.owner(f"zendesk:{ticket_id}") == "escalated"


async def test_a_ticket_in_no_group_is_answered_too(stage: Stage) -> None:
    ticket_id = await stage.opens(ORDER, group_id=None)

    assert "A1001" in (await stage.bot_comments(ticket_id))[0]["body"]


async def test_another_person_on_the_ticket_gets_no_data_of_the_requester(story: Story) -> None:
    ticket_id = await story.opens("What is your return policy?")
    await story.bot_comments(ticket_id)
    await story.comments(ticket_id, MARCUS_ID, "Where is my order A1002?")
    answer = (await story.bot_comments(ticket_id, 2))[1]["body"]

    assert "expected" not in answer
    assert "120.00" not in answer


async def test_mail_that_zendesk_doubts_gets_no_personal_data(story: Story) -> None:
    ticket_id = await story.opens(ORDER, trusted=False)
    answer = (await story.bot_comments(ticket_id))[0]["body"]

    assert "tracking" not in answer
    assert "89.00" not in answer


UNTOUCHED = {
    "assigned": {"assignee_id": DANA_ID},
    "by an agent": {"submitter_id": DANA_ID},
    "other group": {"group_id": BILLING},
    "messaging": {"via_channel": "native_messaging"},
    "chat": {"via_channel": "chat"},
    "voice": {"via_channel": "voice"},
}


@pytest.mark.parametrize("fields", UNTOUCHED.values(), ids=UNTOUCHED.keys())
async def test_what_is_not_ours_stays_untouched(stage: Stage, fields: dict[str, Any]) -> None:
    ticket_id = await stage.opens(ORDER, **fields)
    await stage.quiet()
    await stage.comments(ticket_id, SARAH_ID, "Hello? This is unacceptable!")
    await stage.comments(ticket_id, DANA_ID, "Yes?", public=False)
    await stage.changes(ticket_id, priority="low")
    await stage.changes(ticket_id, assignee_id=DANA_ID)
    await stage.changes(ticket_id, status="solved")
    await stage.comments(ticket_id, SARAH_ID, "Is anybody there?")
    await stage.quiet()

    assert await stage.requests("zendesk", "PUT") == []
    assert await stage.requests("zendesk", "POST", "tickets") == []
