"""Opens isolated engines for cases, each with a database and a store of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from bot.app.container import open_engine
from bot.app.server import working
from bot.app.settings import Settings, load_settings
from bot.desk.cases import Case
from bot.evals.books import InMemoryTickets
from bot.evals.play import EvalTalk, Played
from bot.store.embedded import EmbeddedRedis

MOST_ROOMS = 16
"""Databases of the embedded Redis."""

_VENDORS = ("slack_", "zendesk_")


@asynccontextmanager
async def open_rooms(settings: Settings, parallel: int) -> AsyncIterator["EvalEngines"]:
    """Yield rooms on an embedded Redis that ends with them.

    Args:
        parallel: so many cases at once, at most `MOST_ROOMS`.

    Raises:
        ConfigError: there is no Redis to embed.
    """
    with TemporaryDirectory(prefix="frontdesk-eval-") as folder:
        server = EmbeddedRedis(Path(folder))
        await asyncio.to_thread(server.start)
        try:
            yield EvalEngines(settings, server.url, Path(folder), parallel)
        finally:
            await asyncio.to_thread(server.close)


def without_vendors(settings: Settings) -> dict[str, Any]:
    """Return the settings of a room that reaches nobody: no vendor, no database of the company's."""
    kept = {name: value for name, value in settings.model_dump().items() if not name.startswith(_VENDORS)}
    away = {name: field.default for name, field in Settings.model_fields.items() if name.startswith(_VENDORS)}
    return {**kept, **away, "database_url": "", "frontdesk_debounce_seconds": 0}


class EvalEngines:
    """Each case gets a database of Redis and a folder that no other one uses meanwhile."""

    def __init__(self, settings: Settings, redis_url: str, folder: Path, parallel: int) -> None:
        self._settings = without_vendors(settings)
        self._redis_url = redis_url
        self._folder = folder
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for number in range(parallel):
            self._free.put_nowait(number)

    async def play(self, desk: Path, case: Case) -> Played:
        """Play a case once."""
        number = await self._free.get()
        try:
            own = {
                "redis_url": f"{self._redis_url}?db={number}",
                "frontdesk_data_dir": self._folder / uuid4().hex,
                "frontdesk_desk": str(desk),
            }
            book = InMemoryTickets()
            async with open_engine(load_settings(**self._settings | own), concurrency=1, tickets=book) as engine:
                await engine.client.flushdb()
                async with working(engine.worker):
                    return await EvalTalk(engine, book, case).played()
        finally:
            self._free.put_nowait(number)
