"""Makes one FastAPI app of the routes that it is given, behind one edge; `bot/app/web.py` collects them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Router

from bot.domain.errors import TemporaryFailure
from integrations.web.access import KeyNeeded
from integrations.web.console.sign_in import ask_for_key
from integrations.web.edge import BodyGuard, Edge

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def create_web(
    *parts: BaseRoute | Router,
    body_limits: Mapping[str, int] | None = None,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Return the app with all `parts`.

    Args:
        parts: routers and single routes, asked in this order.
        body_limits: largest body in bytes, by path, where it is not 1 MiB.
    """
    app = FastAPI(title="Frontdesk", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    for part in parts:
        if isinstance(part, APIRouter):
            app.include_router(part)
        elif isinstance(part, Router):
            app.router.routes += part.routes
        else:
            app.router.routes.append(part)
    app.add_exception_handler(TemporaryFailure, _store_down)
    app.add_exception_handler(KeyNeeded, ask_for_key)
    app.add_middleware(BodyGuard, limits=dict(body_limits or {}))
    app.add_middleware(Edge)
    return app


async def _store_down(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "not stored, please try again"}, status_code=503, headers={"Retry-After": "1"})
