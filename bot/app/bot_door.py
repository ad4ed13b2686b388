"""Leads to the demo's bot, another one after each reset; while there is none, callers are asked to come again."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class BotDoor:
    """An ASGI app in the place of whichever bot there is now."""

    def __init__(self) -> None:
        self._closed: ASGIApp = Starlette(routes=[Route("/{path:path}", _come_again, methods=ALL_METHODS)])
        self._bot: ASGIApp | None = None

    def lead_to(self, bot: ASGIApp | None) -> None:
        """Let this bot answer from now on, or none."""
        self._bot = bot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_open = scope["type"] == "http" and self._bot is not None
        app = self._bot if is_open and self._bot is not None else self._closed
        await app(scope, receive, send)


async def _come_again(_request: Request) -> PlainTextResponse:
    """Vendors deliver again what is answered so: nothing that arrives during a reset is lost."""
    return PlainTextResponse("the demo starts over, please try again", 503, headers={"Retry-After": "1"})
