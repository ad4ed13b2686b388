"""A ticket's answers wait as notes, until a human agent sends, discards or replaces them."""

from typing import Any

import pytest

from bot.domain.audit import Deed
from bot.domain.effects import UpdateTicket
from bot.domain.errors import PermanentFailure
from bot.store.records.audit_log import Audit
from tests.conftest import wait_until
from tests.doubles.help_desk import InMemoryHelpDesk
from tests.flow.drafts.desk import (
    DISCARD_TAG,
    DRAFT_TAG,
    HEAD,
    SEND_TAG,
    becomes,
    counted,
    draft_id,
    drafts,
    notes,
    public_answers,
)
from tests.flow.harness.in_memory import InMemoryStage
from tests.flow.harness.story import DANA_ID, LEE_ID, SARAH_ID

ORDER = "Where is my order A1001?"


async def test_an_answer_is_a_note_and_nothing_else_changes(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    [note] = await notes(story, ticket_id)
    await story.quiet()
    ticket = await story.ticket(ticket_id)
    [draft] = await drafts(story, f"zendesk:{ticket_id}")

    assert await public_answers(story, ticket_id) == []
    assert note["body"].splitlines()[0] == f"Frontdesk draft {draft.id}"
    assert draft.text in note["body"]
    assert "looked up order A1001: found" in note["body"]
    assert "no rule says otherwise" in note["body"]
    assert (ticket["status"], ticket["assignee_id"]) == ("new", None)
    assert set(ticket["tags"]) == {"frontdesk", DRAFT_TAG}


async def test_the_tag_sends_it_once_as_the_bots_answer(story: InMemoryStage) -> None:
    before = counted("sent")
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    [draft] = await becomes(story, f"zendesk:{ticket_id}", "sent")
    await story.quiet()
    ticket = await story.ticket(ticket_id)

    assert await public_answers(story, ticket_id) == [draft.text]
    assert ticket["status"] == "pending"
    assert ticket["tags"] == ["frontdesk"]
    assert draft.settled_by == "Dana"
    assert counted("sent") == before + 1


async def test_whose_sending_it_was_stands_in_the_audit(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await becomes(story, f"zendesk:{ticket_id}", "sent")

    told = [
        event for event in await Audit(story.engine.client).story(f"zendesk:{ticket_id}") if event.deed is Deed.DRAFT
    ]
    assert [event.outcome for event in told] == ["drafted", "sending", "sent"]
    assert [event.details.get("by") for event in told] == [None, "Dana", "Dana"]
    assert told[1].author == f"zendesk:{DANA_ID}"


async def test_two_agents_and_three_events_publish_it_once(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await story.changes(ticket_id, LEE_ID, add_tags=[SEND_TAG])
    for _ in range(3):
        story.hear(story.account.record(str(ticket_id)))
    await becomes(story, f"zendesk:{ticket_id}", "sent")
    await story.quiet()

    assert len(await public_answers(story, ticket_id)) == 1
    assert (await story.ticket(ticket_id))["tags"] == ["frontdesk"]


async def test_a_discarded_draft_is_never_sent(story: InMemoryStage) -> None:
    before = counted("discarded")
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, add_tags=[DISCARD_TAG])
    [draft] = await becomes(story, f"zendesk:{ticket_id}", "discarded")
    await story.quiet()
    assert (await story.ticket(ticket_id))["tags"] == ["frontdesk"]

    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await wait_until(lambda: story.has_no_tag(ticket_id, SEND_TAG), what="the tag is taken off")
    await story.quiet()
    assert await public_answers(story, ticket_id) == []
    assert draft.settled_by == "Dana"
    assert counted("discarded") == before + 1


async def test_a_new_line_supersedes_it_and_the_next_one_answers_both(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.comments(ticket_id, SARAH_ID, "And what is your refund policy?")
    first, second = await becomes(story, f"zendesk:{ticket_id}", "superseded", "open")
    shown = await notes(story, ticket_id, 2)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await becomes(story, f"zendesk:{ticket_id}", "superseded", "sent")
    await story.quiet()

    assert [draft_id(note) for note in shown] == [first.id, second.id]
    assert await public_answers(story, ticket_id) == [second.text]


async def test_a_line_at_the_moment_of_sending_supersedes_it(story: InMemoryStage) -> None:
    """Both stand on the ticket before the bot looks: what was sent would be no answer to the line."""
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.quiet()
    story.account.listeners.clear()
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await story.comments(ticket_id, SARAH_ID, "It is urgent, by the way.")
    story.account.listeners.append(story.hear)
    story.hear(story.account.record(str(ticket_id)))
    await becomes(story, f"zendesk:{ticket_id}", "superseded", "open")
    await wait_until(lambda: story.has_no_tag(ticket_id, SEND_TAG), what="the tag is taken off")
    await story.quiet()

    assert await public_answers(story, ticket_id) == []
    assert DRAFT_TAG in (await story.ticket(ticket_id))["tags"]


@pytest.mark.parametrize("tag", [SEND_TAG, DISCARD_TAG])
async def test_a_tag_that_finds_no_open_draft_decides_on_none_that_is_made_later(
    story: InMemoryStage, tag: str
) -> None:
    """The tag and a new line stand on the ticket before the bot looks: nobody has read what the line leads to."""
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, add_tags=[DISCARD_TAG])
    await becomes(story, f"zendesk:{ticket_id}", "discarded")
    await story.quiet()
    story.account.listeners.clear()
    await story.changes(ticket_id, DANA_ID, add_tags=[tag])
    await story.comments(ticket_id, SARAH_ID, "It is urgent, by the way.")
    story.account.listeners.append(story.hear)
    story.hear(story.account.record(str(ticket_id)))
    await notes(story, ticket_id, 2)
    await wait_until(lambda: story.has_no_tag(ticket_id, tag), what="the tag is taken off")
    await story.quiet()

    assert [draft.stage for draft in await drafts(story, f"zendesk:{ticket_id}")] == ["discarded", "open"]
    assert await public_answers(story, ticket_id) == []


async def test_a_humans_own_answer_closes_it_and_is_compared(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    [draft] = await becomes(story, f"zendesk:{ticket_id}", "open")
    await story.comments(ticket_id, DANA_ID, f"Hi Sarah,\n\n{draft.text}\n\nBest regards\nDana")
    [used] = await becomes(story, f"zendesk:{ticket_id}", "used")
    await story.quiet()

    assert used.settled_by == "Dana"
    assert DRAFT_TAG not in (await story.ticket(ticket_id))["tags"]
    assert await story.owner(f"zendesk:{ticket_id}") == "human"


async def test_nobody_drafts_against_a_human_in_charge(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, assignee_id=DANA_ID)
    await story.owned_by(f"zendesk:{ticket_id}", "human")
    await story.comments(ticket_id, SARAH_ID, "Are you there?")
    await becomes(story, f"zendesk:{ticket_id}", "superseded")
    await story.quiet()

    assert len(await notes(story, ticket_id)) == 1
    assert await public_answers(story, ticket_id) == []


async def test_solving_without_a_word_ignores_it(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, status="solved")
    await becomes(story, f"zendesk:{ticket_id}", "ignored")
    await wait_until(lambda: story.has_no_tag(ticket_id, DRAFT_TAG), what="the tag is taken off")


async def test_a_week_without_a_decision_ignores_it(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.passes(7 * 86_400 + 60)
    await becomes(story, f"zendesk:{ticket_id}", "ignored")
    await wait_until(lambda: story.has_no_tag(ticket_id, DRAFT_TAG), what="the tag is taken off")
    assert await public_answers(story, ticket_id) == []


async def test_a_comment_between_the_look_and_the_publication_supersedes_it(
    story: InMemoryStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The help desk refuses what was decided on an older ticket; what it says then is read, and wins."""
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.quiet()
    update = InMemoryHelpDesk.update
    written: list[str] = []

    async def overtaken(desk: InMemoryHelpDesk, number: str, effect: UpdateTicket, *rest: Any) -> Any:
        if effect.public and not written:
            written.append(effect.id)
            await story.comments(ticket_id, SARAH_ID, "It is urgent, by the way.")
        return await update(desk, number, effect, *rest)

    monkeypatch.setattr(InMemoryHelpDesk, "update", overtaken)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await becomes(story, f"zendesk:{ticket_id}", "superseded", "open")
    await story.quiet()
    view = await story.engine.conversations.read(f"zendesk:{ticket_id}")
    assert view

    assert written
    assert await public_answers(story, ticket_id) == []
    assert [entry for entry in view.entries if str(entry.role) == "assistant"] == []


async def test_a_draft_that_could_not_be_sent_is_open_again(story: InMemoryStage) -> None:
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.quiet()
    story.account.failures.refuse("update", PermanentFailure("a field is required", "RecordInvalid"), times=2)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await wait_until(lambda: story.comment(ticket_id, "Not sent"), what="people hear of it")
    [draft] = await becomes(story, f"zendesk:{ticket_id}", "open")
    await wait_until(lambda: story.has_no_tag(ticket_id, SEND_TAG), what="the tag is taken off")
    await story.quiet()
    assert await public_answers(story, ticket_id) == []
    assert DRAFT_TAG in (await story.ticket(ticket_id))["tags"]

    await story.changes(ticket_id, LEE_ID, add_tags=[SEND_TAG])
    await becomes(story, f"zendesk:{ticket_id}", "sent")
    assert await public_answers(story, ticket_id) == [draft.text]


@pytest.mark.parametrize("who", [DANA_ID, SARAH_ID])
async def test_what_was_overtaken_while_it_was_written_is_shown_to_nobody(
    story: InMemoryStage, monkeypatch: pytest.MonkeyPatch, who: int
) -> None:
    update = InMemoryHelpDesk.update
    written: list[int] = []

    async def overtaken(desk: InMemoryHelpDesk, number: str, effect: UpdateTicket, *rest: Any) -> Any:
        if effect.comment.startswith(HEAD) and not written:
            written.append(who)
            await story.comments(int(number), who, "One more thing: I see to it myself.")
        return await update(desk, number, effect, *rest)

    monkeypatch.setattr(InMemoryHelpDesk, "update", overtaken)
    ticket_id = await story.opens(ORDER)
    await becomes(story, f"zendesk:{ticket_id}", "superseded", *(["open"] if who == SARAH_ID else []))
    await story.quiet()
    shown = [one for one in (await story.ticket(ticket_id))["comments"] if one["body"].startswith(HEAD)]

    assert len(shown) == (who == SARAH_ID)
    assert (DRAFT_TAG in (await story.ticket(ticket_id))["tags"]) is (who == SARAH_ID)
    assert await public_answers(story, ticket_id) == []
