"""Machines write mail too: nobody answers them, nothing moves, and who only speaks of machines is answered."""

from tests.flow.harness.frontdesk import DANA_ID, MARCUS_ID, SARAH, SARAH_DM, SARAH_ID, TEAM, Stage
from tests.flow.harness.story import Story
from tests.machine_mail import MACHINES, PEOPLE

ORDER = "Where is my order A1001?"
QUESTION = "Hello, how long does standard shipping take?"
IN_STORY = {"absent en", "absent de", "absent fr, plain", "desk en", "desk es", "notice de"}
CALL = (
    "Call from: +1 555 0100\nTime of call: November 24, 2026\nAnswered by: Dana Human\nLength of phone call: 3 minutes"
)


async def seen(stage: Story, ticket_id: int) -> tuple[str, int | None, str, int]:
    """Return what must not move on a ticket: status, assignee, owner, and how often the bot has spoken."""
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)
    spoken = sum(comment["author_id"] == 1001 for comment in ticket["comments"])
    return ticket["status"], ticket["assignee_id"], await stage.owner(f"zendesk:{ticket_id}"), spoken


async def test_no_machine_is_answered_on_a_ticket(stage: Stage) -> None:
    await stage.takes_all()
    texts = [text for case, (subject, text) in MACHINES.items() if case in IN_STORY and not subject]  # no first mails
    tickets = [await opened_and_answered(stage) for _ in texts]
    before = [await seen(stage, ticket_id) for ticket_id in tickets]
    for ticket_id, text in zip(tickets, texts, strict=True):
        await stage.comments(ticket_id, SARAH_ID, text)
    await stage.quiet()

    for ticket_id, text, (_, *unmoved) in zip(tickets, texts, before, strict=True):
        _, *after = await seen(stage, ticket_id)
        assert (after, text) == (unmoved, text)
        assert await last_entry(stage, ticket_id) == (text, "machine", ())


async def opened_and_answered(stage: Stage) -> int:
    """Return the id of a ticket that the bot has answered."""
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    return ticket_id


async def last_entry(stage: Stage, ticket_id: int) -> tuple[object, ...]:
    """Return the words that the ticket's conversation remembers last, whose they are, and what a model read of them."""
    view = await stage.engine.conversations.read(f"zendesk:{ticket_id}")
    assert view is not None
    entry = view.entries[-1]
    return entry.text, entry.agent, entry.items


async def test_no_ticket_of_a_machine_is_answered(stage: Stage) -> None:
    await stage.takes_all()
    senders = {
        "bounce en": "mailer-daemon@googlemail.example",
        "notice en": "no-reply@parcel.example",
        "absent de, by subject": "lee@example.org",
        "absent it": "rossi@example.org",
        "desk de": "support@globex.example",
    }
    tickets = [
        await stage.opens(
            MACHINES[case][1], requester={"email": sender, "name": "x"}, subject=MACHINES[case][0] or "Hi"
        )
        for case, sender in senders.items()
    ]
    for ticket_id in tickets:
        status, assignee, _, spoken = await seen(stage, ticket_id)
        assert (status, assignee, spoken) == ("new", None, 0)
        assert (await stage.ticket(ticket_id))["tags"] == []


async def test_who_only_speaks_of_machines_is_answered(story: Story) -> None:
    await story.takes_all()
    cases = [
        text for subject, text in PEOPLE.values() if text and not subject and text != "Thank you for your message."
    ]
    tickets = [await story.opens(text) for text in cases]
    for ticket_id in tickets:
        assert await story.bot_comments(ticket_id)


async def test_the_log_of_a_call_is_no_question_and_no_takeover(stage: Stage) -> None:
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    before = await seen(stage, ticket_id)
    await stage.comments(ticket_id, SARAH_ID, CALL, type="VoiceComment", via_channel="voice")
    await stage.comments(ticket_id, SARAH_ID, CALL, via_channel="voice")
    await stage.comments(ticket_id, DANA_ID, CALL, type="TpeVoiceComment")
    assert (await seen(stage, ticket_id))[1:] == before[1:]


async def test_what_zendesk_marks_is_kept_and_never_answered(stage: Stage) -> None:
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    before = await seen(stage, ticket_id)
    await stage.comments(ticket_id, SARAH_ID, "Away. Where is it?", flags=[4])
    assert (await seen(stage, ticket_id))[1:] == before[1:]


async def test_a_customer_is_answered_over_their_own_answering_machine(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.quiet()
    await story.comments(ticket_id, SARAH_ID, MACHINES["absent en"][1])
    await story.comments(ticket_id, SARAH_ID, "And how long does express shipping take?")
    assert "12.99" in (await story.bot_comments(ticket_id, 2))[1]["body"]


async def test_a_machine_does_not_wake_a_closed_conversation_nor_speak_to_people(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "I want to talk to a human")
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await stage.owned_by(conversation, "escalated")
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    said = len(await stage.thread(SARAH_DM, ts))
    await stage.comments(ticket_id, SARAH_ID, MACHINES["absent en"][1])
    await stage.comments(ticket_id, DANA_ID, "Away.", flags=[4])
    await stage.quiet()

    assert await stage.owner(conversation) == "escalated"
    assert len(await stage.thread(SARAH_DM, ts)) == said


async def test_the_thanks_of_somebody_in_copy_solves_nothing(story: Story) -> None:
    ticket_id = await story.opens(ORDER)
    await story.bot_comments(ticket_id)
    await story.quiet()
    await story.comments(ticket_id, MARCUS_ID, "Thank you!")
    assert await seen(story, ticket_id) == ("open", None, "bot", 1)
    await story.comments(ticket_id, SARAH_ID, "Thank you!")
    assert (await seen(story, ticket_id))[0] == "solved"


async def test_a_ticket_born_with_the_resume_tag_is_answered(stage: Stage) -> None:
    ticket_id = await stage.opens(QUESTION, tags=["frontdesk_resume"])
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    assert "frontdesk_resume" not in (await stage.ticket(ticket_id))["tags"]


async def test_a_tag_of_the_ticket_before_goes_with_the_first_answer(stage: Stage) -> None:
    ticket_id = await stage.opens(QUESTION, tags=["frontdesk", "frontdesk_escalated", "vip"])
    await stage.bot_comments(ticket_id)
    assert set((await stage.ticket(ticket_id))["tags"]) == {"frontdesk", "vip"}


async def test_an_escalation_keeps_its_tag_when_the_customer_is_told(stage: Stage) -> None:
    ticket_id = await stage.opens("I want to talk to a human", tags=["frontdesk", "frontdesk_escalated"])
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    assert "frontdesk_escalated" in (await stage.ticket(ticket_id))["tags"]


async def test_two_desks_end_after_one_word_each(stage: Stage) -> None:
    ticket_id = await stage.opens(ORDER, requester={"email": "support@globex.example", "name": "Globex"})
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    author = (await stage.ticket(ticket_id))["requester_id"]
    for number in range(3):
        await stage.comments(ticket_id, author, MACHINES["desk en"][1].replace("88231", f"8823{number}"))
        await stage.quiet()
    assert len(await stage.bot_comments(ticket_id)) == 1
