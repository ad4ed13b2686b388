"""`GET /console`: who may see it, what it counts, who waits, and that it shows nobody's words."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot.domain.conversation import Move, Owner
from bot.domain.errors import TemporaryFailure
from bot.figures.report import By, Period, Report
from bot.store import keys
from bot.store.admin.overview import ConversationSummary, Overview
from bot.store.admin.waiting import Waiting
from bot.store.records.stuck_effects import Backlog
from integrations.web.console.elements import amount
from integrations.web.console.overview import late_line, render_newest, render_now
from tests.unit.store.redis_harness import RedisHarness
from tests.unit.web.console.made_figures import MadeFigures
from tests.unit.web.webapp import OPS, WEB, open_web

NOTHING_WAITS = Waiting(0, 0.0, 0, Backlog(), (), 0, (), 0)


@pytest.fixture
async def web(room: RedisHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with open_web(room) as client:
        yield client


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'anybody:{secret}'.encode()).decode()}"}


@pytest.mark.parametrize(
    ("number", "told"), [("1", "1 rating"), ("0", "0 ratings"), ("2", "2 ratings"), ("–", "– ratings")]
)
def test_one_of_a_thing_is_told_as_one(number: str, told: str) -> None:
    assert amount(number, "rating") == told


async def test_without_a_console_key_there_is_no_console(web: httpx.AsyncClient) -> None:
    for headers in ({"Authorization": ""}, WEB, basic("web-secret"), basic(""), {"Authorization": "Basic ???"}):
        answer = await web.get("/console", headers=headers)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert '<form method="post" action="/console">' in answer.text


async def test_the_console_opens_with_the_key_or_in_a_browser_with_it_as_password(web: httpx.AsyncClient) -> None:
    for headers in (OPS, basic("ops-secret")):
        answer = await web.get("/console", headers=headers)

        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_it_counts_who_waits_and_lists_conversations_without_words(
    ops: httpx.AsyncClient, room: RedisHarness
) -> None:
    await room.inbox.accept(room.asks("chat:web:s1", "a secret wish"))
    await room.take_turn("chat:web:s1")
    room.change = lambda conversation: replace(conversation.move(Move.ESCALATE), group="Billing", priority="high")
    await room.inbox.accept(room.asks("slack:T1:C1:1.0", "a secret wish"))
    await room.take_turn("slack:T1:C1:1.0")
    await room.scripts.client.xadd(keys.DEAD, {"what": "turn"})

    page = (await ops.get("/console")).text

    assert "<b>1</b>with the bot" in page
    assert "<b>1</b>wait for a human" in page
    assert '<b class="bad">1</b>dead letters' in page
    assert page.count('href="/console/conversations/slack:T1:C1:1.0"') == 2  # among those that wait, and the newest
    assert "Billing" in page
    assert "wish" not in page


async def test_each_main_figure_leads_to_its_definition_and_to_what_it_counts(ops: httpx.AsyncClient) -> None:
    page = (await ops.get("/console")).text

    for figure in ("automation_rate", "first_response_bot_p50", "escalation_rate", "csat_value", "cost_total"):
        assert f"#{figure}" in page
        assert f"/console/conversations?figure={figure}&amp;from=2026-11-23&amp;to=2026-11-29" in page
    assert page.count('class="spark"') == 5
    assert "before</span>" in page


@pytest.mark.parametrize(("days", "first"), [("", "23 Nov"), ("28", "2 Nov"), ("364", "1 Dec"), ("3", "23 Nov")])
async def test_another_span_is_chosen_by_a_link(ops: httpx.AsyncClient, days: str, first: str) -> None:
    page = (await ops.get(f"/console?days={days}")).text
    assert f'<p class="muted">{first}' in page


async def test_rows_by_reason_and_specialist_lead_to_their_conversations(ops: httpx.AsyncClient) -> None:
    page = (await ops.get("/console")).text

    assert "figure=escalated&amp;from=2026-11-23&amp;to=2026-11-29&amp;by=reason&amp;key=asked_for_human" in page
    assert "figure=undone&amp;from=2026-11-23&amp;to=2026-11-29&amp;by=specialist&amp;key=billing" in page


class NoDatabase(MadeFigures):
    async def report(self, period: Period, by: By = "day") -> Report:
        raise TemporaryFailure("database")


async def test_without_its_database_it_still_says_who_waits(room: RedisHarness) -> None:
    async with open_web(room, figures=NoDatabase()) as web:
        answer = await web.get("/console", headers=OPS)

    assert (answer.status_code, "cannot be read at present" in answer.text) == (200, True)
    assert "Who waits now" in answer.text


async def test_an_empty_desk_says_so(room: RedisHarness) -> None:
    async with open_web(room, figures=MadeFigures(daily=0)) as web:
        page = (await web.get("/console", headers=OPS)).text

    for told in ("No conversations in this period.", "Nothing was handed over.", "Nobody waits", "None yet."):
        assert told in page


def test_who_was_promised_an_answer_first_stands_first_and_who_is_late_is_marked() -> None:
    names = {"zendesk:1": 5_000.0, "zendesk:2": 0.0, "zendesk:3": 400.0}
    waits = tuple(
        ConversationSummary(name, Owner.ESCALATED, "billing", 1, 0, name[-1], 0.0, 0, promised=until)
        for name, until in names.items()
    )

    page = render_now(Overview({Owner.ESCALATED: 3}, waits, True, 0), NOTHING_WAITS, 1_000.0)

    assert re.findall(r">(zendesk:\d)</a>", page) == ["zendesk:3", "zendesk:1", "zendesk:2"]
    assert ("10 min late" in page, "in 67 min" in page) == (True, True)


def test_more_than_was_counted_is_marked() -> None:
    assert "<b>7+</b>with the bot" in render_now(Overview({Owner.BOT: 7}, (), False, 0), NOTHING_WAITS, 0.0)


def test_work_that_nobody_takes_up_is_told() -> None:
    assert "Customers wait for a worker since 5 min" in late_line(replace(NOTHING_WAITS, due=3, lag=300.0))
    assert late_line(NOTHING_WAITS) == ""


def test_what_is_shown_is_escaped() -> None:
    one = ConversationSummary("chat:web:<script>", Owner.ESCALATED, "<b>", 1, 0, '"', 0.0, 0, group="<i>")
    seen = Overview({Owner.ESCALATED: 1}, (one,), True, 0)

    page = render_now(seen, NOTHING_WAITS, 0.0) + render_newest(seen)

    assert [part for part in ("<script>", "<i>", "<b></") if part in page] == []
    assert "chat:web:&lt;script&gt;" in page
