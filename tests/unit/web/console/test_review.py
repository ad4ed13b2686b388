"""`/console/review`: who may look, that no other site can decide, and that a wrong answer becomes a case."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.domain.review import ReviewEntry, Why
from bot.review.case_files import CaseShelf
from bot.store.records.review_entries import ReviewEntries
from integrations.web.access import Access
from integrations.web.app import create_web
from integrations.web.console.review import PATH, review_router
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.webapp import KEYS, OPS, WEB

ENTRY = ReviewEntry(
    *(
        "e1",
        Why.THUMB,
        "slack:T1:D1:1.0",
        "orders",
        0.0,
        "slack:T1:U1",
        (),
        "Where is <b>it</b>?",
        "It came on Monday.",
    ),
    reason="It did not.",
)


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
async def entries(room: RedisHarness) -> ReviewEntries:
    found = ReviewEntries(room.scripts.client, 90)
    await found.put(ENTRY, 0.0)
    return found


@pytest.fixture
async def web(entries: ReviewEntries, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    router = review_router(Access(KEYS), entries, lambda: CaseShelf(tmp_path / "cases", "store"), lambda: 0.0)
    transport = httpx.ASGITransport(create_web(router))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example.com") as client:
        yield client


async def token(web: httpx.AsyncClient) -> str:
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', (await web.get(PATH, headers=OPS)).text)
    assert found
    return found[1]


async def decided(web: httpx.AsyncClient, **given: str) -> httpx.Response:
    return await web.post(PATH, json={"entry": "e1", **given}, headers={**OPS, "X-CSRF-Token": await token(web)})


async def test_it_shows_the_exchange_escaped_with_four_verdicts_by_keys(web: httpx.AsyncClient) -> None:
    page = await web.get(PATH, headers=OPS)

    assert "Where is &lt;b&gt;it&lt;/b&gt;?" in page.text
    assert re.findall(r'name="verdict" value="(\w+)"', page.text) == [
        *("good", "wrong_fact", "wrong_tone", "should_have_been_human")
    ]
    assert re.search(r"script-src 'sha256-", page.headers["content-security-policy"])
    assert page.headers["cache-control"] == "no-store"


async def test_only_operators_look_and_no_other_site_decides(web: httpx.AsyncClient, entries: ReviewEntries) -> None:
    assert (await web.get(PATH)).status_code == 401
    assert (await web.get(PATH, headers=WEB)).status_code == 401
    assert (await web.post(PATH, json={"entry": "e1", "verdict": "good"}, headers=OPS)).status_code == 403
    assert await entries.open() == [ENTRY]


async def test_a_wrong_answer_becomes_a_case_and_a_figure(web: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await decided(web, verdict="wrong_fact", right="on Friday")
    again = await decided(web, verdict="good")
    page = (await web.get(PATH, headers=OPS)).text

    assert answer.json() == {"entry": "e1", "verdict": "wrong_fact", "counted": True, "case": "store-review-e1.yml"}
    assert "on Friday" in (tmp_path / "cases" / "store-review-e1.yml").read_text("utf-8")
    assert again.json()["counted"] is False
    assert "1 of 1 (100%; 21% to 100%)" in page
    assert "Nothing waits for a look." in page


async def test_a_browsers_form_decides_too_and_a_good_answer_writes_nothing(
    web: httpx.AsyncClient, tmp_path: Path
) -> None:
    fields = {"entry": "e1", "verdict": "good", "csrf_token": await token(web)}
    answer = await web.post(PATH, data=fields, headers=OPS)

    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert not (tmp_path / "cases").exists()


@pytest.mark.parametrize(
    ("given", "status"),
    [({"verdict": "maybe"}, 422), ({}, 422), ({"verdict": "good", "entry": "e2"}, 404)],
)
async def test_what_is_not_asked_for_rightly_decides_nothing(
    web: httpx.AsyncClient, entries: ReviewEntries, given: dict[str, str], status: int
) -> None:
    assert (await decided(web, **given)).status_code == status
    assert await entries.open() == [ENTRY]


async def test_where_the_case_cannot_be_written_nothing_is_decided(
    web: httpx.AsyncClient, entries: ReviewEntries, tmp_path: Path
) -> None:
    (tmp_path / "cases").write_text("a file in the way", "utf-8")

    assert (await decided(web, verdict="wrong_fact")).status_code == 409
    assert await entries.open() == [ENTRY]
