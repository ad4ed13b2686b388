"""Starts what the command line asks for: web, worker or both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bot.app.probes import probed
from bot.app.reception import Reception, open_reception
from bot.app.server import keep_what_is_loaded, serving, until_signalled, why_not, working
from bot.app.settings import Settings
from bot.app.start_line import say_start, warn_of_slips
from bot.app.tracing import traced
from bot.domain.errors import ConfigError
from bot.imports import uncollected
from bot.late_package import absent
from bot.store.tasks import end

log = structlog.get_logger(__name__)


async def serve(
    settings: Settings, *, host: str, port: int, web: bool = True, worker: bool = True, concurrency: int = 200
) -> None:
    """Run until SIGINT or SIGTERM; then take nothing new and let the turns that run finish.

    Args:
        host: where the web app listens; of a worker alone, where it is asked for its health and metrics.

    Raises:
        ConfigError: the environment, the desk or the address cannot work.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(traced())
        opening = _taking_turns(settings, concurrency) if worker else open_reception(settings)
        reception = await stack.enter_async_context(opening)
        warn_of_slips(reception.desk)
        if web:
            with uncollected(), absent("watchfiles"):  # a server that reloads itself is nobody's
                from bot.app.web import create_app  # ten megabytes that a worker alone does not pay

            try:
                url = await stack.enter_async_context(serving(create_app(reception), host, port))
            except OSError as error:
                raise ConfigError(why_not(host, port, error)) from error
            for side in reception.sides:
                await stack.enter_async_context(side.listening(reception.core))
            log.info("web.started", url=url)
        else:
            await stack.enter_async_context(probed(reception, host))
        keep_what_is_loaded()
        # Beside everything else: a vendor that does not answer holds up neither the start nor a signal to stop.
        stack.push_async_callback(end, asyncio.create_task(say_start(reception, web=web, worker=worker)))
        await until_signalled()


@asynccontextmanager
async def _taking_turns(settings: Settings, concurrency: int) -> AsyncIterator[Reception]:
    """Accept, take turns, and do what is done again and again.

    Raises:
        ConfigError: as for `serve`.
    """
    with uncollected(), absent("rich", "trio"):  # HTTP libraries take them along where they happen to be installed
        from bot.app.background import background  # what answers: ninety megabytes that a web process does not pay
        from bot.app.container import open_engine

    async with open_engine(settings, concurrency=concurrency) as engine, working(engine.worker), background(engine):
        yield engine
