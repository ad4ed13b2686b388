"""Applies the versions that a database lacks, by Alembic; imported only where there is something to apply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.migrations.schema import NEEDS_TABLE, Schema

LOOK_SECONDS = 0.005

_needs = Table(NEEDS_TABLE, MetaData(), Column("needs", String(32), nullable=False))
_one_at_a_time = Lock()


async def upgrade(connection: AsyncConnection, schema: Schema) -> None:
    """Apply them in the connection's transaction, beside which no other upgrade of that database runs.

    Args:
        schema: what the database has.
    """
    async with _alone_in_process():
        await connection.run_sync(_apply, schema)


def described(version: str) -> str:
    """Return in one line what a version does."""
    return str(_scripts().get_revision(version).doc)


@asynccontextmanager
async def _alone_in_process() -> AsyncIterator[None]:
    """Alembic's `op` and `context` are one for the process, whatever its databases, tasks and threads are:
    https://alembic.sqlalchemy.org/en/latest/ops.html
    """
    while not _one_at_a_time.acquire(blocking=False):  # noqa: ASYNC110  # held by other threads' loops too
        await asyncio.sleep(LOOK_SECONDS)
    try:
        yield
    finally:
        _one_at_a_time.release()


def _apply(connection: Connection, schema: Schema) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    needs = max(str(_scripts().get_revision(version).module.NEEDS) for version in schema.due)
    connection.execute(_needs.delete())
    connection.execute(_needs.insert().values(needs=max(needs, schema.needs)))


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    return config
