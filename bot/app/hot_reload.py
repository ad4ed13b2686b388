"""Reloads an edited desk while the demo runs; a broken edit leaves the previous desk at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
from watchfiles import DefaultFilter, awatch

from bot.app.container import Engine
from bot.desk.loading.desk import Desk, desk_folder
from bot.desk.loading.importer import forget
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError, TemporaryFailure
from bot.runtime.active_desk import DeskAtWork
from bot.store.tasks import end

SETTLED_MS = 400
"""An editor writes a file in several steps; what follows so soon is read together."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def reloading(engine: Engine) -> AsyncIterator[None]:
    """Watch the desk's folder while the body runs."""
    retiring: set[asyncio.Task[None]] = set()
    watching = asyncio.create_task(_watch(engine, retiring))
    try:
        yield
    finally:
        await end(watching)
        await asyncio.gather(*retiring)


async def _watch(engine: Engine, retiring: set[asyncio.Task[None]]) -> None:
    name = engine.settings.frontdesk_desk
    folder = desk_folder(name)
    async for _ in awatch(folder, watch_filter=DefaultFilter(), debounce=SETTLED_MS, step=SETTLED_MS // 4):
        try:
            desk = await asyncio.to_thread(load_anew, folder)
            before = await adopt(engine, desk)
        except ConfigError as error:
            for mistake in str(error).splitlines()[1:]:
                log.warning("desk.mistake", mistake=mistake)
            log.warning("desk.not_reloaded", desk=name, mend="the desk as it was before answers on")
        else:
            with suppress(TemporaryFailure):
                await engine.due.wake_all()  # what rests, rests until the deadlines of the desk before
            retiring.add(task := asyncio.create_task(retire(engine, before)))
            task.add_done_callback(retiring.discard)
            log.info("desk.reloaded", desk=name, specialists=len(desk.specialists), tools=len(desk.tools))


def load_anew(folder: Path) -> Desk:
    """Return the desk as it stands in its files now.

    Raises:
        ConfigError: naming every mistake.
    """
    forget(folder)
    return load_desk(str(folder))


async def adopt(engine: Engine, desk: Desk) -> DeskAtWork:
    """Let everything that begins from now on go by this desk; return the one before.

    Raises:
        ConfigError: its data cannot be opened.
    """
    return engine.at_work.replace(await engine.put_to_work(desk))


async def retire(engine: Engine, before: DeskAtWork) -> None:
    """Close a desk that was replaced, once the turns that began with it are over."""
    await engine.worker.settled()
    await before.close()
