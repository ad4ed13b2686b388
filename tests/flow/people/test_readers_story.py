"""Personal data follows who reads, and a moment's trouble with a read is neither a yes nor a no."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    BOT,
    DANA,
    HELP,
    MARCUS,
    MARCUS_DM,
    OLEG,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    Stage,
    open_stage,
    said,
)
from tests.flow.harness.refunds import APPROVALS, REFUNDS, open_refunds
from tests.flow.harness.scripted_model import Script, call
from tests.flow.slack.test_channel_story import desk_with

TRACKING = "1Z999AA10123456784"
ORDER = "Where is my order A1001?"
STRANGER = {"name": "Otto Other", "email": "otto@other.example"}
LOOK_UP: Script = {
    "my order": [call("transfer_to_orders"), call("lookup_order", order_id="A1001"), f"It is {TRACKING}."],
}


async def group_dm(stage: Stage, *users: str) -> str:
    """Return a direct message of several people with the bot."""
    token = stage.engine.settings.slack_bot_token.get_secret_value()
    answer = await stage.http.post(
        f"{stage.page}/slack/api/conversations.open",
        json={"users": ",".join(users)},
        headers={"Authorization": f"Bearer {token}"},
    )
    return str(answer.json()["channel"]["id"])


@pytest.mark.parametrize(
    ("kind", "more"), [("status", {"status": 500}), ("429", {"retry_after": 1}), ("html_502", {}), ("reset", {})]
)
async def test_who_asks_is_read_again_within_the_turn(stage: Stage, kind: str, more: dict[str, Any]) -> None:
    await stage.fails("slack:users.info", kind, 1, **more)
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    [answer] = await stage.answers(SARAH_DM, ts)

    assert TRACKING in answer


async def test_who_wants_a_person_is_on_the_ticket_by_name_and_address_although_slack_was_limited(stage: Stage) -> None:
    await stage.fails("slack:users.info", "429", 2, retry_after=1)
    await stage.writes(SARAH, SARAH_DM, "I want to talk to a human")
    [ticket] = await stage.tickets()

    assert ticket["requester_id"] == SARAH_ID


async def test_a_channel_is_read_again_before_anybody_is_said_to_read_along(stage: Stage) -> None:
    await stage.fails("slack:conversations.*", "status", 2, status=503)
    ts = await stage.writes(SARAH, HELP, f"<@{BOT}> {ORDER}")
    [answer] = await stage.answers(HELP, ts)

    assert TRACKING in answer


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (ORDER, "Slack doesn't tell me at the moment who you are"),
        ("Wo ist meine Bestellung A1001? Ich warte schon lange darauf.", "Slack sagt mir gerade nicht"),
    ],
)
async def test_who_cannot_be_asked_about_hears_just_that_and_is_known_again_afterwards(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: str, words: str
) -> None:
    monkeypatch.setattr("integrations.slack.outbound.profiles._PATIENCE_SECONDS", 0.5)
    script = {"Bestellung": LOOK_UP["my order"], **LOOK_UP}
    async with open_refunds(redis_url, tmp_path, monkeypatch, script) as till:
        await till.stage.fails("slack:users.info", "status", None, status=500)
        ts = await till.asks(SARAH, SARAH_DM, ask)
        away = await till.last(SARAH_DM, ts)
        await till.stage.fails("slack:nothing", "status")
        await till.stage.passes(10)
        await till.asks(SARAH, SARAH_DM, "and my order now?", ts)
        back = await till.last(SARAH_DM, ts)

    assert words in away
    assert "e-mail" not in away
    assert TRACKING in back


async def test_a_channel_that_cannot_be_looked_into_is_not_said_to_be_read_by_other_companies(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.slack.outbound.profiles._PATIENCE_SECONDS", 0.5)
    async with open_refunds(redis_url, tmp_path, monkeypatch, LOOK_UP) as till:
        await till.stage.fails("slack:conversations.*", "status", None, status=500)
        ts = await till.stage.writes(SARAH, HELP, f"<@{BOT}> where is my order?")
        [told] = await till.stage.answers(HELP, ts)
        await till.stage.fails("slack:nothing", "status")
        private = await wait_until(lambda: line_in(till.stage, SARAH_DM, TRACKING))

    assert "I can't tell at the moment who else reads this channel" in told
    assert private


async def line_in(stage: Stage, channel: str, words: str) -> str | None:
    """Return the message in a channel that has these words, None while there is none."""
    messages = (await stage.state())["slack"]["messages"]
    return next((said(each) for each in messages if each["channel"] == channel and words in said(each)), None)


@pytest.mark.parametrize("guest", [{"user": OLEG}, {"user": "U0GUEST01", "more": {"is_ultra_restricted": True}}])
async def test_a_guest_of_another_company_in_our_own_channel_reads_nothing_personal(
    stage: Stage, guest: dict[str, Any]
) -> None:
    await stage.control("slack/join", {**guest, "channels": [HELP]})
    ts = await stage.writes(SARAH, HELP, f"<@{BOT}> {ORDER}")
    await stage.quiet()
    [public] = await stage.answers(HELP, ts)
    private = await wait_until(lambda: line_in(stage, SARAH_DM, TRACKING))

    assert "People of other companies read this channel" in public
    assert TRACKING not in public
    assert private


async def test_a_group_dm_that_no_scope_lets_us_look_into_is_its_own_peoples(stage: Stage) -> None:
    channel = await group_dm(stage, SARAH, MARCUS)
    await stage.fails("slack:conversations.*", "slack_error", None, error="missing_scope")
    ts = await stage.writes(SARAH, channel, f"<@{BOT}> {ORDER}")
    await stage.quiet()
    [answer] = await stage.answers(channel, ts)

    assert TRACKING in answer


async def test_an_approval_waits_until_slack_says_who_clicked(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.slack.outbound.profiles._PATIENCE_SECONDS", 0.5)
    async with open_refunds(
        redis_url, tmp_path, monkeypatch, frontdesk_lease_seconds=2, frontdesk_redelivery_seconds=3
    ) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "refund ord_2001")
        await till.clicks(MARCUS, MARCUS_DM, "frontdesk_confirm")
        await till.button(APPROVALS, "frontdesk_reject")
        await till.stage.fails("slack:users.info", "status", 4, status=500)
        await till.clicks(DANA, APPROVALS, "frontdesk_reject")
        told = await wait_until(lambda: line_in(till.stage, MARCUS_DM, "did not approve"))
        thread = await till.stage.thread(MARCUS_DM, ts)

    assert told
    assert [each for each in thread if "did not approve" in said(each)]


async def test_a_colleague_is_not_answered_while_it_is_not_known_that_they_are_one(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.slack.outbound.profiles._PATIENCE_SECONDS", 0.5)
    desk = desk_with(tmp_path, staff=["*@acme.example"])
    settings: dict[str, Any] = {"frontdesk_desk": desk, "frontdesk_lease_seconds": 2, "frontdesk_redelivery_seconds": 3}
    async with open_stage(redis_url, tmp_path, **settings) as stage:
        ts = await stage.writes(SARAH, HELP, f"<@{BOT}> {ORDER}")
        await stage.answers(HELP, ts)
        await stage.fails("slack:users.info", "status", 4, status=500)
        await stage.writes(DANA, HELP, "What is your return policy? I'll look.", ts)
        await stage.owned_by(f"slack:T0FRONTDSK:{HELP}:{ts}", "human")
        await stage.quiet()

        assert len(await stage.answers(HELP, ts)) == 1


@pytest.mark.parametrize(
    ("copied", "is_told"),
    [([], True), ([STRANGER], False), ([1002], True), ([{**STRANGER, "organization_id": 77}], False)],
)
async def test_nothing_personal_goes_to_a_ticket_with_strangers_in_copy(
    stage: Stage, copied: list[Any], is_told: bool
) -> None:
    ticket_id = await stage.opens(ORDER, email_ccs=copied)
    comments = await stage.bot_comments(ticket_id)
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert any(TRACKING in comment["body"] for comment in comments) is is_told
    assert ("frontdesk_escalated" in ticket["tags"]) is not is_told
    assert [each for each in ticket["comments"] if TRACKING in each["body"] and each["public"]] == (
        comments if is_told else []
    )


async def test_who_comes_into_copy_later_reads_nothing_personal_from_then_on(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {**REFUNDS, **LOOK_UP}) as till:
        ticket_id = await till.stage.opens("please cancel my order ord_1002")
        await till.stage.bot_comments(ticket_id)
        await till.stage.quiet()
        await till.stage.changes(ticket_id, email_ccs=[STRANGER], add_tags=["copied"])
        await till.stage.comments(ticket_id, SARAH_ID, "yes")
        told = await till.stage.bot_comments(ticket_id, 2)
        committed = await till.committed()

    assert "People of other companies may read along here" in told[1]["body"]
    assert committed == []
