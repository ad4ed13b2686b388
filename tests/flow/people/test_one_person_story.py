"""One person is one author, however an event, a click or an organisation names their workspace."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.turn.texts import say
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    BOT,
    ERIN,
    HELP,
    MARCUS,
    PARTNER,
    SARAH,
    SARAH_DM,
    SHARED,
    TEAM,
    Stage,
    open_stage,
)
from tests.flow.harness.models import offline_with
from tests.flow.harness.refunds import REFUNDS, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, call
from tests.flow.slack.test_channel_story import desk_with
from tests.flow.slack.test_stop_story import Thinking, press_stop

OTHER = "T0ORGOTHER"
GRID = {"id": "U0GRID001", "enterprise_id": "E0ORG", "enterprise_name": "Org", "teams": [OTHER, TEAM]}
PHONE: dict[str, Any] = {"team": None, "user_team": None, "source_team": None}
"""How some clients' events name the author's workspace: not at all."""

HUMAN = f"<@{BOT}> I want to talk to a human, please"
PICTURE = {"name": "screen.png", "mimetype": "image/png", "content_base64": "iVBORw0KGgo="}
LOOK_UP: Script = {
    "my order": [call("transfer_to_orders"), call("lookup_order", order_id="A1001"), "A1001 is on its way."],
}


async def people_in_zendesk(stage: Stage, user: str) -> list[str]:
    """Return who in Zendesk is this Slack user."""
    users = (await stage.state())["zendesk"]["users"]
    return [each["external_id"] for each in users if str(each["external_id"] or "").endswith(f":{user}")]


@pytest.mark.parametrize(
    "event",
    [
        PHONE,
        {"team": TEAM, "user_team": None, "source_team": None},
        {"team": "T0THIRD", "user_team": "E0ORG", "source_team": None},
        {"team": None, "user_team": None, "source_team": OTHER},
    ],
)
async def test_a_screenshot_is_its_senders_however_its_event_names_them(stage: Stage, event: dict[str, Any]) -> None:
    ts = await stage.writes(ERIN, SHARED, HUMAN)
    [ticket] = await stage.tickets()
    await stage.quiet()
    await stage.writes(ERIN, SHARED, "here is the screenshot", ts, files=[PICTURE], event=event)
    comment = await wait_until(lambda: stage.comment(ticket["id"], "here is the screenshot"))

    assert await people_in_zendesk(stage, ERIN) == [f"slack:{PARTNER}:{ERIN}"]
    assert comment["author_id"] == ticket["requester_id"]


async def test_who_began_on_the_phone_is_their_home_workspaces_member_on_the_ticket(stage: Stage) -> None:
    dm = (await stage.control("slack/join", {"user": ERIN}))["channel"]
    ts = await stage.writes(ERIN, dm, "Hello from my phone", event=PHONE)
    await stage.answers(dm, ts)
    await stage.writes(ERIN, dm, "I want to talk to a human, please", ts, event=PHONE)
    [ticket] = await stage.tickets()

    assert await people_in_zendesk(stage, ERIN) == [f"slack:{PARTNER}:{ERIN}"]
    assert ticket["external_id"] == f"slack:{TEAM}:{dm}:{ts}"


async def test_a_proof_given_on_the_desktop_counts_on_the_phone(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, LOOK_UP) as till:
        await till.stage.takes_all()
        dm = (await till.stage.control("slack/join", {"user": ERIN}))["channel"]
        ts = await till.asks(ERIN, dm, "where is my order? I am sarah.chen@example.com")
        [ticket] = await till.stage.tickets()
        [code] = re.findall(r"\b\d{6}\b", ticket["comments"][0]["body"])
        await till.stage.writes(ERIN, dm, code, ts, event=PHONE)
        await till.stage.quiet()
        first = await till.last(dm, ts)
        await till.stage.writes(ERIN, dm, "and when does my order arrive?", ts, event={"team": OTHER})
        second = await till.last(dm, ts)

    assert first == second == "A1001 is on its way."


@pytest.mark.parametrize("team", [OTHER, "E0ORG"])
async def test_a_click_counts_whatever_workspace_it_names(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, team: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "refund ord_1002")
        await clicks(till, SARAH, SARAH_DM, "frontdesk_confirm", team)
        done = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "and something else", ts)
        await clicks(till, SARAH, SARAH_DM, "frontdesk_human", team)
        tickets = await till.stage.tickets()

    assert done.startswith("Done: ")
    assert len(tickets) == 1


async def test_anothers_click_still_counts_for_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        await till.asks(SARAH, HELP, f"<@{BOT}> refund ord_1002")
        await clicks(till, MARCUS, HELP, "frontdesk_confirm", TEAM)
        await clicks(till, MARCUS, HELP, "frontdesk_human", TEAM)
        await till.stage.quiet()

        assert await till.committed() == []
        assert (await till.stage.state())["zendesk"]["tickets"] == []


async def test_an_approver_of_another_workspace_of_the_organisation_approves(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        grid = {"user": "U0GRID001", "team_id": OTHER, "email": "gina@acme.example", "more": {"enterprise_user": GRID}}
        await till.stage.control("slack/join", {**grid, "channels": ["C0APPROVE"]})
        ts = await till.asks(MARCUS, "D0MARCUS", "refund ord_2001")
        await clicks(till, MARCUS, "D0MARCUS", "frontdesk_confirm", OTHER)
        await till.button("C0APPROVE", "frontdesk_reject")
        await clicks(till, "U0GRID001", "C0APPROVE", "frontdesk_reject", TEAM)
        told = await till.last("D0MARCUS", ts)

    assert "did not approve" in told


@pytest.mark.parametrize(
    ("more", "known"),
    [
        ({"enterprise_user": GRID}, True),
        ({"teams": [OTHER, TEAM]}, True),
        ({"enterprise_user": GRID, "is_restricted": True}, False),
        ({"enterprise_user": {**GRID, "teams": [OTHER]}}, False),
        ({}, False),
    ],
)
async def test_a_member_of_the_organisation_is_known_where_one_of_their_workspaces_is_ours(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], known: bool
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, LOOK_UP) as till:
        person = {"user": "U0GRID001", "team_id": OTHER, "email": "sarah.chen@example.com", "more": more}
        dm = (await till.stage.control("slack/join", person))["channel"]
        ts = await till.asks("U0GRID001", dm, "where is my order?")

        assert ("on its way" in await till.last(dm, ts)) is known


async def test_staff_of_another_workspace_of_the_organisation_take_over(redis_url: str, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, staff=["*@acme.example"])
    async with open_stage(redis_url, tmp_path, frontdesk_desk=desk) as stage:
        person = {"user": "U0GRID001", "team_id": OTHER, "email": "gina@acme.example", "channels": [HELP]}
        await stage.control("slack/join", {**person, "more": {"enterprise_user": GRID}})
        ts = await stage.writes(SARAH, HELP, f"<@{BOT}> Where is my order A1001?")
        await stage.answers(HELP, ts)
        await stage.writes("U0GRID001", HELP, "Let me look into this.", ts, event={"team": OTHER})
        await stage.owned_by(f"slack:{TEAM}:{HELP}:{ts}", "human")


async def test_a_connect_member_can_stop_the_answer(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking = Thinking()
    monkeypatch.setattr("bot.app.container.create_models", offline_with(thinking))
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(ERIN, SHARED, f"<@{BOT}> What is your return policy?")
        await thinking.asked.wait()
        await press_stop(stage, ERIN, SHARED, ts)

        assert await stage.answers(SHARED, ts) == [say("stop.stopped", "en")]


async def test_people_in_a_line_are_called_by_their_names(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, REFUNDS) as till:
        await till.stage.control("slack/join", {"user": "U0COLLEAG1", "real_name": "Ann Lee", "name": "ann.lee"})
        line = "ask <@U0COLLEAG1> or <@U0NOBODY99>, as ticket@U0COLLEAG1 says"
        ts = await till.asks(SARAH, SARAH_DM, line)
        await till.asks(SARAH, SARAH_DM, "I want to talk to a human", ts)
        [ticket] = await till.stage.tickets()

    heard = "ask @ann.lee or @U0NOBODY99, as ticket@U0COLLEAG1 says"
    assert till.model.asked[0][1] == heard
    assert heard in ticket["comments"][0]["body"]


async def clicks(till: RefundHarness, user: str, channel: str, action: str, team: str) -> None:
    """A person presses a button, in a workspace that the click names."""
    message, value = await till.button(channel, action)
    body = {"user": user, "channel": channel, "ts": message, "action_id": action, "value": value, "team": team}
    await till.stage.control("slack/click", body)
    await till.stage.quiet()
