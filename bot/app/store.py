"""Opens the store by the settings: commands that only look at it need nothing else, and start in a second.

Whoever imports this imports neither a model's library nor a vendor's: `tests/test_house.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import time
from urllib.parse import urlsplit

import structlog

from bot.app.settings import Settings
from bot.domain.errors import ConfigError, TemporaryFailure
from bot.store.embedded import EmbeddedRedis
from bot.store.redis import Client, connect, disconnect
from bot.store.server_check import check
from bot.store.tasks import end

log = structlog.get_logger(__name__)


class WallClock:
    """Real time."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time()


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Client]:
    """Yield a checked Redis client: `REDIS_URL`'s, or that of the embedded server.

    Raises:
        ConfigError: the server is too old, evicts, or cannot be started.
    """
    async with AsyncExitStack() as stack:
        url = settings.redis_url
        if not url:
            embedded = EmbeddedRedis(settings.frontdesk_data_dir)
            await asyncio.to_thread(embedded.start)
            stack.push_async_callback(asyncio.to_thread, embedded.close)
            url = embedded.url
            watch = asyncio.create_task(embedded.watch())
            stack.push_async_callback(end, watch)
        client = connect(url)
        stack.push_async_callback(disconnect, client)
        await _check_store(client, settings)
        yield client


def store_of(settings: Settings) -> str:
    """Return where the store is, without user and password."""
    if not settings.redis_url:
        return f"embedded in {settings.frontdesk_data_dir}"
    parts = urlsplit(settings.redis_url.replace(",", "%2C"))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].replace('%2C', ',')}{parts.path}"


def away(error: TemporaryFailure, settings: Settings) -> ConfigError:
    """Return what operators are told of a store that does not answer."""
    why = str(error).removeprefix("store: ")
    mend = "see that it runs, and that this machine may call it"
    return ConfigError(f"REDIS_URL: the server does not answer: {store_of(settings)} ({why}); {mend}")


async def _check_store(client: Client, settings: Settings) -> None:
    try:
        findings = await check(client)
    except TemporaryFailure as error:
        raise away(error, settings) from error
    for finding in findings:
        log.warning("store.finding", problem=finding.problem, mend=finding.mend)
    if fatal := [f"REDIS_URL: {finding.problem}; {finding.mend}" for finding in findings if finding.fatal]:
        raise ConfigError("\n".join(fatal))
