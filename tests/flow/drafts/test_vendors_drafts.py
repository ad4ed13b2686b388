"""The same against the vendors' own interfaces: what a note looks like there, and the tags that setup's macros set."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integrations.zendesk.setup.wanted import pieces
from tests.conftest import wait_until
from tests.flow.drafts.desk import DISCARD_TAG, DRAFT_TAG, SEND_TAG, becomes, draft_desk, notes, public_answers
from tests.flow.harness.frontdesk import BOT, DANA, DANA_ID, LEE_ID, SARAH, SARAH_DM, TEAM, Stage, open_stage, said

TRIAGE = "C0TRIAGE"


@pytest.fixture
async def stage(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A Frontdesk between the simulated vendors that drafts."""
    desk = draft_desk(tmp_path)
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk, frontdesk_triage_channel=TRIAGE) as stage:
        yield stage


def test_the_macros_and_the_view_that_setup_makes_know_these_tags() -> None:
    made = {piece.key: str(piece.fields) for piece in pieces("https://desk.example.com", ())}
    assert SEND_TAG in made["send"]
    assert DISCARD_TAG in made["discard"]
    assert DRAFT_TAG in made["drafts"]


async def test_a_ticket_is_drafted_on_and_sent_by_two_agents_at_once(stage: Stage) -> None:
    ticket_id = await stage.opens("Where is my order A1001?")
    [note] = await notes(stage, ticket_id)
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)
    [draft] = await becomes(stage, f"zendesk:{ticket_id}", "open")
    assert note["body"].splitlines()[0] == f"Frontdesk draft {draft.id}"
    assert draft.text in note["body"]
    assert ticket["status"] == "new"
    assert {"frontdesk", DRAFT_TAG} <= set(ticket["tags"])

    await stage.changes(ticket_id, DANA_ID, add_tags=[SEND_TAG])
    await stage.changes(ticket_id, LEE_ID, add_tags=[SEND_TAG])
    await becomes(stage, f"zendesk:{ticket_id}", "sent")
    await wait_until(lambda: stage.has_no_tag(ticket_id, DRAFT_TAG), what="no draft is open")
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert await public_answers(stage, ticket_id) == [draft.text]
    assert ticket["status"] == "pending"
    assert not {SEND_TAG, DRAFT_TAG} & set(ticket["tags"])


async def test_a_thread_sees_no_status_no_sign_and_no_word_before_the_card_is_sent(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    [draft] = await becomes(stage, conversation, "open")
    await stage.quiet()
    asked = [request["path"].rpartition("/")[2] for request in await stage.requests("slack", "POST")]
    assert not {"assistant.threads.setStatus", "agents.sessions.setStatus", "chat.startStream"} & set(asked)
    assert await stage.thread(SARAH_DM, ts) == []
    [card] = [one for one in (await stage.state())["slack"]["messages"] if one["channel"] == TRIAGE]
    assert card["user"] == BOT

    click = {"user": DANA, "channel": TRIAGE, "ts": card["ts"], "action_id": "frontdesk_draft_send", "value": draft.id}
    for _ in range(2):
        await stage.control("slack/click", click)
    await becomes(stage, conversation, "sent")
    await stage.quiet()
    assert [said(one) for one in await stage.thread(SARAH_DM, ts)] == [draft.text]
