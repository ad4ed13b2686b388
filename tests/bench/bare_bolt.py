"""The baseline: a Bolt app with one listener that does nothing, on FastAPI, as Bolt's documentation has it.

It checks signatures and keeps Bolt's defaults; it stores nothing. Only `auth.test`, which Bolt asks once, is
answered here instead of by Slack. https://docs.slack.dev/tools/bolt-python/concepts/async
"""

from typing import Any

from fastapi import FastAPI, Request
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.app.server import run, serving, until_signalled
from tests.bench.slack_lines import BOT, SECRET, TEAM


async def auth_test(_request: Request) -> JSONResponse:
    """Return whom the token belongs to, as Slack would."""
    who = {"ok": True, "team_id": TEAM, "user_id": BOT, "bot_id": "B0BOT", "url": "https://bench.slack.com/"}
    return JSONResponse(who)


def create_app(api_url: str) -> FastAPI:
    """Return the app.

    Args:
        api_url: base of the Web API.
    """
    bolt = AsyncApp(client=AsyncWebClient("xoxb-bench", base_url=api_url), signing_secret=SECRET)

    @bolt.event("message")
    async def heard() -> None:
        """Do nothing."""

    handler = AsyncSlackRequestHandler(bolt)
    app = FastAPI()

    @app.post("/slack/events")
    async def events(request: Request) -> Any:
        return await handler.handle(request)

    return app


async def main() -> None:
    """Serve until told to stop."""
    slack = Starlette(routes=[Route("/api/auth.test", auth_test, methods=["POST"])])
    async with (
        serving(slack, "127.0.0.1", 0) as slack_url,
        serving(create_app(f"{slack_url}/api/"), "127.0.0.1", 0) as url,
    ):
        print(url, flush=True)
        await until_signalled()


if __name__ == "__main__":
    run(main())
