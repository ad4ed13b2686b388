"""The outermost layer of the web app: body limits, headers of every answer, what an error shows."""

import asyncio
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.telemetry import metrics

LARGEST_BODY = 1024 * 1024
DRAINED = 8 * LARGEST_BODY
"""What is read of a refused body: a sender that is cut off in the middle sees a broken connection, not the 413."""
BODY_SECONDS = 15.0

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

log = structlog.get_logger(__name__)


class Edge:
    """Adds the security headers, counts the request, and answers 500 without details to what nobody caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("http.failed", route=_route(scope))
            if not status:
                await JSONResponse({"detail": "internal error"}, status_code=500)(scope, receive, answer)
        finally:
            metrics.HTTP_REQUESTS.labels(route=_route(scope), status=str(status)).inc()


class BodyGuard:
    """Reads the body before anything else does, and no more of it than the route takes.

    Args:
        limits: bytes by path; every other path takes `LARGEST_BODY`.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], LARGEST_BODY)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(receive, limit, Headers(scope=scope).get("content-length", ""))
        except TimeoutError:
            await _refuse(408, "the body took too long", scope, receive, send)
            return
        if body is None:
            await _refuse(413, f"the body is larger than {limit // 1024} KiB", scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)


async def _read(receive: Receive, limit: int, declared: str) -> Message | None:
    """Return the whole body as one message (or the disconnect that came first), None when it is over `limit`."""
    size = 0
    chunks: list[bytes] = []
    if declared.isdecimal() and int(declared) > DRAINED:
        return None
    while size <= DRAINED:
        message = await receive()
        if message["type"] != "http.request":
            return message
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        if not message.get("more_body"):
            return {"type": "http.request", "body": b"".join(chunks), "more_body": False} if size <= limit else None
    return None


def _again(first: Message, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return replay


async def _refuse(status: int, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"detail": reason}, status_code=status)(scope, receive, send)


def _route(scope: Scope) -> str:
    """Return the route's pattern, never the path of a request: its ids would make a metric of each."""
    pattern = getattr(scope.get("route"), "path", "")
    if not pattern and scope.get("endpoint") and not scope.get("path_params"):
        pattern = scope["path"]  # a plain Starlette route does not name itself; without parameters its path does
    return str(pattern or "other")
