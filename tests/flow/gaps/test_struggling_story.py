"""A conversation that does not go well stands in the overview; an operator hands it to people with one button."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, TEAM, Stage, open_stage

KEY = {"Authorization": "Bearer ops-secret-of-this-story"}
PATH = "/console/hand-over"


@pytest.fixture
async def stage(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A Frontdesk with a console."""
    keys = "ops:ops-secret-of-this-story:console"
    async with open_stage(redis_url, tmp_path, frontdesk_api_keys=keys) as opened:
        yield opened


async def console(stage: Stage, path: str = "/console") -> str:
    """Return a page of the console."""
    answer = await stage.http.get(f"{stage.bot}{path}", headers=KEY)
    assert answer.status_code == 200
    return answer.text


async def presses(stage: Stage, conversation: str, token: str) -> httpx.Response:
    """An operator presses the button."""
    fields = {"conversation": conversation, "why": "repeated", "csrf_token": token}
    return await stage.http.post(f"{stage.bot}{PATH}", headers=KEY, data=fields)


async def asks_again(stage: Stage) -> str:
    """Sarah asks the same twice; return the conversation's id."""
    ts = await stage.writes(SARAH, SARAH_DM, "Where do I find the invoice?")
    await stage.answers(SARAH_DM, ts)
    await stage.writes(SARAH, SARAH_DM, "where do I find the invoice", ts)
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()
    return f"slack:{TEAM}:{SARAH_DM}:{ts}"


async def test_an_operator_hands_it_to_people_once_however_often_they_press(stage: Stage) -> None:
    conversation = await asks_again(stage)
    page = await console(stage)
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page)
    assert found
    assert "asks the same again" in page
    assert "invoice" not in page

    assert (await presses(stage, conversation, "another")).status_code == 403
    assert [(await presses(stage, conversation, found[1])).status_code for _ in range(2)] == [303, 303]
    await stage.owned_by(conversation, "escalated")
    await stage.quiet()

    [ticket] = await stage.tickets()
    assert await stage.comment(ticket["id"], "an operator saw in the console that the customer asks the same again")
    assert "asks the same again" not in await console(stage)


async def test_the_customer_hears_of_people_once_they_have_it(stage: Stage) -> None:
    conversation = await asks_again(stage)
    token = re.findall(r'<meta name="csrf-token" content="([^"]+)">', await console(stage))[0]

    await presses(stage, conversation, token)
    [ticket] = await stage.tickets()
    thread = conversation.rpartition(":")[2]

    async def told() -> bool:
        return f"#{ticket['id']}" in "".join(await stage.answers(SARAH_DM, thread))

    await wait_until(told, what="the ticket's number in the thread")


async def test_a_conversation_that_is_none_is_not_found(stage: Stage) -> None:
    token = re.findall(r'<meta name="csrf-token" content="([^"]+)">', await console(stage, "/console/gaps"))[0]

    assert (await presses(stage, "slack:T:C:1.0", token)).status_code == 404
    assert (await presses(stage, "", token)).status_code == 422
