"""Who is not vouched for proves who they are by a one-time code, or is told nothing personal."""

import re
from pathlib import Path

import pytest

from tests.flow.desk.test_dial_story import desk_with
from tests.flow.harness.frontdesk import BOT, BOT_ID, ERIN, OLEG, SARAH_ID, SHARED
from tests.flow.harness.mail_server import mailboxes
from tests.flow.harness.refunds import RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, call

SARAHS = "sarah.chen@example.com"
QUESTION = "where is my order A1001?"
TRACKING = "1Z999AA10123456784"
LOOK_UP: Script = {
    "where is my order": [
        call("transfer_to_orders"),
        call("lookup_order", order_id="A1001"),
        f"It has the tracking number {TRACKING}.",
    ],
}


async def dm_of(till: RefundHarness, user: str) -> str:
    token = till.stage.engine.settings.slack_bot_token.get_secret_value()
    answer = await till.stage.http.post(
        f"{till.stage.page}/slack/api/conversations.open",
        json={"users": user},
        headers={"Authorization": f"Bearer {token}"},
    )
    return str(answer.json()["channel"]["id"])


async def test_a_guest_proves_by_a_mailed_code_whose_account_it_is_and_is_then_answered(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mailboxes() as post:
        mail = {"frontdesk_smtp_url": post.url, "frontdesk_mail_from": "Acme <frontdesk@acme.example>"}
        async with open_refunds(redis_url, tmp_path, monkeypatch, LOOK_UP, **mail) as till:
            await till.stage.takes_all()
            dm = await dm_of(till, OLEG)
            ts = await till.asks(OLEG, dm, QUESTION)
            asked = await till.last(dm, ts)
            await till.asks(OLEG, dm, f"it is {SARAHS}", ts)
            told = await till.last(dm, ts)
            code = post.codes(SARAHS)[-1]
            await till.asks(OLEG, dm, f"the code is {code}", ts)
            answer = await till.last(dm, ts)
            view = await till.stage.engine.conversations.read(f"slack:T0FRONTDSK:{dm}:{ts}")
            log = till.stage.log.getvalue()

    assert "e-mail address of your account" in asked
    assert TRACKING not in asked
    assert TRACKING in answer
    assert "If that is the address of an account" in told
    assert [letter["To"] for letter in post.letters] == [SARAHS]
    assert view is not None
    assert code not in "".join(entry.dump() for entry in view.entries if entry.author.endswith(OLEG))
    assert code not in log


@pytest.mark.parametrize(("plan", "is_said"), [("pro", False), ("enterprise", True)])
async def test_the_plan_of_who_has_just_proven_themselves_decides_what_is_said(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: str, is_said: bool
) -> None:
    desk = str(desk_with(tmp_path / "desk", {"plan": plan, "mode": "silent"}))
    async with open_refunds(redis_url, tmp_path, monkeypatch, LOOK_UP, frontdesk_desk=desk) as till:
        dm = await dm_of(till, OLEG)
        ts = await till.asks(OLEG, dm, f"{QUESTION} I am {SARAHS}")
        [ticket] = await till.stage.tickets()
        [code] = re.findall(r"\b\d{6}\b", ticket["comments"][0]["body"])
        await till.stage.writes(OLEG, dm, code, ts)
        answer = await till.last(dm, ts)

    assert "A1001" in "".join(till.model.returned)
    assert (TRACKING in answer) is is_said


async def test_without_a_mail_server_the_code_comes_as_a_ticket_and_never_where_another_company_reads_along(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, LOOK_UP) as till:
        shared = await till.asks(ERIN, SHARED, f"<@{BOT}> {QUESTION} I am {SARAHS}")
        public = await till.last(SHARED, shared)
        returned = till.model.returned[-1]
        none = (await till.stage.state())["zendesk"]["tickets"]
        dm = await dm_of(till, ERIN)
        ts = await till.asks(ERIN, dm, f"{QUESTION} I am {SARAHS}")
        [ticket] = await till.stage.tickets()
        [code] = re.findall(r"\b\d{6}\b", ticket["comments"][0]["body"])
        await till.asks(ERIN, dm, code, ts)
        private = await till.last(dm, ts)
        tickets = await till.stage.tickets()

    assert "six-digit" not in public
    assert "people of other companies" in returned
    assert none == []
    assert TRACKING in private
    assert (ticket["requester_id"], ticket["status"], ticket["tags"]) == (
        SARAH_ID,
        "pending",
        ["frontdesk", "frontdesk_code"],
    )
    assert ticket["comments"][0]["author_id"] == BOT_ID
    assert len(tickets) == 1
    assert len(tickets[0]["comments"]) == 1  # nobody answers the code
