"""Where colleagues' channels are among many workspaces, what a renewed token changes, and what the doctor says."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import PermanentFailure
from bot.domain.ids import ConversationId
from bot.runtime.connectors import CheckResult, Surroundings
from bot.store.redis import Scripts
from integrations.slack.connector import SlackSide
from tests.flow.harness.frontdesk import Stage
from tests.flow.harness.installs import (
    BELLA,
    BRANCH,
    BRANCH_HELP,
    NORTH,
    NORTH_HELP,
    ORGANISATION,
    Browser,
    open_places,
)
from tests.flow.harness.sides import slack_side

IN_EAST = ConversationId.in_slack("T0EAST", "C0EAST", "1.0")
IN_BRANCH = ConversationId.in_slack(BRANCH, BRANCH_HELP, "1.0")


def without_token(stage: Stage, colleagues: str) -> SlackSide:
    """Return a side of the same store that has installations alone."""
    values = replace(slack_side(stage.engine)._values, slack_bot_token="", frontdesk_approvals_channel=colleagues)
    return SlackSide(values, Surroundings(stage.clock, 10.0, None, Scripts(stage.engine.client)))


async def test_without_a_token_home_is_the_workspace_that_has_the_colleagues_channel(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        for team in (BRANCH, NORTH):
            await Browser(stage).installs(team=team)
        side, lost = without_token(stage, NORTH_HELP), without_token(stage, "C0NOWHERE")
        assert side.channel
        assert lost.channel
        home = await side.channel.whoami()
        elsewhere = await side.channel.within(IN_BRANCH).whoami()
        beside = await side.channel.within(IN_BRANCH, NORTH_HELP).whoami()
        account = await side.account()
        with pytest.raises(PermanentFailure, match="colleagues"):
            await lost.channel.whoami()
        await side.close()
        await lost.close()

    assert [home.team, elsewhere.team, beside.team] == [NORTH, BRANCH, NORTH]
    assert account is None


async def test_an_organisations_token_knows_the_members_of_each_workspace(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        await Browser(stage).installs(organisation=ORGANISATION)
        await stage.writes("U0NORA", NORTH_HELP, "<@U0BOT> hello")
        await stage.quiet()
        channel = slack_side(stage.engine).channel
        assert channel
        there = channel.within(ConversationId.in_slack(NORTH, NORTH_HELP, "1.0"))
        me, nora = await there.whoami(), await there.profile("slack:T0NORTH:U0NORA")
        sam = await there.profile("slack:T0SOUTH:U0SAM")

    assert me.team == NORTH
    assert nora.is_member
    assert (sam.is_member, sam.verified) == (False, False)


async def test_home_alone_vouches_for_addresses_also_where_home_is_an_organisations(
    redis_url: str, tmp_path: Path
) -> None:
    grid = {"enterprise_user": {"enterprise_id": ORGANISATION, "teams": ["T0EAST"]}}
    people = [{"id": "U0ELIF", "email": "elif@example.com", "more": grid}]
    east = {"team": "T0EAST", "organisation": ORGANISATION, "name": "East", "people": people}
    async with open_places(redis_url, tmp_path) as stage:
        await stage.control("slack/workspace", {**east, "channels": [{"id": "C0EAST", "name": "help"}]})
        await Browser(stage).installs(organisation=ORGANISATION)
        await Browser(stage).installs(team=BRANCH)
        await stage.writes("U0ELIF", "C0EAST", "<@U0BOT> hello")
        await stage.quiet()
        side, lost = without_token(stage, NORTH_HELP), without_token(stage, "C0NOWHERE")
        assert side.channel
        assert lost.channel
        elif_ = await side.channel.within(IN_EAST).profile("slack:T0EAST:U0ELIF")
        bella = await side.channel.within(IN_BRANCH).profile(f"slack:{BRANCH}:{BELLA}")
        nowhere = await lost.channel.within(IN_EAST).profile("slack:T0EAST:U0ELIF")
        await side.close()
        await lost.close()

    assert [each.verified for each in (elif_, bella, nowhere)] == [True, False, False]
    assert [each.is_member for each in (elif_, bella, nowhere)] == [True, True, True]


async def _told(stage: Stage) -> Sequence[CheckResult]:
    look = slack_side(stage.engine).kept(Scripts(stage.engine.client))
    assert look
    return await look()


async def test_a_token_that_was_renewed_meanwhile_is_taken_at_the_next_refusal(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        await Browser(stage).installs(team=BRANCH)
        first = await stage.writes(BELLA, BRANCH_HELP, "<@U0BOT> where is my order A1001?")
        await stage.answers(BRANCH_HELP, first)
        await stage.quiet()
        await stage.control("slack/revoke", {"team": BRANCH})
        await stage.delivered()
        await Browser(stage).installs(team=BRANCH)
        again = await stage.writes(BELLA, BRANCH_HELP, "<@U0BOT> where is my order A1001?")
        answer = await stage.answers(BRANCH_HELP, again)

    assert answer


async def test_the_doctor_names_each_installation_and_what_is_wrong_with_it(redis_url: str, tmp_path: Path) -> None:
    async with open_places(redis_url, tmp_path) as stage:
        nobody = await _told(stage)
        for team in (BRANCH, NORTH):
            await Browser(stage).installs(team=team)
        events = {"slack_events_url": ""}
        await stage.control("config", events)  # the news of its end do not arrive
        await stage.control("slack/uninstall", {"team": NORTH})
        found = await _told(stage)
        await stage.connect()

    assert [(line.warns, "no workspace" in line.problem) for line in nobody] == [(True, True)]
    assert [(line.what, bool(line.problem)) for line in found] == [
        (f"Slack: Acme {BRANCH} ({BRANCH})", False),
        (f"Slack: Acme {NORTH} ({NORTH})", True),
    ]
    assert "account_inactive" in found[1].problem
    assert "/slack/install" in found[1].mend
