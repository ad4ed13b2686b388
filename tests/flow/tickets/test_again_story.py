"""What Zendesk tells of before it lists it is looked at again, and answered once."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.errors import NotFound
from bot.domain.facts import LOOK
from bot.runtime.tickets import second_looks
from bot.runtime.tickets.second_looks import LOOK_AGAIN_SECONDS
from bot.store import keys
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import DANA_ID, SARAH, SARAH_DM, SARAH_ID, TEAM, Stage
from tests.flow.harness.sides import help_desk

ORDER = "Where is my order A1001?"

AT = tuple(seconds * 100 for seconds in LOOK_AGAIN_SECONDS)


@pytest.fixture(autouse=True)
def only_the_storys_time_leads_to_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a crowded machine two seconds go by in the middle of a step."""
    monkeypatch.setattr(second_looks, "LOOK_AGAIN_SECONDS", AT)


class Lagging:
    """Zendesk's lists lag behind its webhooks for so many readings."""

    def __init__(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch, readings: int, *, hides_ticket: bool = False
    ) -> None:
        self.left, self.made = readings, 0
        self._hides_ticket = hides_ticket
        helpdesk = help_desk(stage.engine)
        self._read: Callable[..., Any] = helpdesk.read
        monkeypatch.setattr(helpdesk, "read", self.read)

    def has_made_more_than(self, count: int) -> bool:
        """Return whether there were more looks."""
        return self.made > count

    async def read(self, ticket_id: str, after: int) -> Any:
        """Read the ticket, as far as it is listed."""
        self.made += 1
        found = await self._read(ticket_id, after)
        if self.left <= 0:
            return found
        self.left -= 1
        if self._hides_ticket:
            raise NotFound("not indexed yet")
        return replace(found, comments=())


async def goes_on(stage: Stage, lag: Lagging, looks: int) -> None:
    """Time goes by; the last of so many looks finds the lists caught up."""
    await stage.quiet()
    lag.left = looks - 1
    for earlier, at in pairwise((0.0, *AT[:looks])):
        before = lag.made
        await stage.passes(at - earlier)
        await wait_until(partial(lag.has_made_more_than, before), what="a further look")
        await stage.quiet()


@pytest.mark.parametrize("looks", [1, 2, 3])
async def test_a_comment_that_is_listed_late_is_answered_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    ticket = await stage.opens(ORDER)
    await stage.bot_comments(ticket)
    await stage.quiet()
    lag = Lagging(stage, monkeypatch, 100)
    await stage.comments(ticket, SARAH_ID, "And when will it arrive?")
    await stage.quiet()
    assert len(await stage.bot_comments(ticket)) == 1
    await goes_on(stage, lag, looks)
    await stage.bot_comments(ticket, 2)
    await stage.quiet()
    assert len(await stage.bot_comments(ticket)) == 2


@pytest.mark.parametrize("hides_ticket", [False, True])
async def test_a_new_ticket_that_is_listed_late_is_answered_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, hides_ticket: bool
) -> None:
    lag = Lagging(stage, monkeypatch, 100, hides_ticket=hides_ticket)
    ticket = await stage.opens(ORDER)
    await stage.delivered()
    await goes_on(stage, lag, 2)
    assert "A1001" in (await stage.bot_comments(ticket))[0]["body"]


async def test_a_human_agents_answer_that_is_listed_late_reaches_the_thread(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a manager")
    await stage.answers(SARAH_DM, ts)
    ticket = (await stage.tickets())[0]["id"]
    await stage.quiet()
    lag = Lagging(stage, monkeypatch, 100)
    await stage.comments(ticket, DANA_ID, "I am looking into it.")
    await goes_on(stage, lag, 2)
    assert "I am looking into it" in (await stage.answers(SARAH_DM, ts, 2))[-1]
    await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{ts}", "human")


async def test_what_never_comes_is_looked_for_three_times(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = await stage.opens(ORDER)
    await stage.bot_comments(ticket)
    await stage.quiet()
    lag = Lagging(stage, monkeypatch, 100)
    await stage.comments(ticket, SARAH_ID, "And when will it arrive?")
    await goes_on(stage, lag, len(AT))
    lag.left = 100
    name = keys.state(f"zendesk:{ticket}")
    await wait_until(lambda: _is_over(stage, name))


async def _is_over(stage: Stage, name: str) -> bool:
    return not await stage.engine.client.hget(name, f"f:{LOOK}")
