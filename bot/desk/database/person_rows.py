"""Finds, exports and anonymises a person's rows in the product's own tables; the desk changes its tables itself.

A row of the ledger stays, with its amount, its action and its time: what was done with money is counted for ever. Who
asked for it, in which words and where, goes.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Column, RowMapping, Table, and_, delete, or_, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.desk.database.database import Database
from bot.desk.database.engine import file_of
from bot.desk.database.tables import asked_outside, audit, pending
from bot.domain.errors import TemporaryFailure
from bot.domain.people import FORGOTTEN, Person, Trace

BUSY_SECONDS = 30.0
"""For so long other processes may keep an SQLite file from being written anew."""

LOCK_SECONDS = 2
"""For so long one attempt waits for a server's table."""

_WORDS = (audit.c.reason, audit.c.summary)
_WITH_WORDS = text(
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)"
    " AND pg_has_role(relowner, 'USAGE') AND starts_with(relname, 'frontdesk_')"
    " AND NOT starts_with(relname, 'frontdesk_figures_')"
)
"""Our tables on a server that may hold words, those that this user owns; figures, which are many, hold none."""


async def ledger_traces(database: Database) -> list[Trace]:
    """Return who asked for what, as whose customer."""
    async with database.engine.connect() as connection:
        rows = await connection.execute(select(audit.c.author, audit.c.customer).distinct())
        return [_trace(author, customer) for author, customer in rows]


def _trace(author: str, customer: str) -> Trace:
    authors = frozenset({author} - {"", FORGOTTEN})
    customers = frozenset({customer} - {"", FORGOTTEN})
    pairs = frozenset((one, other) for one in authors for other in customers)
    return Trace(authors=authors, pairs=pairs, customers=customers)


async def person_rows(database: Database, person: Person, theirs: Collection[str]) -> Mapping[str, Any]:
    """Return the person's rows by table.

    Args:
        theirs: the conversations that they wrote in.
    """
    async with database.engine.connect() as connection:
        found = {}
        for table in (audit, asked_outside, pending):
            rows = await connection.execute(select(table).where(_is_theirs(table, person, theirs)))
            found[table.name] = [{str(name): _plain(value) for name, value in row.items()} for row in rows.mappings()]
        return {name: rows for name, rows in found.items() if rows}


async def anonymise(database: Database, person: Person, theirs: Collection[str]) -> int:
    """Take the person out of the product's own tables; return how many rows had them."""
    async with _overwriting(database) as connection:
        ledger = await _change(connection, audit, person, theirs)
        asked = await _change(connection, asked_outside, person, theirs)
        # What waited for a human waits for nobody any more: its conversation is gone.
        waiting = await connection.execute(delete(pending).where(_is_theirs(pending, person, theirs)))
    await _write_anew(database)
    return ledger + asked + int(waiting.rowcount)


async def _change(connection: AsyncConnection, table: Table, person: Person, theirs: Collection[str]) -> int:
    rows = (await connection.execute(select(table).where(_is_theirs(table, person, theirs)))).mappings().all()
    for row in rows:
        values = _without(table, row, person)
        await connection.execute(update(table).where(table.c.key == row["key"]).values(values))
    return len(rows)


def _without(table: Table, row: RowMapping, person: Person) -> dict[str, Any]:
    """Return what a row says instead: nobody's words, nobody's name; a subject such as an order stays."""
    gone = {name: FORGOTTEN for name in ("author", "customer", "confirmed_by", "conversation") if name in table.c}
    if "reason" in table.c:
        gone["reason"] = FORGOTTEN if row["reason"] else ""
        gone["summary"] = person.taken_out(row["summary"])
    return gone | {"subject": person.taken_out(row["subject"])}


def _is_theirs(table: Table, person: Person, theirs: Collection[str]) -> Any:
    found = []
    if "customer" in table.c:
        found.append(table.c.customer.in_(person.customers))
    if "author" in table.c:
        found.append(_named(table.c.author, person.authors))
    if "conversation" in table.c:
        found.append(_named(table.c.conversation, theirs))
    return and_(or_(*found), table.c.key.is_not(None))


def _named(column: Column[Any], names: Collection[str]) -> Any:
    return column.in_(list(names))


@asynccontextmanager
async def _overwriting(database: Database) -> AsyncIterator[AsyncConnection]:
    """Yield a connection in a transaction; SQLite overwrites what is freed in it with zeros.

    https://www.sqlite.org/pragma.html#pragma_secure_delete
    """
    async with database.engine.connect() as connection:
        if file_of(database.engine):
            await connection.exec_driver_sql("PRAGMA secure_delete = ON")
            await connection.commit()
        async with connection.begin():
            yield connection


async def _write_anew(database: Database) -> None:
    """Write an SQLite file, or a server's tables, anew, so that no freed page and no journal holds what was deleted.

    Raises:
        TemporaryFailure: other processes have kept the file or a table busy all the time.
    """
    is_written_anew = _is_file_written_anew if file_of(database.engine) else _are_tables_written_anew
    until = asyncio.get_running_loop().time() + BUSY_SECONDS
    while not await is_written_anew(database.engine):
        if asyncio.get_running_loop().time() > until:
            raise TemporaryFailure("other processes keep the database busy")
        await asyncio.sleep(0.1)


async def _are_tables_written_anew(engine: AsyncEngine) -> bool:
    """Return whether the tables hold only what they are to hold; False while others keep one of them busy.

    A server tidies a table by itself only after some fifty rows, and leaves their bytes in its pages then.
    https://www.postgresql.org/docs/current/runtime-config-autovacuum.html, https://www.postgresql.org/docs/current/sql-vacuum.html
    """
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        names = (await alone.execute(_WITH_WORDS)).scalars().all()
        try:
            await alone.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))  # who waits for it keeps others waiting
            for name in names:
                await alone.execute(text(f"VACUUM (FULL) {name}"))
        except DBAPIError:
            return False
        finally:
            await connection.invalidate()  # its settings are no one else's
        return True


async def _is_file_written_anew(engine: AsyncEngine) -> bool:
    """Return whether the file and its journal hold only what they are to hold; False while others keep it busy.

    https://www.sqlite.org/lang_vacuum.html, https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    async with engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await raw.execute("VACUUM")
        except sqlite3.OperationalError:
            return False
        [[is_busy, *_]] = await raw.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        return not is_busy


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)
