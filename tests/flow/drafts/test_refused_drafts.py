"""Each sending counts once: a refused one is no answer to find, and its tag decides on no later draft."""

from typing import Any

import pytest

from bot.domain.effects import UpdateTicket
from bot.domain.errors import UnknownOutcome
from tests.conftest import wait_until
from tests.doubles.help_desk import InMemoryHelpDesk
from tests.flow.drafts.desk import DISCARD_TAG, SEND_TAG, becomes, notes, public_answers
from tests.flow.harness.in_memory import InMemoryStage
from tests.flow.harness.story import DANA_ID, LEE_ID, SARAH, SARAH_DM, TEAM

ORDER = "Where is my order A1001?"


async def test_the_note_of_a_sending_that_was_refused_is_no_answer_to_find(
    story: InMemoryStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first sending meets a colleague who took the ticket, the second one a vendor who does not say if it came."""
    ticket_id = await story.opens(ORDER)
    await notes(story, ticket_id)
    await story.quiet()
    update = InMemoryHelpDesk.update
    sendings: list[str] = []

    async def meddled(desk: InMemoryHelpDesk, number: str, effect: UpdateTicket, *rest: Any) -> Any:
        if effect.public and effect.id.startswith("draft:"):
            sendings.append(effect.id)
            if len(sendings) == 1:
                await story.changes(ticket_id, LEE_ID, assignee_id=LEE_ID)
            if len(sendings) == 2:
                raise UnknownOutcome("timeout")
        return await update(desk, number, effect, *rest)

    monkeypatch.setattr(InMemoryHelpDesk, "update", meddled)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await wait_until(lambda: story.comment(ticket_id, "Draft, not sent"), what="the note")
    await wait_until(lambda: story.has_no_tag(ticket_id, SEND_TAG), what="the tag is taken off")
    await story.quiet()
    await story.changes(ticket_id, LEE_ID, add_tags=[SEND_TAG])
    [draft] = await becomes(story, f"zendesk:{ticket_id}", "sent")
    await story.quiet()

    assert await public_answers(story, ticket_id) == [draft.text]


@pytest.mark.parametrize(("tag", "stage"), [(SEND_TAG, "sent"), (DISCARD_TAG, "discarded")])
async def test_a_tag_that_decides_on_a_card_does_not_stay(triage: InMemoryStage, tag: str, stage: str) -> None:
    ts = await triage.writes(SARAH, SARAH_DM, "I want to talk to a human")
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await becomes(triage, conversation, "open")
    [ticket] = await triage.tickets()
    await triage.quiet()
    await triage.changes(ticket["id"], DANA_ID, add_tags=[tag])
    await becomes(triage, conversation, stage)
    await wait_until(lambda: triage.has_no_tag(ticket["id"], tag), what="the tag is taken off")
