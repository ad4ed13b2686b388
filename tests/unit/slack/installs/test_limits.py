"""Slack limits each workspace on its own, so none waits for another."""

import pytest

from bot.domain.errors import Paced
from integrations.slack.api.rate_limits import RestingPlaces, SlackPacing
from tests.doubles.clock import ManualClock


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.startStream"])
async def test_a_limited_workspace_holds_no_other_one_up(method: str) -> None:
    clock = ManualClock()
    shared = RestingPlaces(clock)
    branch, north = SlackPacing(clock, shared, "T0BRANCH"), SlackPacing(clock, shared, "T0NORTH")
    await branch.rest(method, "C0SHARED", 30.0)

    await north.enter(method, "C0SHARED")
    with pytest.raises(Paced):
        await branch.enter(method, "C0SHARED")
