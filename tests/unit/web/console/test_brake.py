"""`/console/brake`: who may pull it, that no other site can, and that it says how it stands."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.domain.autonomy import Mode
from bot.store.admin.brake import BrakeSwitch
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.webapp import OPS, WEB, open_web

PATH = "/console/brake"


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
async def web(room: RedisHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with open_web(room) as client:
        yield client


async def token(web: httpx.AsyncClient, path: str = PATH) -> str:
    page = (await web.get(path, headers=OPS)).text
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page)
    assert found
    return found[1]


async def pulled(web: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    return await web.post(PATH, json=body, headers={**OPS, "X-CSRF-Token": await token(web), **headers})


async def stands(room: RedisHarness) -> Mode | None:
    braked = await BrakeSwitch(room.scripts.client).read()
    return braked.mode if braked else None


@pytest.mark.parametrize(
    ("body", "mode"),
    [
        ({"on": True, "mode": "draft"}, Mode.DRAFT),
        ({"on": True, "mode": "silent"}, Mode.SILENT),
        ({"on": True}, Mode.DRAFT),
        ({"on": False}, None),
    ],
)
async def test_an_operator_pulls_and_releases_it(
    web: httpx.AsyncClient, room: RedisHarness, body: dict[str, Any], mode: Mode | None
) -> None:
    answer = await pulled(web, body)

    assert (answer.status_code, answer.json()["on"]) == (200, body["on"])
    assert await stands(room) is mode


async def test_the_pages_say_who_pulled_it(web: httpx.AsyncClient) -> None:
    await pulled(web, {"on": True, "mode": "silent"})
    page = (await web.get(PATH, headers=OPS)).text
    console = (await web.get("/console", headers=OPS)).text

    assert "The brake is on" in page
    assert "console: ops" in page
    assert "The brake is on (silent)" in console


async def test_a_button_of_the_page_does_it_in_a_browser(web: httpx.AsyncClient, room: RedisHarness) -> None:
    form = {"on": "true", "mode": "silent", "csrf_token": await token(web)}
    answer = await web.post(PATH, data=form, headers=OPS)

    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert await stands(room) is Mode.SILENT


@pytest.mark.parametrize("headers", [{"Authorization": ""}, WEB, {"Authorization": "Bearer nobody"}])
async def test_without_a_console_key_it_stays_as_it_is(
    web: httpx.AsyncClient, room: RedisHarness, headers: dict[str, str]
) -> None:
    assert (await web.get(PATH, headers=headers)).status_code == 401
    assert (await pulled(web, {"on": True}, **headers)).status_code == 401
    assert await stands(room) is None


@pytest.mark.parametrize("given", ["", "0" * 64, "ä"])
async def test_without_the_page_s_token_it_stays_as_it_is(
    web: httpx.AsyncClient, room: RedisHarness, given: str
) -> None:
    sent = {**OPS, "X-CSRF-Token": given.encode("latin-1").decode("latin-1")} if given.isascii() else OPS
    by_program = await web.post(PATH, json={"on": True}, headers=sent)
    by_form = await web.post(PATH, data={"on": "true", "csrf_token": given}, headers=OPS)

    assert (by_program.status_code, by_form.status_code) == (403, 403)
    assert await stands(room) is None


@pytest.mark.parametrize("body", [{}, [], None, {"on": "perhaps"}, {"on": True, "mode": "public"}, {"mode": "draft"}])
async def test_what_means_nothing_is_refused(web: httpx.AsyncClient, room: RedisHarness, body: Any) -> None:
    assert (await pulled(web, body)).status_code == 422
    assert await stands(room) is None


@pytest.mark.parametrize("body", ["{", "", "[" * 100_000, "\ud83d".encode("utf-8", "surrogatepass"), b"\xff"])
async def test_broken_json_is_refused(web: httpx.AsyncClient, body: str | bytes) -> None:
    headers = {**OPS, "X-CSRF-Token": await token(web, "/console"), "content-type": "application/json"}

    assert (await web.post(PATH, content=body, headers=headers)).status_code == 422
