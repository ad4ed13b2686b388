"""Opens the desk's database (`DATABASE_URL`), brings its tables up to date, and makes and seeds the desk's own once."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from sqlalchemy import URL, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from bot.data_folder import usable
from bot.desk.database.data import Data, DeskData, DeskWithData
from bot.desk.database.engine import BEGIN, VARIABLE, file_of, hold_others_off, open_engine
from bot.desk.database.owners import foreign_ids, with_colleagues
from bot.desk.database.schema import read_schema
from bot.desk.database.tables import seeded
from bot.desk.tools.customer import Customer
from bot.domain.errors import ConfigError
from bot.domain.ports import Clock
from bot.migrations.schema import Schema

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
        """Connect, bring an SQLite file up to date, make the desk's tables where they are missing and seed them once.

        Args:
            url: a SQLAlchemy URL of an async driver.
            clock: dates in the first rows are relative to its time.
            organisations: company → ids or addresses of the customers who share its things.

        Raises:
            ConfigError: the URL names no driver that works here, a database that does not answer, or one whose
                tables are not of this version.
        """
        database = await cls.reached(url, desk.data, organisations)
        try:
            await database.bring_up()
            if desk.data is not None:
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
    ) -> Self:
        """Connect, and change nothing.

        Raises:
            ConfigError: the URL names no driver that works here, or a database that does not answer.
        """
        database = cls(open_engine(url), desk, organisations)
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
            cause = cause.__cause__ or cause  # asyncpg's own, which tells a wrong password from a server that stops
            mend = "see that it is an SQLite file" if file else "see that it runs, and that user and password are right"
            raise ConfigError(f"{VARIABLE}: {self.where} does not answer ({type(cause).__name__}); {mend}") from error

    @property
    def engine(self) -> AsyncEngine:
        """For what this package asks of the product's own tables."""
        return self._engine

    @property
    def desk_tables(self) -> Sequence[str]:
        """Names of the desk's own tables."""
        return sorted(self._desk.metadata.tables) if self._desk else ()

    @property
    def where(self) -> str:
        """Where it is, without user and password."""
        file = file_of(self._engine)
        url = self._engine.url  # `url.set(username=None)` would leave the name as it is
        bare = URL.create(url.drivername, host=url.host, port=url.port, database=url.database)
        return str(file) if file else bare.render_as_string()

    @property
    def is_on_server(self) -> bool:
        """Whether a server keeps it, with logs and backups of its own, and no file of ours."""
        return self._engine.dialect.name != "sqlite"

    @property
    def upgrades_itself(self) -> bool:
        """Whether a start brings the tables up to date: in an SQLite file, which has no administrator."""
        return self._engine.dialect.name == "sqlite"

    async def bring_up(self) -> None:
        """Return once the product's own tables are of this version, or of a newer one that lets us run on it.

        Raises:
            ConfigError: they are not, and `frontdesk db upgrade` is for somebody else to run.
        """
        schema = await self.schema()
        if schema.is_older and self.upgrades_itself:
            _, schema = await self.upgrade()
        schema.must_be_current(VARIABLE)

    async def schema(self) -> Schema:
        """Return what the product's own tables are of."""
        return await read_schema(self._engine)

    async def upgrade(self) -> tuple[Schema, Schema]:
        """Bring the product's own tables up to date, all or nothing; return what they were of, and are.

        Raises:
            ConfigError: they are of a newer version that keeps this program out, or the database refuses.
        """
        try:
            async with self._locked() as connection:
                before = await read_schema(connection)
                before.must_allow_us(VARIABLE)
                if before.is_older:
                    from bot.migrations.upgrade import upgrade  # a library that no other start needs

                    await upgrade(connection, before)
        except DBAPIError as error:
            why = str(error.orig).partition("\n")[0]  # the lines below it quote rows
            raise ConfigError(f"{VARIABLE}: {self.where} could not be upgraded, nothing changed: {why}") from error
        return before, await self.schema()

    async def prepare(self, name: str, desk: DeskData, clock: Clock) -> None:
        """Make the desk's tables where they are missing, and seed them once."""
        async with self._locked() as connection:
            await connection.run_sync(desk.metadata.create_all)
            if await connection.scalar(select(seeded.c.desk).where(seeded.c.desk == name)) is None:
                async with AsyncSession(connection, expire_on_commit=False) as session:
                    await desk.seed(session, clock)
                    await session.flush()
                await connection.execute(seeded.insert().values(desk=name, at=clock.now()))

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncSession]:
        """Yield a session in a transaction beside which no other of this kind runs, in any process."""
        async with self._locked() as connection, AsyncSession(connection, expire_on_commit=False) as session:
            yield session
            await session.flush()

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in such a transaction."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
            async with connection.begin():
                await hold_others_off(connection)
                yield connection

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
