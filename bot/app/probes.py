"""Serves `/healthz`, `/readyz` and `/metrics` of a worker that has no web app, on a port of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version

import structlog
from starlette.routing import BaseRoute

from bot.app.reception import Reception
from bot.app.server import serving
from bot.store.admin.queue_gauges import show_queues
from bot.store.records.stuck_effects import Stuck
from bot.store.redis import Scripts
from bot.telemetry import metrics
from integrations.web.health import Readiness, health_app, health_routes

log = structlog.get_logger(__name__)


def probes_of(engine: Reception) -> Sequence[BaseRoute]:
    """Return the three routes: what a platform asks a process, whatever that process does."""
    reachable = engine.sides.reachable
    vendors = {connector.origin.value: side.ping for connector, side in reachable if side.is_connected}
    readiness = Readiness(engine.own_parts, vendors=vendors, backlog=Stuck(engine.client, engine.clock).look)
    metrics.BUILD.labels(version=version("frontdesk-bot")).set(1)
    return health_routes(readiness, (engine.brake.mode, partial(show_queues, Scripts(engine.client))))


@asynccontextmanager
async def probed(engine: Reception, host: str) -> AsyncIterator[str]:
    """Serve them while the body runs; yield the base URL, empty where they are served nowhere.

    A port that cannot be had costs nobody an answer: the worker works without being watched, and says so.
    """
    port = engine.settings.frontdesk_metrics_port
    async with AsyncExitStack() as stack:
        url = ""
        if port:
            try:
                url = await stack.enter_async_context(serving(health_app(probes_of(engine)), host, port))
            except OSError as error:
                log.warning(
                    "metrics.not_served", host=host, port=port, why=error.strerror, mend="FRONTDESK_METRICS_PORT"
                )
            else:
                log.info("metrics.served", url=url)
        yield url
