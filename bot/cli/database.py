"""`frontdesk db`: brings the product's own tables in the database up to date, or says which version they are of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from bot.app.settings import load_settings
from bot.cli.program import as_typed

if TYPE_CHECKING:
    from bot.desk.database import Database

database = typer.Typer(help="The product's own tables in the database.", no_args_is_help=True)

FINDING = 1


@database.command("upgrade")
def upgrade() -> None:
    """Make or migrate the product's own tables; a desk's own tables stay as they are."""
    print(asyncio.run(_upgrade()))


@database.command("status")
def status() -> None:
    """Show which version the tables are of, and what an upgrade would do; exits 1 where nothing may run on them."""
    told, may_run = asyncio.run(_status())
    print(as_typed(told))
    if not may_run:
        raise typer.Exit(FINDING)


async def _upgrade() -> str:
    async with _reached() as reached:
        before, after = await reached.upgrade()
        if before == after:
            return f"{reached.where}: version {after.version}, nothing to do"
        from bot.migrations.upgrade import described

        steps = [f"  {version}  {described(version)}" for version in before.due]
        return "\n".join([f"{reached.where}: now of version {after.version}", *steps])


async def _status() -> tuple[str, bool]:
    """Return what there is to say, and whether this version starts on it."""
    from bot.domain.errors import ConfigError
    from bot.migrations.schema import COMMAND, NEWEST
    from bot.migrations.upgrade import described

    async with _reached() as reached:
        schema = await reached.schema()
        lines = [f"{reached.where}: version {schema.version or 'none'}; this program knows {NEWEST}"]
        lines += [f"  {version}  {described(version)}" for version in schema.due]
        if schema.is_older:
            mend = "the next start does that" if reached.upgrades_itself else f"run: {COMMAND}"
            return "\n".join([*lines, mend]), reached.upgrades_itself
        try:
            schema.must_allow_us("DATABASE_URL")
        except ConfigError as error:
            return "\n".join([*lines, str(error)]), False
        return "\n".join(lines), True


@asynccontextmanager
async def _reached() -> "AsyncIterator[Database]":
    from bot.app.database_look import database_url
    from bot.app.server_stores import must_name_database
    from bot.desk.database import Database

    must_name_database()
    reached = await Database.reached(database_url(load_settings()))
    try:
        yield reached
    finally:
        await reached.close()
