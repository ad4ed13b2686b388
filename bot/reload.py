"""The demo's hot reload: an edited desk answers from the next turn on, a broken edit leaves the old one at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
from watchfiles import DefaultFilter, awatch

from bot.app import Engine
from bot.desk.code import forget
from bot.desk.loader import Desk, desk_folder, load_desk
from bot.domain.errors import ConfigError
from bot.mailbox.ending import end
from bot.opened import open_desk

SETTLED_MS = 400
"""An editor writes a file in several steps; what follows so soon is read together."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def reloading(engine: Engine) -> AsyncIterator[None]:
    """Watch the desk's folder while the body runs."""
    async with AsyncExitStack() as stack:
        watching = asyncio.create_task(_watch(engine, stack))
        try:
            yield
        finally:
            await end(watching)


async def _watch(engine: Engine, stack: AsyncExitStack) -> None:
    name = engine.settings.frontdesk_desk
    folder = desk_folder(name)
    async for _ in awatch(folder, watch_filter=DefaultFilter(), debounce=SETTLED_MS, step=SETTLED_MS // 4):
        try:
            desk = await asyncio.to_thread(load_anew, folder)
            await adopt(engine, desk, stack)
        except ConfigError as error:
            for mistake in str(error).splitlines()[1:]:
                log.warning("desk.mistake", mistake=mistake)
            log.warning("desk.not_reloaded", desk=name, mend="the desk as it was before answers on")
        else:
            log.info("desk.reloaded", desk=name, specialists=len(desk.specialists), tools=len(desk.tools))


def load_anew(folder: Path) -> Desk:
    """Return the desk as it stands in its files now.

    Raises:
        ConfigError: naming every mistake.
    """
    forget(folder)
    return load_desk(str(folder))


async def adopt(engine: Engine, desk: Desk, stack: AsyncExitStack) -> None:
    """Let the worker's next turn use this desk; what is opened for it is closed with `stack`.

    Raises:
        ConfigError: its data cannot be opened.
    """
    settings = engine.settings
    opened = await stack.enter_async_context(open_desk(settings, desk, engine.clock, engine.helpdesk, takes_turns=True))
    engine.worker.adopt(engine.turns.with_desk(opened), desk.policy, engine.spending_of(desk))
