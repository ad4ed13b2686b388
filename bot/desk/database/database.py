"""Opens the desk's database (`DATABASE_URL`), and creates and seeds its tables once."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from bot.data_folder import usable
from bot.desk.database.data import Data, DeskData, DeskWithData
from bot.desk.database.engine import BEGIN, VARIABLE, file_of, hold_others_off, open_engine
from bot.desk.database.owners import foreign_ids, with_colleagues
from bot.desk.database.tables import own, seeded
from bot.desk.tools.customer import Customer
from bot.domain.errors import ConfigError
from bot.domain.ports import Clock

_CONNECT_SECONDS = 10


class Database(Data):
    """The desk's database as the application sees it."""

    def __init__(
        self, engine: AsyncEngine, desk: DeskData | None, organisations: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(engine)
        self._desk = desk
        self._organisations = organisations or {}

    @classmethod
    async def open(
        cls, url: str, desk: DeskWithData, clock: Clock, organisations: Mapping[str, Sequence[str]] | None = None
    ) -> Self:
        """Connect, make the desk's tables where they are missing and seed them once.

        Args:
            url: a SQLAlchemy URL of an async driver.
            clock: dates in the first rows are relative to its time.
            organisations: company → ids or addresses of the customers who share its things.

        Raises:
            ConfigError: the URL names no driver that works here, or a database that does not answer.
        """
        database = await cls.reached(url, desk.data, organisations, is_needed=desk.data is not None)
        if desk.data is not None:
            try:
                await database.prepare(desk.id, desk.data, clock)
            except BaseException:
                await database.close()
                raise
        return database

    @classmethod
    async def reached(
        cls,
        url: str,
        desk: DeskData | None = None,
        organisations: Mapping[str, Sequence[str]] | None = None,
        *,
        is_needed: bool,
    ) -> Self:
        """Connect, and change nothing.

        Args:
            is_needed: whether it has to answer.

        Raises:
            ConfigError: as for `open`.
        """
        database = cls(open_engine(url), desk, organisations)
        if is_needed:
            try:
                await database._connect()
            except BaseException:
                await database.close()
                raise
        return database

    async def _connect(self) -> None:
        """Connect once: whatever keeps us from it is told in words, and never with the URL's password.

        Raises:
            ConfigError: the database does not answer, or its file cannot be used.
        """
        file = file_of(self._engine)
        if file and file.exists():
            with usable(file, VARIABLE):
                file.open("ab").close()  # SQLite opens what it may only read, and fails at the first write
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self.ping()
        except Exception as error:  # asyncpg's own stand beside SQLAlchemy's
            cause = getattr(error, "orig", None) or error
            where = file or self._engine.url.set(username=None, password=None, query={}).render_as_string()
            mend = "see that it is an SQLite file" if file else "see that it runs, and that user and password are right"
            raise ConfigError(f"{VARIABLE}: {where} does not answer ({type(cause).__name__}); {mend}") from error

    async def prepare(self, name: str, desk: DeskData, clock: Clock) -> None:
        """Make the desk's tables where they are missing, and seed them once."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
            async with connection.begin():
                await hold_others_off(connection)
                await connection.run_sync(own.create_all)
                await connection.run_sync(desk.metadata.create_all)
                if await connection.scalar(select(seeded.c.desk).where(seeded.c.desk == name)) is None:
                    async with AsyncSession(connection, expire_on_commit=False) as session:
                        await desk.seed(session, clock)
                        await session.flush()
                    await connection.execute(seeded.insert().values(desk=name, at=clock.now()))

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncSession]:
        """Yield a session in a transaction beside which no other of this kind runs, in any process."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
            async with connection.begin():
                await hold_others_off(connection)
                async with AsyncSession(connection, expire_on_commit=False) as session:
                    yield session
                    await session.flush()

    async def ping(self) -> None:
        """Return when the database answers.

        Raises:
            sqlalchemy.exc.SQLAlchemyError, OSError: it does not.
        """
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def customer_by_email(self, email: str) -> Customer | None:
        """Return the customer with this address on file; the caller has proved that the author owns it."""
        if self._desk is None or "@" not in email:
            return None
        async with self.session() as session:
            found = await self._desk.customer_by_email(session, email.strip().lower())
            return found and await with_colleagues(session, self._desk, found, self._organisations)

    async def customer_by_id(self, customer_id: str) -> Customer | None:
        """Return the customer with this id; the caller has proved that the author is this customer."""
        if self._desk is None or not customer_id:
            return None
        async with self.session() as session:
            found = await self._desk.customer_by_id(session, customer_id)
            return found and await with_colleagues(session, self._desk, found, self._organisations)

    async def foreign(self, ids: Collection[str], customer: Customer | None) -> frozenset[str]:
        """Return which of these ids stand for another customer, or for a thing of theirs."""
        if self._desk is None or not ids:
            return frozenset()
        async with self.session() as session:
            return await foreign_ids(session, self._desk, ids, customer)
