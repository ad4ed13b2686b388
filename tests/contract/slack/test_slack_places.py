"""The channels in which colleagues work, as `frontdesk doctor` looks at them in the simulated workspace."""

from collections.abc import AsyncIterator

import pytest

from bot.runtime.connectors import CheckResult
from integrations.slack.checks import look_at_channel, slips_in
from tests.contract.slack.slack_fixtures import HELP, SHARED, World, slack_world

TRIAGE = "FRONTDESK_TRIAGE_CHANNEL"


@pytest.fixture
async def slack() -> AsyncIterator[World]:
    async with slack_world() as world:
        yield world


async def problems_of(slack: World, channel: str) -> list[str]:
    found = await look_at_channel(slack.chat, TRIAGE, channel)()
    assert all(line.mend for line in found if line.problem)
    return [line.problem for line in found if line.problem]


async def test_a_channel_of_our_own_is_well(slack: World) -> None:
    assert await look_at_channel(slack.chat, TRIAGE, "C0TRIAGE")() == [CheckResult(f"{TRIAGE}: C0TRIAGE")]
    assert await problems_of(slack, HELP) == []


async def test_a_channel_without_the_bot_is_found(slack: World) -> None:
    await slack.control("slack/leave", user="U0BOT", channel="C0TRIAGE")

    assert await problems_of(slack, "C0TRIAGE") == ["the bot is not in C0TRIAGE"]


async def test_a_channel_that_other_companies_read_is_found(slack: World) -> None:
    assert await problems_of(slack, SHARED) == [f"other companies read {SHARED}"]


async def test_an_archived_channel_is_found(slack: World) -> None:
    await slack.control("slack/archive", channel="C0TRIAGE")

    assert await problems_of(slack, "C0TRIAGE") == ["C0TRIAGE is archived"]


async def test_a_channel_that_is_not_there_is_found(slack: World) -> None:
    assert await problems_of(slack, "C0NOWHERE") == ["there is no channel C0NOWHERE that the bot can see"]


def test_a_name_is_no_channels_id() -> None:
    found = slips_in("xoxb-1", "", ["C0HELPDESK"], {TRIAGE: "#triage"})

    assert [(line.what, line.problem) for line in found] == [(TRIAGE, "#triage is no channel id")]
