"""The console's key is typed once into a form; a browser keeps a cookie that holds no key, and ends."""

import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request

from bot.app.api_keys import ApiKey
from integrations.web.access import COOKIE, SIGNED_IN_SECONDS, Access, KeyNeeded
from tests.unit.store.redis_harness import open_redis_harness
from tests.unit.web.webapp import open_web

BRAKE = "/console/brake"


@pytest.fixture
async def web(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a key."""
    async with open_redis_harness(redis_url) as room, open_web(room) as client:
        client.headers.pop("authorization", None)
        yield client


def token_in(page: str) -> str:
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page)
    assert found
    return found[1]


async def signs_in(web: httpx.AsyncClient, key: str, back: str = BRAKE) -> httpx.Response:
    form = (await web.get(BRAKE)).text
    return await web.post("/console", data={"key": key, "back": back, "csrf_token": token_in(form)})


async def test_the_key_is_typed_once_and_leads_back_to_the_page(web: httpx.AsyncClient) -> None:
    asked = await web.get(BRAKE)
    opened = await signs_in(web, "ops-secret")
    cookie = opened.headers["set-cookie"]
    shown = await web.get(BRAKE)
    pulled = await web.post(BRAKE, json={"on": True}, headers={"X-CSRF-Token": token_in(shown.text)})

    assert (asked.status_code, 'name="back" value="/console/brake"' in asked.text) == (401, True)
    assert (opened.status_code, opened.headers["location"]) == (303, BRAKE)
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/console"))
    assert "ops-secret" not in cookie
    assert (shown.status_code, pulled.status_code) == (200, 200)


async def test_a_signed_in_browser_still_needs_the_pages_token(web: httpx.AsyncClient) -> None:
    await signs_in(web, "ops-secret")
    assert (await web.post(BRAKE, json={"on": True})).status_code == 403


@pytest.mark.parametrize("key", ["", "wrong", "web-secret", "ü", "\x00"])
async def test_another_key_opens_nothing(web: httpx.AsyncClient, key: str) -> None:
    refused = await signs_in(web, key)
    assert (refused.status_code, "no key of scope console" in refused.text) == (401, True)
    assert "set-cookie" not in refused.headers


async def test_the_form_of_another_site_is_refused(web: httpx.AsyncClient) -> None:
    assert (await web.post("/console", data={"key": "ops-secret"})).status_code == 403


@pytest.mark.parametrize("back", ["https://example.com", "//example.com", "/console//x", "/chat", "/console/\\x", ""])
async def test_it_leads_nowhere_else(web: httpx.AsyncClient, back: str) -> None:
    assert (await signs_in(web, "ops-secret", back)).headers["location"] == "/console"


async def test_the_cookie_ends_and_cannot_be_made_up(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    await signs_in(web, "ops-secret")
    later = time.time() + SIGNED_IN_SECONDS + 1
    monkeypatch.setattr("integrations.web.access.time", lambda: later)
    ended = await web.get("/console")
    monkeypatch.undo()
    web.cookies.clear()
    made_up = [await web.get("/console", headers={"Cookie": f"{COOKIE}={value}"}) for value in ("", "x", "MTox", "===")]

    assert ended.status_code == 401
    assert [answer.status_code for answer in made_up] == [401] * 4


def test_a_chat_key_of_the_same_name_seals_no_cookie_and_each_console_key_of_a_name_does() -> None:
    keys = [("ops", "chat-secret", "chat"), ("ops", "old-secret", "console"), ("ops", "new-secret", "console")]
    access = Access([ApiKey.model_validate(dict(zip(("name", "secret", "scope"), key, strict=True))) for key in keys])
    forged = Access([ApiKey.model_validate({"name": "ops", "secret": "chat-secret", "scope": "console"})])

    for secret in ("old-secret", "new-secret"):
        assert access.operator(with_cookie(access.signed_in_by(secret))).is_operator
    with pytest.raises(KeyNeeded):
        access.operator(with_cookie(forged.signed_in_by("chat-secret")))


def with_cookie(value: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={value}".encode())]})
