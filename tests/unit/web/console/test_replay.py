"""`GET /console/replay`: who may see it, what is listed, what a report shows, and that nothing in it is HTML."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.replay.answers import DeskAnswer, Proposed
from bot.replay.report import Judged, Run, report_of
from bot.replay.verdicts import Verdict
from integrations.web.access import Access
from integrations.web.app import create_web
from integrations.web.console.replay import replay_router
from tests.unit.web.webapp import KEYS, OPS, WEB

NAME = "20261129-120000-0a1b2c"
SCRIPT = "<script>alert(1)</script>"


def told(name: str = NAME) -> Any:
    wrong = Verdict("wrong", False, ("people: refund of 45.00; the desk: 89.00",), is_about_money=True)
    answer = DeskAnswer(f"Refund? {SCRIPT}", "billing", proposed=(Proposed("propose_refund", "A1001", "89.00"),))
    tickets = [
        Judged("55", "billing", wrong, f"Refund {SCRIPT}", "I refunded 45.00 USD", "Billing", "normal", answer),
        Judged(
            "56", "shipping", Verdict("settles", True), "How long?", "5 days", answer=DeskAnswer("5 days", "shipping")
        ),
    ]
    run = Run(name, "2026-11-29T12:00:00+00:00", "store", "gpt-5", "tickets.jsonl", found=2, sampled=2)
    return report_of(run, tickets)


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_web(replay_router(Access(KEYS), tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://frontdesk.test") as client:
        client.headers.update(OPS)
        yield client


def write(folder: Path, name: str, text: str) -> None:
    (folder / "replays" / name).mkdir(parents=True)
    (folder / "replays" / name / "report.json").write_text(text, "utf-8")


async def test_only_the_console_key_sees_it(web: httpx.AsyncClient) -> None:
    for path in ("/console/replay", f"/console/replay/{NAME}"):
        assert (await web.get(path, headers=WEB)).status_code == 401


async def test_replays_are_listed_newest_first_and_broken_ones_left_out(web: httpx.AsyncClient, tmp_path: Path) -> None:
    assert "None yet" in (await web.get("/console/replay")).text
    newer = "20261130-120000-0a1b2c"
    write(tmp_path, NAME, json.dumps(told()))
    write(tmp_path, newer, json.dumps(told(newer)))
    write(tmp_path, "20261201-120000-0a1b2c", "{broken")
    write(tmp_path, "20261202-120000-0a1b2c", "{}")
    write(tmp_path, "answers", "{}")

    page = (await web.get("/console/replay")).text

    assert 0 < page.index(newer) < page.index(NAME)
    assert "20261201" not in page


async def test_a_report_shows_counts_advice_and_the_worst_side_by_side(web: httpx.AsyncClient, tmp_path: Path) -> None:
    write(tmp_path, NAME, json.dumps(told()))

    answer = await web.get(f"/console/replay/{NAME}")

    for text in ("Ticket 55: wrong (billing)", "I refunded 45.00 USD", "propose_refund A1001 89.00", ">draft<"):
        assert text in answer.text
    assert (SCRIPT in answer.text, "&lt;script&gt;" in answer.text) == (False, True)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_verdict_or_a_topic_leads_to_its_tickets(web: httpx.AsyncClient, tmp_path: Path) -> None:
    write(tmp_path, NAME, json.dumps(told()))

    settled = (await web.get(f"/console/replay/{NAME}?verdict=settles")).text
    shipping = (await web.get(f"/console/replay/{NAME}?topic=shipping")).text

    for page in (settled, shipping):
        assert ("Ticket 56" in page, "Ticket 55" in page) == (True, False)
    assert SCRIPT not in (await web.get(f"/console/replay/{NAME}", params={"verdict": SCRIPT, "topic": SCRIPT})).text


@pytest.mark.parametrize("name", ["20261130-000000-000000", "..", "answers", "%2e%2e%2fsecrets", "x" * 500])
async def test_what_is_no_replay_is_not_found(web: httpx.AsyncClient, tmp_path: Path, name: str) -> None:
    write(tmp_path, "answers", json.dumps(told()))
    assert (await web.get(f"/console/replay/{name}")).status_code in {404, 307}


async def test_a_report_of_another_version_is_not_found_instead_of_failing(
    web: httpx.AsyncClient, tmp_path: Path
) -> None:
    write(tmp_path, NAME, '{"version": 99, "sample": 5}')
    assert (await web.get(f"/console/replay/{NAME}")).status_code == 404
