"""Collects the web app's routes: those of all connected vendors, health and metrics."""

from collections import ChainMap
from functools import partial

from fastapi import FastAPI

from bot.app.container import Engine
from bot.store.records.stuck_effects import Stuck
from integrations.web.app import create_web
from integrations.web.health import Check, Readiness, health_router


def create_app(engine: Engine) -> FastAPI:
    """Return the web app: the routes of what is connected, and health."""
    sides, core = engine.sides, engine.core
    vendors = {connector.origin.value: side.ping for connector, side in sides.reachable if side.is_connected}
    readiness = Readiness(_own_parts(engine), vendors=vendors, backlog=Stuck(engine.client, engine.clock).look)
    return create_web(
        *(route for side in sides for route in side.routes(core)),
        health_router(readiness, engine.brake.mode),
        body_limits=dict(ChainMap(*[dict(side.body_limits) for side in sides])),
    )


def _own_parts(engine: Engine) -> dict[str, Check]:
    checks: dict[str, Check] = {"redis": engine.client.ping, "database": partial(_database, engine)}
    if engine.takes_turns:
        checks["worker"] = engine.worker.ping
    return checks


async def _database(engine: Engine) -> None:
    await engine.data.ping()  # of the desk that is at work now
