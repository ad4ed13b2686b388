"""The demo's one address: what customers' programs and operators call is the bot's, the rest the sandbox's."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.app.one_door import OneDoor


def named(name: str) -> Starlette:
    """Return an app that answers everything with its name."""

    async def say(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(name)

    return Starlette(routes=[Route("/{path:path}", say)])


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        *(("/chat", "bot"), ("/conversation/abc", "bot"), ("/conversation/abc/reset", "bot"), ("/console", "bot")),
        *(("/console/figures.json?by=day", "bot"), ("/healthz", "bot"), ("/readyz", "bot"), ("/metrics", "bot")),
        *(("/", "sandbox"), ("/page/app.js", "sandbox"), ("/api/v2/chat", "sandbox"), ("/chats", "sandbox")),
        *(("/slack/api/auth.test", "sandbox"), ("/_sandbox/state", "sandbox")),
    ],
)
async def test_each_path_has_one_app_that_answers(path: str, whose: str) -> None:
    door = OneDoor(named("sandbox"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://demo") as client:
        before = await client.get(path)
        door.lead_to(named("bot"))
        after = await client.get(path)

    assert (before.text, after.text) == ("sandbox", whose)
