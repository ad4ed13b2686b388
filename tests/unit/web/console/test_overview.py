"""`GET /console`: who may see it, and that it shows nobody's words."""

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.conversation import Move, Owner
from bot.store import keys
from bot.store.admin.overview import ConversationSummary, Overview
from integrations.web.console.overview import render
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness
from tests.unit.web.webapp import OPS, WEB, open_web


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
async def web(room: RedisHarness) -> AsyncIterator[httpx.AsyncClient]:
    async with open_web(room) as client:
        yield client


def basic(secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'anybody:{secret}'.encode()).decode()}"}


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


async def test_it_counts_owners_and_lists_conversations_without_words(
    web: httpx.AsyncClient, room: RedisHarness
) -> None:
    await room.inbox.accept(room.asks("chat:web:s1", "a secret wish"))
    await room.take_turn("chat:web:s1")
    room.change = lambda conversation: conversation.move(Move.ESCALATE)
    await room.inbox.accept(room.asks("slack:T1:C1:1.0", "a secret wish"))
    await room.take_turn("slack:T1:C1:1.0")
    await room.scripts.client.xadd(keys.DEAD, {"what": "turn"})

    page = (await web.get("/console", headers=OPS)).text

    assert "<b>1</b>bot" in page
    assert "<b>1</b>escalated" in page
    assert '<b class="bad">1</b>dead letters' in page
    assert "slack:T1:C1:1.0" in page
    assert "wish" not in page


def test_an_empty_desk_says_so() -> None:
    assert "None yet." in render(Overview(dict.fromkeys(Owner, 0), (), True, 0))


def test_more_than_was_counted_is_marked() -> None:
    assert "<b>7+</b>bot" in render(Overview({Owner.BOT: 7}, (), False, 0))


def test_what_is_shown_is_escaped() -> None:
    glance = ConversationSummary("chat:web:<script>", Owner.BOT, "<b>", 1, 0, '"', 0.0, 0)

    page = render(Overview({Owner.BOT: 1}, (glance,), True, 0))

    assert "<script>" not in page
    assert "chat:web:&lt;script&gt;" in page
