"""Collects the web app's routes: those of all connected vendors, health and metrics."""

from collections import ChainMap

from fastapi import FastAPI

from bot.app.reception import Reception
from bot.store.records.stuck_effects import Stuck
from integrations.web.app import create_web
from integrations.web.health import Readiness, health_router


def create_app(engine: Reception) -> FastAPI:
    """Return the web app: the routes of what is connected, and health."""
    sides, core = engine.sides, engine.core
    vendors = {connector.origin.value: side.ping for connector, side in sides.reachable if side.is_connected}
    readiness = Readiness(engine.own_parts, vendors=vendors, backlog=Stuck(engine.client, engine.clock).look)
    return create_web(
        *(route for side in sides for route in side.routes(core)),
        health_router(readiness, engine.brake.mode),
        body_limits=dict(ChainMap(*[dict(side.body_limits) for side in sides])),
    )
