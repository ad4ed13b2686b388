"""The door to the demo's bot: while it starts over, callers and vendors are asked to come again."""

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.app.bot_door import BotDoor


async def says_hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def test_who_comes_while_there_is_no_bot_comes_again() -> None:
    door, bot = BotDoor(), Starlette(routes=[Route("/slack/events", says_hello, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://demo") as client:
        before = await client.post("/slack/events")
        door.lead_to(bot)
        meanwhile = await client.post("/slack/events")
        door.lead_to(None)
        after = await client.post("/slack/events")

    assert meanwhile.text == "hello"
    assert [(one.status_code, one.headers.get("retry-after")) for one in (before, after)] == [(503, "1")] * 2
