"""A rating where the bot settled it alone: by buttons in a thread, by a signed link on a ticket, once in both."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.domain.audit import Deed
from bot.domain.ratings import RATING_BUTTON
from bot.store.records.audit_log import Audit
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, SARAH_ID, TEAM, Stage, open_stage
from tests.flow.harness.refunds import RefundHarness
from tests.flow.harness.scripted_model import ScriptedModel

ORDER = "Where is my order A1001?"
DAY = 86_400.0
LINK = re.compile(r"https://desk\.example\.com(/rate/[A-Za-z0-9_.-]+)")


@pytest.fixture
async def public(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A Frontdesk whose customers know its address."""
    async with open_stage(redis_url, tmp_path, frontdesk_public_url="https://desk.example.com") as stage:
        yield stage


async def ratings(stage: Stage, conversation: str) -> list[str]:
    events = await Audit(stage.engine.client).story(conversation)
    return [event.outcome for event in events if event.deed is Deed.RATING]


async def thanked_ticket(stage: Stage) -> tuple[int, list[str]]:
    """A ticket is answered and its customer thanks; return it and the paths of the links that they get."""
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.comments(ticket_id, SARAH_ID, "Thanks!")
    asked = await stage.bot_comments(ticket_id, 2)
    paths = LINK.findall(asked[1]["body"])
    await stage.quiet()
    return ticket_id, paths


async def test_a_thanks_in_slack_is_asked_for_a_rating_once(stage: Stage) -> None:
    till = RefundHarness(stage, ScriptedModel({}))
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await stage.answers(SARAH_DM, ts)
    await stage.writes(SARAH, SARAH_DM, "Thanks!", thread_ts=ts)
    assert "How was the help?" in (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()

    await till.clicks(SARAH, SARAH_DM, RATING_BUTTON, ts)
    await wait_until(lambda: _says(stage, ts, "Thank you!"), what="thanks for the rating")
    await stage.quiet()
    await stage.writes(SARAH, SARAH_DM, "Thanks a lot!", thread_ts=ts)
    assert "How was the help?" not in (await stage.answers(SARAH_DM, ts, 3))[2]
    await stage.quiet()

    assert await ratings(stage, conversation) == ["asked", "good"]


async def _says(stage: Stage, ts: str, part: str) -> bool:
    return any(part in text for text in await stage.answers(SARAH_DM, ts))


def assert_kept_to_itself(shown: httpx.Response) -> None:
    """It can be answered, and nobody keeps, finds or frames it."""
    assert "Not good" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]


async def test_a_ticket_is_rated_by_its_link_once_and_looking_changes_nothing(public: Stage) -> None:
    ticket_id, [good, bad] = await thanked_ticket(public)
    assert (await public.ticket(ticket_id))["status"] == "solved"

    async with httpx.AsyncClient(base_url=public.bot) as browser:
        shown = [await browser.get(good) for _ in range(2)]
        assert [answer.status_code for answer in shown] == [200, 200]
        assert_kept_to_itself(shown[1])
        assert await ratings(public, f"zendesk:{ticket_id}") == ["asked"]

        sent = await browser.post(bad, data={"score": "bad", "comment": "Too slow."})
        assert (sent.status_code, "Thank you" in sent.text) == (200, True)
        again = [await browser.post(good), await browser.post(bad), await browser.get(good)]
        assert {answer.status_code for answer in again} == {410}
    await wait_until(lambda: public.comment(ticket_id, "Too slow."), what="a note with the rating")
    await public.quiet()

    assert await ratings(public, f"zendesk:{ticket_id}") == ["asked", "bad"]
    ticket = await public.ticket(ticket_id)
    assert (ticket["status"], "frontdesk_rated_bad" in ticket["tags"]) == ("solved", True)


async def test_a_forged_and_an_old_link_count_for_nothing(public: Stage) -> None:
    ticket_id, [good, _] = await thanked_ticket(public)

    async with httpx.AsyncClient(base_url=public.bot) as browser:
        forged = [
            await browser.post(f"{good[:-1]}x" if good[-1] != "x" else f"{good[:-1]}y"),
            await browser.get("/rate/x"),
        ]
        assert {answer.status_code for answer in forged} == {404}
        public.clock.advance(30 * DAY + 60)
        assert {(await browser.get(good)).status_code, (await browser.post(good)).status_code} <= {404, 410}
    assert await ratings(public, f"zendesk:{ticket_id}") == ["asked"]


async def test_without_an_address_of_ours_nobody_gets_a_link(stage: Stage) -> None:
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await stage.comments(ticket_id, SARAH_ID, "Thanks!")
    await wait_until(lambda: _is_solved(stage, ticket_id), what="a solved ticket")
    await stage.quiet()

    assert len(await stage.bot_comments(ticket_id)) == 1


async def _is_solved(stage: Stage, ticket_id: int) -> bool:
    return bool((await stage.ticket(ticket_id))["status"] == "solved")
