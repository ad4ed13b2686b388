"""Reads which version the product's own tables are of."""

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.migrations.schema import QUERY, VERSION_TABLE, Schema


async def read_schema(source: AsyncEngine | AsyncConnection) -> Schema:
    """Return it, in one question where there are tables of ours.

    Args:
        source: on a connection it is asked within its transaction, which must not fail, so in two questions.
    """
    if isinstance(source, AsyncConnection):
        has_version = await source.run_sync(lambda connection: inspect(connection).has_table(VERSION_TABLE))
        return await _ask(source) if has_version else Schema()
    try:
        async with source.connect() as connection:
            return await _ask(connection)
    except DBAPIError:
        async with source.connect() as connection:
            return await read_schema(connection)  # no such table, or an error that is met again


async def _ask(connection: AsyncConnection) -> Schema:
    row = (await connection.execute(text(QUERY))).first()
    return Schema.of(None if row is None else (row[0], row[1]))
