"""The benchmark's front desk: a store, a database filled from the folder, the web app; workers are started beside."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from bot.app.container import open_engine
from bot.app.settings import Settings
from bot.app.web import create_app
from bot.desk.database import Database, audit
from bot.store.embedded import EmbeddedRedis
from tests import desks
from tests.retail.books import fill, put_back, read_back
from tests.retail.crew import Crew
from tests.retail.customers import KEY, SECRET, Talk, client
from tests.retail.documents import Documents, differences, read_folder
from tests.retail.tasks import Changes

DESK = Path(desks.__file__).with_name("retail")


@dataclass(frozen=True)
class Shop:
    """What is played with.

    Args:
        first: the database as it was filled.
    """

    data: Database
    first: Documents
    http: httpx.AsyncClient
    crew: Crew

    def talk(self, session: str, customer: str) -> Talk:
        """Return a new conversation of a customer."""
        return Talk(self.http, session, customer)

    async def changes(self) -> Changes:
        """Return what differs from the database as it was filled."""
        async with self.data.session() as session:
            return differences(self.first, await read_back(session))

    async def committed(self) -> Mapping[str, int]:
        """Return how many actions were committed per conversation."""
        async with self.data.session() as session:
            return Counter((await session.scalars(select(audit.c.conversation))).all())

    async def put_back(self, changes: Changes) -> None:
        """Let the database be as it was filled.

        Raises:
            RuntimeError: it is not.
        """
        async with self.data.session() as session:
            await put_back(session, self.first, changes)
        if left := await self.changes():
            raise RuntimeError(f"the database could not be put back: {left}")


@asynccontextmanager
async def open_shop(source: Path, split: str, folder: Path) -> AsyncIterator[Shop]:
    """Yield the shop of a benchmark's folder, without workers.

    Args:
        folder: where its own files go.
    """
    async with AsyncExitStack() as stack:
        redis = EmbeddedRedis(folder / "store")
        redis.start()
        stack.callback(redis.close)
        settings = _settings(folder, redis.url)
        engine = await stack.enter_async_context(open_engine(Settings(_env_file=None, **settings), takes_turns=False))
        async with engine.data.session() as session:
            await fill(session, read_folder(source))
        async with engine.data.session() as session:
            first = await read_back(session)
        http = await stack.enter_async_context(client(create_app(engine)))
        yield Shop(engine.data, first, http, Crew(source, split, settings, folder / "workers.log"))


def _settings(folder: Path, redis_url: str) -> Mapping[str, Any]:
    return {
        "redis_url": redis_url,
        "database_url": f"sqlite+aiosqlite:///{folder / 'shop.db'}",
        "frontdesk_data_dir": folder,
        "frontdesk_desk": str(DESK),
        "frontdesk_model": "offline",
        "frontdesk_api_keys": f"{KEY}:{SECRET}:chat",
        "frontdesk_rate_per_minute": 100_000,
        # A killed worker's conversations are taken up soon.
        "frontdesk_lease_seconds": 2,
        "frontdesk_redelivery_seconds": 2,
    }
