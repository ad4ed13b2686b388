"""Opens the desk's database for reading alone: whatever would write is refused before it is sent, and counted."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import event, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.desk.database.data import DeskWithData
from bot.desk.database.database import Database
from bot.desk.database.engine import file_of
from bot.desk.database.owners import key_values
from bot.desk.database.tables import seeded
from bot.desk.tools.customer import Customer
from bot.domain.errors import PermanentFailure

_READS = re.compile(
    r"\s*(?:(?:SELECT|WITH|VALUES|EXPLAIN|SHOW|BEGIN|ROLLBACK|SAVEPOINT|RELEASE)\b|PRAGMA (?:main\.)?table_)",
    re.IGNORECASE,
)
_MOST_IDS = 500  # of each table, from which the forms of ids are learnt


class WriteRefused(PermanentFailure):
    """Something would have been written to a database that is open for reading alone."""


@dataclass
class RefusedWrites:
    """Counts what was refused."""

    count: int = field(default=0)

    def refuse(self) -> None:
        """Count one, and refuse it.

        Raises:
            WriteRefused: always.
        """
        self.count += 1
        raise WriteRefused("the database is open for reading alone", "read_only")


class ReadOnlyDatabase(Database):
    """The desk's database, in which nothing can be changed through this object."""

    refused: RefusedWrites

    @classmethod
    async def look_at(
        cls, url: str, desk: DeskWithData, organisations: Mapping[str, Sequence[str]] | None = None
    ) -> Self | None:
        """Return it as it is now, None where the desk has nothing there yet.

        Args:
            url: a SQLAlchemy URL of an async driver.
            organisations: company → ids or addresses of the customers who share its things.
        """
        engine = _reading_engine(url)
        if engine is None:
            return None
        database = cls(engine, desk.data, organisations)
        database.refused = RefusedWrites()
        event.listen(engine.sync_engine, "before_cursor_execute", _refuse_writes(database.refused))
        if desk.data is None or await database._is_seeded(desk.id):
            return database
        await database.close()
        return None

    async def _is_seeded(self, name: str) -> bool:
        try:
            async with self._engine.connect() as connection:
                return await connection.scalar(select(seeded.c.desk).where(seeded.c.desk == name)) is not None
        except SQLAlchemyError:
            return False

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncSession]:
        """Refuse: who wants to be alone wants to write.

        Raises:
            WriteRefused: always.
        """
        self.refused.refuse()
        async with self.session() as session:
            yield session

    def showing(self, shown: Callable[[Customer], Customer]) -> "ShownDatabase":
        """Return the same database, in which every customer is shown as `shown` returns them."""
        return ShownDatabase(self, shown)

    async def object_ids(self) -> Sequence[str]:
        """Return the ids of the things in the desk's tables, some of each table."""
        if self._desk is None:
            return ()
        async with self.session() as session:
            return await key_values(session, self._desk.metadata, _MOST_IDS)


class ShownDatabase(ReadOnlyDatabase):
    """The same, in which customers are shown otherwise: by the addresses that are shown they are found, too."""

    def __init__(self, database: ReadOnlyDatabase, shown: Callable[[Customer], Customer]) -> None:
        self.__dict__.update(vars(database))
        self._shown = shown
        self._ids: dict[str, str] = {}

    async def customer_by_email(self, email: str) -> Customer | None:
        """Return the customer with this address, as they are shown."""
        if customer_id := self._ids.get(email.casefold()):
            return await self.customer_by_id(customer_id)
        return self._show(await super().customer_by_email(email))

    async def customer_by_id(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, as they are shown."""
        return self._show(await super().customer_by_id(customer_id))

    def _show(self, customer: Customer | None) -> Customer | None:
        if customer is None:
            return None
        other = self._shown(customer)
        self._ids[other.email.casefold()] = customer.id
        return other


def _reading_engine(url: str) -> AsyncEngine | None:
    """Return an engine whose connections may only read, None where there is no file to read."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    server = {} if is_sqlite else {"server_settings": {"default_transaction_read_only": "on"}}
    engine = create_async_engine(url, connect_args=server)
    if is_sqlite:
        file = file_of(engine)
        if file is None or not file.exists():
            return None
        event.listen(engine.sync_engine, "connect", _only_query)
    return engine


def _only_query(connection: Any, _record: object) -> None:
    """https://www.sqlite.org/pragma.html#pragma_query_only: the library itself refuses, whoever asks."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _refuse_writes(refused: RefusedWrites) -> Any:
    def look(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if not _READS.match(statement):
            refused.refuse()

    return look
