"""The desk's data as its tools see it, and what a desk's `data.py` has to define."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from bot.desk.tools.customer import Customer
from bot.domain.ports import Clock

Session = AsyncSession


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
