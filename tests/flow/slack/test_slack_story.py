"""A customer in Slack, from the first line to a human agent and back."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, Stage, open_stage, said
from tests.words import lacking


async def test_an_order_question_is_answered_in_its_thread_and_remembered(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        first = await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "and can I return it?", thread_ts=ts)
        both = await stage.answers(SARAH_DM, ts, 2)

    assert "A1001" in first[0]
    assert "30 days" in both[1]


async def angry(stage: Stage) -> tuple[str, str]:
    """Marcus asks for a manager; return the thread and the ticket's id."""
    ts = await stage.writes(MARCUS, MARCUS_DM, "This is unacceptable, I want a manager!")
    await stage.answers(MARCUS_DM, ts)
    return ts, str((await stage.tickets())[0]["id"])


def by_id(things: Iterable[Mapping[str, Any]], thing_id: int) -> Mapping[str, Any]:
    return next(thing for thing in things if thing["id"] == thing_id)


async def test_an_angry_customer_gets_a_ticket_and_is_told_its_number(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        ts, ticket_id = await angry(stage)
        await stage.settled()
        ticket = await stage.ticket(ticket_id)
        zendesk = (await stage.state())["zendesk"]
        answer = (await stage.answers(MARCUS_DM, ts))[0]

    words, note = ticket["comments"]
    assert (ticket["status"], ticket["priority"], ticket["assignee_id"]) == ("open", "urgent", None)
    assert set(ticket["tags"]) == {"frontdesk", "frontdesk_escalated", "frontdesk_slack"}
    assert ticket["external_id"] == f"slack:T0FRONTDSK:{MARCUS_DM}:{ts}"
    assert by_id(zendesk["groups"], ticket["group_id"])["name"] == "Support"
    assert by_id(zendesk["users"], ticket["requester_id"])["email"] == "marcus.johnson@example.com"
    assert (words["author_id"], words["public"], note["public"]) == (ticket["requester_id"], True, False)
    assert "unacceptable" in words["body"]
    assert "verified" in note["body"]
    assert lacking(answer, f"#{ticket_id}", "anything") == []


async def test_human_agent_and_customer_talk_through_thread_and_ticket(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        ts, ticket_id = await angry(stage)
        dana = await stage.agent("Dana")
        await stage.control(
            "zendesk/comment", {"ticket_id": ticket_id, "author_id": dana, "body": "only for us", "public": False}
        )
        await stage.control(
            "zendesk/comment", {"ticket_id": ticket_id, "author_id": dana, "body": "I am on it.", "public": True}
        )
        relayed = (await stage.answers(MARCUS_DM, ts, 2))[1]
        await stage.writes(MARCUS, MARCUS_DM, "Thank you, it is order A1002", thread_ts=ts)
        comment = await wait_until(lambda: stage.comment(ticket_id, "A1002"))
        await stage.settled()
        thread = await stage.thread(MARCUS_DM, ts)
        ticket = await stage.ticket(ticket_id)

    assert relayed.replace("*", "").startswith("Dana")
    assert "I am on it." in relayed
    assert comment["public"]
    assert comment["author_id"] == ticket["requester_id"]
    assert not any("only for us" in said(message) for message in thread)
    assert len([message for message in thread if message["user"] != MARCUS]) == 2


async def test_solving_the_ticket_gives_the_conversation_back(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        ts, ticket_id = await angry(stage)
        dana = await stage.agent("Dana")
        await stage.control("zendesk/update", {"ticket_id": ticket_id, "actor_id": dana, "status": "solved"})
        await wait_until(lambda: stage.has_no_tag(ticket_id, "frontdesk_escalated"))
        await stage.answers(MARCUS_DM, ts, 2)
        await stage.writes(MARCUS, MARCUS_DM, "Where is my order A1002?", thread_ts=ts)
        answers = await stage.answers(MARCUS_DM, ts, 3)

    assert "A1002" in answers[-1]


async def test_three_quick_lines_are_one_conversation_and_one_answer(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_debounce_seconds=30) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "hi")
        await stage.delivered()
        await stage.writes(SARAH, SARAH_DM, "order A1001")
        await stage.delivered()
        await stage.writes(SARAH, SARAH_DM, "it's late")
        await stage.goes_by(30)
        await stage.answers(SARAH_DM, ts)
        await stage.quiet()
        messages = (await stage.state())["slack"]["messages"]

    from_bot = [message for message in messages if message["user"] == "U0BOT"]
    assert [message["thread_ts"] for message in from_bot] == [ts]
    assert "A1001" in said(from_bot[0])
