"""In Slack and over `/chat` a draft waits on a card or on a ticket, and nothing is said before somebody sends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bot.app.web import create_app
from bot.domain.events import Author, DraftDecided
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.store.queue.inbox import Accepted
from tests.conftest import wait_until
from tests.flow.drafts.desk import DRAFT_TAG, SEND_TAG, TRIAGE, becomes, draft_id, notes
from tests.flow.harness.in_memory import InMemoryStage
from tests.flow.harness.story import BOT, DANA, DANA_ID, MARCUS, OLEG, SARAH, SARAH_DM, SUPPORT, TEAM

ORDER = "Where is my order A1001?"


def at(ts: str) -> ConversationId:
    """Return Sarah's conversation."""
    return ConversationId.in_slack(TEAM, SARAH_DM, ts)


async def cards(story: InMemoryStage, count: int = 1) -> list[Any]:
    """Return the cards in the colleagues' channel once there are `count`."""

    async def enough() -> list[Any] | None:
        messages = (await story.state())["slack"]["messages"]
        found = [one for one in messages if one["channel"] == TRIAGE]
        return found if len(found) >= count else None

    found: list[Any] = await wait_until(enough, what=f"{count} cards")
    return found


def buttons_of(card: Any) -> dict[str, str]:
    """Return a card's buttons, each with its value."""
    return {one["action_id"]: one["value"] for block in card["blocks"] for one in block["elements"]}


async def presses(
    story: InMemoryStage,
    conversation: ConversationId,
    draft: str,
    user: str = DANA,
    action: str = "send",
    text: str = "",
) -> Accepted:
    """Somebody decides on a card, as the workspace tells the bot of it."""
    author = Author(AuthorId.in_slack(TEAM, user), story.workspace.people[user].name)
    decision = DraftDecided(
        id=f"click:{draft}:{user}:{action}:{len(text)}",
        conversation=conversation,
        author=author,
        text=text,
        at=story.clock.now(),
        surface=Origin.SLACK,
        draft=draft,
        action=action,
        channel=TRIAGE,
    )
    return await story.engine.inbox.accept(decision, joined_only=True)


async def test_without_a_channel_for_cards_it_waits_on_a_ticket_of_the_default_group(story: InMemoryStage) -> None:
    ts = await story.writes(SARAH, SARAH_DM, ORDER)
    [ticket] = await story.tickets()
    [note] = await notes(story, ticket["id"])
    await story.quiet()
    ticket = await story.ticket(ticket["id"])

    assert await story.thread(SARAH_DM, ts) == []
    assert (ticket["group_id"], ticket["status"], ticket["assignee_id"]) == (SUPPORT, "open", None)
    assert set(ticket["tags"]) == {"frontdesk", DRAFT_TAG, "frontdesk_slack"}
    assert ticket["comments"][0]["body"] == ORDER
    assert await story.owner(at(ts)) == "bot"

    await story.changes(ticket["id"], DANA_ID, add_tags=[SEND_TAG])
    [draft] = await becomes(story, at(ts), "sent")
    assert await story.answers(SARAH_DM, ts) == [draft.text]
    await story.quiet()
    assert draft.id == draft_id(note)
    assert set((await story.ticket(ticket["id"]))["tags"]) == {"frontdesk", "frontdesk_slack"}


async def test_the_next_draft_of_a_conversation_waits_on_the_same_ticket(story: InMemoryStage) -> None:
    ts = await story.writes(SARAH, SARAH_DM, ORDER)
    [ticket] = await story.tickets()
    await notes(story, ticket["id"])
    await story.writes(SARAH, SARAH_DM, "And what is your refund policy?", thread_ts=ts)
    await becomes(story, at(ts), "superseded", "open")
    shown = await notes(story, ticket["id"], 2)
    assert "And what is your refund policy?" in shown[1]["body"]
    await story.quiet()

    assert len(await story.tickets()) == 1
    assert [one["user"] for one in await story.thread(SARAH_DM, ts)] == [SARAH]


async def test_a_card_is_sent_by_a_member_of_the_channel_once(triage: InMemoryStage) -> None:
    ts = await triage.writes(SARAH, SARAH_DM, ORDER)
    [card] = await cards(triage)
    [draft] = await becomes(triage, at(ts), "open")
    assert draft.text in card["text"]
    assert buttons_of(card)["frontdesk_draft_send"] == draft.id
    assert await triage.thread(SARAH_DM, ts) == []

    await presses(triage, at(ts), draft.id, MARCUS)  # a full member who is not in that channel
    await presses(triage, at(ts), draft.id, OLEG)  # a guest
    await presses(triage, at(ts), draft.id, DANA)
    await presses(triage, at(ts), draft.id, DANA, "discard")
    await becomes(triage, at(ts), "sent")
    await triage.quiet()

    assert await triage.answers(SARAH_DM, ts) == [draft.text]
    [closed] = await cards(triage)
    assert closed["blocks"] == []
    assert "Sent as it was by Dana" in closed["text"]
    assert [user for _, user, _ in triage.workspace.whispers] == [DANA]  # the others are not in the channel
    assert (await triage.state())["zendesk"]["tickets"] == []


async def test_edited_words_are_what_the_customer_reads(triage: InMemoryStage) -> None:
    ts = await triage.writes(SARAH, SARAH_DM, ORDER)
    [draft] = await becomes(triage, at(ts), "open")
    await presses(triage, at(ts), draft.id, text="It arrives tomorrow, Sarah.")
    [sent] = await becomes(triage, at(ts), "sent_edited")

    assert await triage.answers(SARAH_DM, ts) == ["It arrives tomorrow, Sarah."]
    assert (sent.text, sent.said) == (draft.text, "It arrives tomorrow, Sarah.")
    view = await triage.engine.conversations.read(at(ts))
    assert view
    assert [entry.text for entry in view.entries if str(entry.role) == "assistant"] == ["It arrives tomorrow, Sarah."]


async def test_a_line_that_came_before_the_click_supersedes_the_draft(triage: InMemoryStage) -> None:
    ts = await triage.writes(SARAH, SARAH_DM, ORDER)
    [draft] = await becomes(triage, at(ts), "open")
    await triage.quiet()
    _, line = triage.workspace.writes(SARAH, SARAH_DM, "I mean A1002.", ts)
    await presses(triage, at(ts), draft.id)
    await triage.engine.inbox.accept(line)
    await becomes(triage, at(ts), "superseded", "open")
    await triage.quiet()

    assert [one["text"] for one in await triage.thread(SARAH_DM, ts) if one["user"] == BOT] == []


@asynccontextmanager
async def chat_of(story: InMemoryStage) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of `/chat`."""
    transport = httpx.ASGITransport(create_app(story.engine))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://frontdesk.test", headers={"Authorization": "Bearer chat-secret"}
    ) as client:
        yield client


async def test_chat_is_told_at_once_that_it_waits_and_answered_once_somebody_sends(story: InMemoryStage) -> None:
    body = {"session_id": "s1", "message": "What is your refund policy?"}
    async with chat_of(story) as chat:
        held = await chat.post("/chat", json=body, headers={"Idempotency-Key": "k1"})
        [ticket] = await story.tickets()
        await notes(story, ticket["id"])
        before = (await chat.get("/conversation/s1")).json()
        await story.changes(ticket["id"], DANA_ID, add_tags=[SEND_TAG])
        [draft] = await becomes(story, "chat:web:s1", "sent")
        answered = await chat.post("/chat", json=body, headers={"Idempotency-Key": "k1"})
        after = (await chat.get("/conversation/s1")).json()

    assert (held.status_code, held.json()) == (202, {"session_id": "s1", "status": "pending"})
    assert [one["role"] for one in before["transcript"] if one["role"] in {"user", "assistant"}] == ["user"]
    assert answered.status_code == 200
    assert answered.json()["response"] == draft.text
    assert answered.json()["chat_length"] == after["chat_length"]
    assert after["transcript"][-1]["text"] == draft.text


async def test_a_stream_ends_at_once_where_the_answer_is_a_draft(story: InMemoryStage) -> None:
    body = {"session_id": "s2", "message": "What is your refund policy?"}
    async with chat_of(story) as chat:
        answer = await chat.post("/chat", json=body, headers={"Accept": "text/event-stream"})
    assert "event: error" in answer.text
    assert '"status": "pending"' in answer.text
    assert "event: delta" not in answer.text
