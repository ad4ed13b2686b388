"""Connects to PostgreSQL or SQLite, and keeps transactions apart that must not run beside each other."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.data_folder import usable
from bot.domain.errors import ConfigError

VARIABLE = "DATABASE_URL"
BEGIN = "frontdesk_begin"
"""The execution option that says how SQLite begins a transaction."""

_LOCKING = frozenset({"sqlite", "postgresql"})  # databases on which `hold_others_off` does what it says
_BUSY_SECONDS = 10  # how long a SQLite write waits for another process's write
_LOCK = 7_305_001  # any number; what must not happen beside itself takes it on PostgreSQL


def open_engine(url: str) -> AsyncEngine:
    """Return an engine for a SQLAlchemy URL, with SQLite set up so that writers wait for each other.

    Raises:
        ConfigError: the URL names no database that we know, or no driver that is installed.
    """
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
        if file := file_of(engine):
            with usable(file.parent, VARIABLE):
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def file_of(engine: AsyncEngine) -> Path | None:
    """Return SQLite's file, None for what is kept elsewhere."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(file) if file and file != ":memory:" and not file.startswith("file:") else None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    try:
        _set_up_sqlite(connection)
    except BaseException:  # cancelled, too: the pool does not know of it yet, and nobody else would close it
        connection.close()
        raise


def _set_up_sqlite(connection: Any) -> None:
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
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))


async def hold_others_off(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
