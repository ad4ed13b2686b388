"""Collects the web app's routes: those of all connected vendors, health and metrics."""

from collections import ChainMap

from fastapi import FastAPI

from bot.app.probes import probes_of
from bot.app.reception import Reception
from bot.late_package import absent
from integrations.web.app import create_web
from integrations.web.start_page import start_router


def create_app(engine: Reception) -> FastAPI:
    """Return the web app: the routes of what is connected, and health."""
    sides, core = engine.sides, engine.core
    with absent("pydantic.v1"):  # FastAPI loads it to see that none of our types is one of its own
        return create_web(
            *(route for side in sides for route in side.routes(core)),
            *probes_of(engine),
            start_router(),
            body_limits=dict(ChainMap(*[dict(side.body_limits) for side in sides])),
        )
