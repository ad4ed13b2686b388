"""Opens the desk's database (`DATABASE_URL`), and creates and seeds its tables once."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, Self

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    event,
    func,
    make_url,
    or_,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.data_folder import usable
from bot.desk.tools.customer import Customer
from bot.domain.errors import ConfigError
from bot.domain.ports import Clock

VARIABLE = "DATABASE_URL"
_LOCKING = frozenset({"sqlite", "postgresql"})  # databases on which `_hold_others_off` does what it says
_CONNECT_SECONDS = 10
_BUSY_SECONDS = 10  # how long a SQLite write waits for another process's write
_LOCK = 7_305_001  # any number; what must not happen beside itself takes it on PostgreSQL
_BEGIN = "frontdesk_begin"

Session = AsyncSession

_own = MetaData()
_seeded = Table("frontdesk_seeded", _own, Column("desk", String(64), primary_key=True), Column("at", Float))


class Money(TypeDecorator[Decimal]):
    """An amount with two places: exact numeric, and whole hundredths on SQLite, which knows only floats."""

    impl = Numeric(12, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type that keeps the amount exact."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(12, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Return what is stored.

        Raises:
            ValueError: the amount is no `Decimal` with at most two places.
        """
        if value is None:
            return None
        if not isinstance(value, Decimal) or value != value.quantize(Decimal("0.01")):
            raise ValueError("money is a Decimal with two places")
        return int(value * 100) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the stored amount."""
        if value is None:
            return None
        amount = Decimal(value) / 100 if dialect.name == "sqlite" else Decimal(value)
        return amount.quantize(Decimal("0.01"))


audit = Table(
    "frontdesk_audit",
    _own,
    Column("key", String(64), primary_key=True),  # the proposal's id: what is committed once is written once
    Column("at", Float, nullable=False),
    Column("action", String(64), nullable=False),
    Column("customer", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("summary", Text, nullable=False),
    Column("amount", Money),
    Column("author", String(255), nullable=False),  # who asked, as messages name their authors
    Column("confirmed_by", String(255), nullable=False),  # the message that said yes
    Column("approved_by", String(255), nullable=False),  # empty where nobody had to
    Column("reason", Text, nullable=False),  # the customer's own words
    Column("conversation", String(255), nullable=False),
)
"""Who did what, why and when: one row per committed action."""

pending = Table(
    "frontdesk_pending",
    _own,
    Column("subject", String(128), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("conversation", String(255), nullable=False),
)
"""What waits for a human: one action per thing, and no other one on it meanwhile."""


begun = Table(
    "frontdesk_begun",
    _own,
    Column("key", String(64), primary_key=True),
    Column("at", Float, nullable=False),
)
"""What another program was asked to do and has not yet been told of as done: written before it is asked."""


asked_outside = Table(
    "frontdesk_asked",
    _own,
    Column("key", String(64), primary_key=True),
    Column("at", Float, nullable=False),
    Column("action", String(64), nullable=False),
    Column("customer", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("amount", Money),
)
"""The sums of what `begun` holds: until it is known that it was not done, it counts towards its limit."""


class DeskData(Protocol):
    """What a desk's `data.py` has to define."""

    metadata: MetaData

    async def seed(self, session: AsyncSession, clock: Clock) -> None:
        """Add the first rows; called once per database, in the transaction that makes the tables."""

    async def customer_by_email(self, session: AsyncSession, email: str) -> Customer | None:
        """Return the customer with this address (lower case), None when there is none."""

    async def customer_by_id(self, session: AsyncSession, customer_id: str) -> Customer | None:
        """Return the customer with this id, None when there is none."""


class DeskWithData(Protocol):
    """The part of a desk that the database needs."""

    @property
    def id(self) -> str:
        """The desk's folder name; each desk of one database is seeded on its own."""

    @property
    def data(self) -> DeskData | None:
        """Its `data.py`, None for a desk without data."""


async def spent(
    session: AsyncSession,
    action: str,
    *,
    customer: str = "",
    subject: str = "",
    since: float = 0.0,
    besides: str = "",
) -> Decimal:
    """Return the amounts of an action that were committed, or may have been.

    Args:
        customer: whose, empty for everybody's.
        subject: on which thing, empty for all; however it is written.
        since: Unix seconds after which it counts.
        besides: key of the one that does not count.
    """
    total = Decimal("0.00")
    for table in (audit, asked_outside):
        rows = select(table.c.amount).where(
            table.c.action == action, table.c.at > since, table.c.key != besides, table.c.amount.is_not(None)
        )
        if customer:
            rows = rows.where(table.c.customer == customer)
        if subject:
            rows = rows.where(or_(table.c.subject == subject, func.lower(table.c.subject) == subject.lower()))
        total += sum((await session.scalars(rows)).all(), Decimal("0.00"))
    return total


class Data:
    """The desk's database as its tools see it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Yield a session in one transaction: committed at the end, rolled back on an error."""
        async with self._sessions.begin() as session:
            yield session


class JoinedData(Data):
    """The desk's database inside a transaction that has begun: whatever asks for a session gets that one."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Yield the transaction's session; whoever began it ends it."""
        yield self._session


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
        database = cls(_engine(url), desk.data, organisations)
        if desk.data is not None:
            try:
                await database._connect()
                await database._prepare(desk.id, desk.data, clock)
            except BaseException:
                await database.close()
                raise
        return database

    async def _connect(self) -> None:
        """Connect once: whatever keeps us from it is told in words, and never with the URL's password.

        Raises:
            ConfigError: the database does not answer, or its file cannot be used.
        """
        file = _file_of(self._engine)
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

    async def _prepare(self, name: str, desk: DeskData, clock: Clock) -> None:
        async with self._engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            async with connection.begin():
                await _hold_others_off(connection)
                await connection.run_sync(_own.create_all)
                await connection.run_sync(desk.metadata.create_all)
                if await connection.scalar(select(_seeded.c.desk).where(_seeded.c.desk == name)) is None:
                    async with AsyncSession(connection, expire_on_commit=False) as session:
                        await desk.seed(session, clock)
                        await session.flush()
                    await connection.execute(_seeded.insert().values(desk=name, at=clock.now()))

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncSession]:
        """Yield a session in a transaction beside which no other of this kind runs, in any process."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
            async with connection.begin():
                await _hold_others_off(connection)
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
            return await self._with_colleagues(session, self._desk, found)

    async def customer_by_id(self, customer_id: str) -> Customer | None:
        """Return the customer with this id; the caller has proved that the author is this customer."""
        if self._desk is None or not customer_id:
            return None
        async with self.session() as session:
            found = await self._desk.customer_by_id(session, customer_id)
            return await self._with_colleagues(session, self._desk, found)

    async def foreign(self, ids: Collection[str], customer: Customer | None) -> frozenset[str]:
        """Return which of these ids stand for another customer, or for a thing of theirs.

        A thing is a row found by its key; its customer is whoever one of its foreign keys names.
        """
        if self._desk is None or not ids:
            return frozenset()
        own = frozenset(customer.ids if customer else ())
        owners: set[tuple[str, str]] = {(each, each) for each in ids}
        async with self.session() as session:
            for table in self._desk.metadata.sorted_tables:
                for key, *people in _keys_and_people(table):
                    rows = await session.execute(select(key, *people).where(key.in_(ids)))
                    owners |= {(str(row[0]), str(person)) for row in rows for person in row[1:] if person}
            others = {who for _, who in owners if who not in own and await self._desk.customer_by_id(session, who)}
        return frozenset(each for each, who in owners if who in others)

    async def _with_colleagues(
        self, session: AsyncSession, desk: DeskData, customer: Customer | None
    ) -> Customer | None:
        """Add those who share things with the customer, by the first organisation that names them."""
        if customer is None:
            return None
        names = {customer.id, customer.email.lower()}
        for organisation, people in self._organisations.items():
            if names & {person.lower() if "@" in person else person for person in people}:
                ids = [await _id_of(session, desk, person) for person in people]
                others = tuple(sorted({found for found in ids if found} - {customer.id}))
                return replace(customer, organisation=organisation, colleagues=others)
        return customer


def _keys_and_people(table: Table) -> Iterator[list[Column[Any]]]:
    """Yield each column that names a row by text, with the columns that may name its customer."""
    people = [column for column in table.columns if column.foreign_keys and isinstance(column.type, String)]
    keys = [
        column
        for column in table.columns
        if isinstance(column.type, String) and ((column.primary_key and len(table.primary_key) == 1) or column.unique)
    ]
    yield from ([key, *people] for key in keys if people)


async def _id_of(session: AsyncSession, desk: DeskData, person: str) -> str:
    """Return the id of a customer named by id or address; empty where there is none."""
    by_email = "@" in person
    found = await (desk.customer_by_email if by_email else desk.customer_by_id)(
        session, person.lower() if by_email else person
    )
    return found.id if found else ""


def _engine(url: str) -> AsyncEngine:
    try:
        kind = make_url(url).get_backend_name()
        if kind not in _LOCKING:
            raise ConfigError(
                f"{VARIABLE}: on {kind} nothing would keep two workers from committing the same refund; "
                f"use sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
            )
        engine = create_async_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, InvalidRequestError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            f"{VARIABLE}: names no async driver that is installed; use sqlite+aiosqlite:///FILE, or "
            "postgresql+asyncpg://USER:PASSWORD@HOST/NAME after installing frontdesk-bot[postgres]"
        ) from error
    if engine.dialect.name == "sqlite":
        if file := _file_of(engine):
            with usable(file.parent, VARIABLE):
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _file_of(engine: AsyncEngine) -> Path | None:
    """Return SQLite's file, None for what is kept elsewhere."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(file) if file and file != ":memory:" and not file.startswith("file:") else None


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own late BEGIN would let two processes both read "not seeded":
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#serializable-isolation-savepoints-transactional-ddl
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_SECONDS * 1000}",
        "journal_mode = WAL",  # readers never wait for the writer
        "synchronous = FULL",  # a committed refund survives a power cut
        "foreign_keys = ON",
    ):
        _patiently(cursor, f"PRAGMA {pragma}")
    cursor.close()


def _patiently(cursor: Any, statement: str) -> None:
    """Run a statement that SQLite may refuse at once, whatever the busy timeout says: the first switch to WAL does
    not wait for another process that makes the same switch (https://www.sqlite.org/wal.html).
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


async def _hold_others_off(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
