"""What a draft would offer, promise or ask for becomes real once it was sent, and not a moment before."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from integrations.models.rules.given import Move
from tests.conftest import wait_until
from tests.flow.drafts.desk import DRAFT_TAG, SEND_TAG, becomes, draft_desk, notes, public_answers
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.refunds import REFUNDS
from tests.flow.harness.scripted_model import ScriptedModel
from tests.flow.harness.story import DANA_ID, ESCALATIONS, SARAH, SARAH_DM, SARAH_ID, TEAM


class Listening(ScriptedModel):
    """Keeps what it was shown."""

    shown: tuple[str, ...] = ()

    def _move(self, instructions: Any, items: Any) -> Move:
        self.shown = (*self.shown, str(items))
        return super()._move(instructions, items)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Listening:
    """A model that offers refunds."""
    scripted = Listening({**REFUNDS, "that I have not seen": ["Nothing is open here."]})
    monkeypatch.setattr("bot.app.container.create_models", lambda *_: scripted.models())
    return scripted


@pytest.fixture
async def shop(redis_url: str, tmp_path: Path, model: Listening) -> AsyncIterator[InMemoryStage]:
    """A Frontdesk that drafts what this model says."""
    assert model
    async with open_in_memory(redis_url, tmp_path, frontdesk_desk=draft_desk(tmp_path)) as stage:
        yield stage


async def refunded(story: InMemoryStage) -> int:
    """Return the cents that were given back."""
    async with story.engine.data.session() as session:
        rows = await session.execute(text("SELECT sum(refunded) FROM store_refunds"))
        return int(rows.scalar() or 0)


async def test_an_offer_in_a_draft_is_text_until_somebody_sends_it(shop: InMemoryStage) -> None:
    ticket_id = await shop.opens("please refund ord_1002")
    [note] = await notes(shop, ticket_id)
    conversation = f"zendesk:{ticket_id}"
    [draft] = await becomes(shop, conversation, "open")
    view = await shop.engine.conversations.read(conversation)
    assert view
    assert view.conversation.proposals == ()
    assert "**Would propose:**" in note["body"]
    assert draft.proposes[0] in note["body"]

    await shop.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await becomes(shop, conversation, "sent")
    view = await shop.engine.conversations.read(conversation)
    assert view
    [offer] = view.conversation.proposals
    assert (str(offer.stage), await refunded(shop)) == ("offered", 0)

    await shop.comments(ticket_id, SARAH_ID, "yes")
    await becomes(shop, conversation, "sent", "open")
    assert await refunded(shop) == 4999
    assert await public_answers(shop, ticket_id) == [draft.text]


async def test_a_yes_to_what_nobody_has_sent_is_a_yes_to_nothing(shop: InMemoryStage) -> None:
    ticket_id = await shop.opens("please refund ord_1002")
    await notes(shop, ticket_id)
    await shop.comments(ticket_id, SARAH_ID, "yes")
    await becomes(shop, f"zendesk:{ticket_id}", "superseded", "open")
    await shop.quiet()

    assert await refunded(shop) == 0


async def test_an_unsent_draft_is_not_in_the_models_history(shop: InMemoryStage, model: Listening) -> None:
    ticket_id = await shop.opens("please refund ord_1002")
    [draft] = await becomes(shop, f"zendesk:{ticket_id}", "open")
    await shop.comments(ticket_id, SARAH_ID, "thanks for the offer that I have not seen")
    await becomes(shop, f"zendesk:{ticket_id}", "superseded", "open")
    view = await shop.engine.conversations.read(f"zendesk:{ticket_id}")
    assert view

    assert [str(entry.role) for entry in view.entries if entry.text == draft.text] == []
    assert "I've asked for your yes." not in model.shown[-1]
    assert "please refund ord_1002" in model.shown[-1]


async def test_an_escalation_is_made_at_once_and_only_its_words_wait(story: InMemoryStage) -> None:
    ticket_id = await story.opens("I want to talk to a lawyer about this, I will sue you")
    [note] = await notes(story, ticket_id)
    await story.quiet()
    ticket = await story.ticket(ticket_id)
    conversation = f"zendesk:{ticket_id}"

    assert await story.owner(conversation) == "escalated"
    assert (ticket["group_id"], ticket["priority"], ticket["status"]) == (ESCALATIONS, "urgent", "open")
    assert {"frontdesk", "frontdesk_escalated", DRAFT_TAG} == set(ticket["tags"])
    assert "**Frontdesk summary**" in "\n".join(one["body"] for one in ticket["comments"])
    assert f"#{ticket_id}" in note["body"]
    assert await public_answers(story, ticket_id) == []

    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    [draft] = await becomes(story, conversation, "sent")
    await wait_until(lambda: story.has_no_tag(ticket_id, DRAFT_TAG), what="no draft is open")
    assert str(draft.kind) == "handover"
    assert await public_answers(story, ticket_id) == [draft.text]
    assert (await story.ticket(ticket_id))["status"] == "open"


async def test_a_slack_escalation_opens_its_ticket_and_waits_with_the_words(story: InMemoryStage) -> None:
    ts = await story.writes(SARAH, SARAH_DM, "I want to talk to a human")
    [ticket] = await story.tickets()
    [note] = await notes(story, ticket["id"])
    await story.quiet()

    assert await story.thread(SARAH_DM, ts) == []
    assert await story.owner(f"slack:{TEAM}:{SARAH_DM}:{ts}") == "escalated"
    assert f"#{ticket['id']}" in note["body"]
    assert len(await story.tickets()) == 1

    await story.comments(ticket["id"], DANA_ID, "Hello Sarah, how can I help?")
    await becomes(story, f"slack:{TEAM}:{SARAH_DM}:{ts}", "rewritten")
    [relayed] = [one["text"] for one in await story.thread(SARAH_DM, ts)]
    assert "Hello Sarah, how can I help?" in relayed


async def test_a_thanks_and_silence_solve_no_ticket_where_the_bot_only_drafts(story: InMemoryStage) -> None:
    ticket_id = await story.opens("Where is my order A1001?")
    await notes(story, ticket_id)
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await becomes(story, f"zendesk:{ticket_id}", "sent")
    await story.comments(ticket_id, SARAH_ID, "Thank you!")
    await story.quiet()
    await story.passes(10 * 86_400)
    await story.quiet()

    assert (await story.ticket(ticket_id))["status"] == "open"
    assert len(await public_answers(story, ticket_id)) == 1


async def test_a_line_after_the_hand_over_leaves_its_words_open(story: InMemoryStage) -> None:
    """No other draft answers that line: people have it, and what tells of them is as right as before."""
    ticket_id = await story.opens("I want to talk to a lawyer about this, I will sue you")
    await becomes(story, f"zendesk:{ticket_id}", "open")
    await story.comments(ticket_id, SARAH_ID, "And I mean it.")
    await story.quiet()
    await story.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    [draft] = await becomes(story, f"zendesk:{ticket_id}", "sent")
    assert await public_answers(story, ticket_id) == [draft.text]
