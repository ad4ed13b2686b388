"""`/healthz` (alive), `/readyz` (the store takes writes, the database answers), `/metrics`.

A vendor that is away is shown and makes nobody unready: what waits for it is kept, and a process taken out of its load
balancer could not even accept what customers write meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.domain.errors import RemoteError
from bot.telemetry import metrics
from integrations.web.edge import BodyGuard, Edge

KEEP_SECONDS = 5.0
CHECK_SECONDS = 2.0

Check = Callable[[], Awaitable[object]]
"""Returns when a dependency answers, raises when it does not."""


class Backlog(Protocol):
    """What waits for vendors to take it; `oldest` in seconds."""

    @property
    def effects(self) -> int: ...
    @property
    def conversations(self) -> int: ...
    @property
    def oldest(self) -> float: ...


Look = Callable[[], Awaitable[Backlog]]

log = structlog.get_logger(__name__)


class Readiness:
    """Asks the dependencies, all at once, at most every `KEEP_SECONDS`.

    Args:
        checks: of what is needed, by the name that `/readyz` shows (`redis`, `database`, `worker`).
        vendors: of those without whom what customers write is still accepted and kept.
        monotonic: seconds; the tests' own.
        backlog: what waits for vendors, None where nothing is delivered.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        monotonic: Callable[[], float] = time.monotonic,
        backlog: Look | None = None,
        vendors: Mapping[str, Check] | None = None,
    ) -> None:
        self._needed = frozenset(checks)
        self._checks = {**checks, **(vendors or {})}
        self._backlog = backlog
        self._monotonic = monotonic
        self._asking = asyncio.Lock()
        self._known: dict[str, bool] = {}
        self._until = float("-inf")

    def is_enough(self, found: Mapping[str, bool]) -> bool:
        """Return whether what is needed answers."""
        return all(answers for name, answers in found.items() if name in self._needed)

    async def reachable(self) -> Mapping[str, bool]:
        """Return each dependency and whether it answers."""
        async with self._asking:
            if self._monotonic() >= self._until:
                answers = await asyncio.gather(*(self._ask(name) for name in self._checks))
                self._known = dict(zip(self._checks, answers, strict=True))
                self._until = self._monotonic() + KEEP_SECONDS
            return self._known

    async def waiting(self) -> Mapping[str, int]:
        """Return what waits for vendors, in numbers; nothing where the store does not tell."""
        if self._backlog is None:
            return {}
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                found = await self._backlog()
        except Exception as error:
            log.warning("backlog.unknown", error=type(error).__name__)
            return {}
        metrics.STUCK_EFFECTS.set(found.effects)
        metrics.STUCK_SECONDS.set(found.oldest)
        return {
            "effects": found.effects,
            "conversations": found.conversations,
            "oldest_seconds": round(found.oldest),
        }

    async def _ask(self, name: str) -> bool:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except Exception as error:
            log.warning("dependency.unreachable", dependency=name, error=type(error).__name__)
            return False
        return True


def health_routes(readiness: Readiness, gauges: Sequence[Check] = ()) -> Sequence[BaseRoute]:
    """Return the three routes; none needs a key, none says more than names and counts.

    Args:
        gauges: each reads something of the store and sets the metrics that show it.
    """

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        found = await readiness.reachable()
        shown = {name: "ok" if answers else "unreachable" for name, answers in found.items()}
        ok = readiness.is_enough(found)
        waiting = await readiness.waiting()
        body = {"status": "ready" if ok else "not ready", "dependencies": shown}
        return JSONResponse(body | ({"waiting": waiting} if waiting else {}), status_code=200 if ok else 503)

    async def exposition(_request: Request) -> Response:
        await readiness.waiting()
        for gauge in gauges:
            with suppress(RemoteError, TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await gauge()
        return Response(metrics.exposition(), headers={"content-type": CONTENT_TYPE_LATEST})

    return Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", exposition)


def health_app(routes: Sequence[BaseRoute]) -> Starlette:
    """Return an app of these routes alone, behind the same edge as the web app's, and without its framework."""
    return Starlette(routes=routes, middleware=[Middleware(Edge), Middleware(BodyGuard, limits={})])
