"""Vendors that fail: nobody is answered twice, nobody not at all, and no ticket is opened twice."""

import pytest

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, DANA_ID, SARAH, SARAH_DM, SARAH_ID, Stage

ORDER = "Where is my order A1001?"
HUMAN = "I want to speak to a human"
TICKETS = "zendesk:POST /api/v2/tickets"

SLACK = {
    "429": {"kind": "429", "retry_after": 1},
    "500": {"kind": "status", "status": 500},
    "502 page": {"kind": "html_502"},
    "lost answer": {"kind": "lost_answer"},
    "reset": {"kind": "reset"},
    "own trouble": {"kind": "slack_error", "error": "internal_error"},
    "token not taken": {"kind": "slack_error", "error": "invalid_auth"},
}


@pytest.mark.parametrize("fault", SLACK.values(), ids=SLACK.keys())
async def test_a_reply_that_slack_fails_is_posted_once(stage: Stage, fault: dict[str, object]) -> None:
    await stage.control("faults", {"rules": [{"match": "slack:chat.*", "times": 1, **fault}]})
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()
    answers = [message for message in await stage.thread(SARAH_DM, ts) if message["user"] == BOT]

    assert len(answers) == 1
    assert "A1001" in str(answers[0])


async def test_the_time_that_slack_asks_for_is_kept(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, HUMAN)
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await stage.fails("slack:chat.postMessage", "429", 1, retry_after=2)
    said_at = stage.clock.now()
    await stage.comments(ticket_id, DANA_ID, "I am on it.")
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()
    posts = await stage.requests("slack", "POST", "chat.postMessage")
    refused, taken = [float(post["answer"].get("ts", "0")) for post in posts][-2:]

    assert [post["status"] for post in posts][-2:] == [429, 200]
    assert not refused
    assert taken - said_at >= 2


ZENDESK = {
    "409": {"kind": "status", "status": 409, "error": "Conflict"},
    "429": {"kind": "429", "retry_after": 1},
    "500": {"kind": "status", "status": 500},
    "502 page": {"kind": "html_502"},
    "503": {"kind": "status", "status": 503, "retry_after": 1},
    "lost answer": {"kind": "lost_answer"},
    "reset": {"kind": "reset"},
}


@pytest.mark.parametrize("fault", ZENDESK.values(), ids=ZENDESK.keys())
async def test_a_ticket_whose_creation_fails_is_opened_once(stage: Stage, fault: dict[str, object]) -> None:
    await stage.control("faults", {"rules": [{"match": TICKETS, "times": 1, **fault}]})
    ts = await stage.writes(SARAH, SARAH_DM, HUMAN)
    answer = (await stage.answers(SARAH_DM, ts))[0]
    await stage.quiet()
    tickets = await stage.tickets()

    assert len(tickets) == 1
    assert f"#{tickets[0]['id']}" in answer
    assert [comment["public"] for comment in tickets[0]["comments"]] == [True, False]
    assert len(await stage.answers(SARAH_DM, ts)) == 1


@pytest.mark.parametrize("fault", ZENDESK.values(), ids=ZENDESK.keys())
async def test_a_comment_that_zendesk_fails_is_posted_once(stage: Stage, fault: dict[str, object]) -> None:
    await stage.control("faults", {"rules": [{"match": "zendesk:PUT *", "times": 1, **fault}]})
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    comments = (await stage.ticket(ticket_id))["comments"]

    assert len(comments) == 2
    assert "A1001" in comments[1]["body"]


async def test_zendesk_may_be_down_while_a_human_is_asked_for(stage: Stage) -> None:
    await stage.fails("zendesk:*", "status", None, status=503)
    ts = await stage.writes(SARAH, SARAH_DM, HUMAN)

    async def tried() -> bool:
        return len(await stage.requests("zendesk")) >= 2

    await wait_until(tried)
    assert await stage.thread(SARAH_DM, ts) == []
    await stage.control("faults", {})
    answer = (await stage.answers(SARAH_DM, ts))[0]
    await stage.quiet()
    tickets = await stage.tickets()

    assert len(tickets) == 1
    assert f"#{tickets[0]['id']}" in answer


async def test_a_hint_whose_ticket_cannot_be_read_is_looked_at_again(stage: Stage) -> None:
    await stage.fails("zendesk:GET /api/v2/tickets*", "429", 1, retry_after=1)
    ticket_id = await stage.opens(ORDER)

    assert "A1001" in (await stage.bot_comments(ticket_id))[0]["body"]


async def test_what_a_human_wrote_reaches_the_thread_once_although_slack_loses_the_answer(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, HUMAN)
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await stage.fails("slack:chat.postMessage", "lost_answer")
    await stage.comments(ticket_id, DANA_ID, "I am on it.")
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()

    assert len(await stage.answers(SARAH_DM, ts)) == 2


async def test_what_the_customer_wrote_reaches_the_ticket_once_although_zendesk_loses_the_answer(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, HUMAN)
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    await stage.fails("zendesk:PUT *", "lost_answer")
    await stage.writes(SARAH, SARAH_DM, "It is A1001.", thread_ts=ts)
    await wait_until(lambda: stage.comment(ticket_id, "It is A1001."))
    await stage.quiet()
    comments = (await stage.ticket(ticket_id))["comments"]

    assert [comment["author_id"] for comment in comments if "It is A1001." in comment["body"]] == [SARAH_ID]
