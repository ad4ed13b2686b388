"""Asks the database whether it answers and is up to date, for processes that read nothing there at their start.

An SQLite file is asked by Python's own module: the library for everything else is 17 MB.
"""

import asyncio
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.settings import Settings
from bot.data_folder import own_folder, usable
from bot.domain.errors import ConfigError
from bot.migrations.schema import QUERY, VERSION_TABLE, Schema

if TYPE_CHECKING:
    from bot.desk.database import Database

VARIABLE = "DATABASE_URL"
_SQLITE = "sqlite+aiosqlite:///"
_BUSY_SECONDS = 10.0


def database_url(settings: Settings) -> str:
    """Return `DATABASE_URL`, or SQLite under the data folder.

    Raises:
        ConfigError: that folder cannot be used.
    """
    return settings.database_url or f"{_SQLITE}{own_folder(settings.frontdesk_data_dir.absolute()) / 'desk.db'}"


@dataclass
class DatabaseLook:
    """The database that a URL names."""

    url: str
    _server: "Database | None" = None

    async def connect(self) -> None:
        """Look once, as a start does; an SQLite file is brought up to date.

        Raises:
            ConfigError: it does not answer, or its tables are not of this version.
        """
        file = self._file
        if file is None:
            await (await self._library()).bring_up()
            return
        with usable(file, VARIABLE):
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.open("ab").close()  # SQLite opens what it may only read, and fails at the first write
        try:
            schema = await asyncio.to_thread(_schema_of, file)
            if schema.is_older:
                await _upgrade(self.url)
                schema = await asyncio.to_thread(_schema_of, file)
        except sqlite3.Error as error:
            why = f"{file} does not answer ({type(error).__name__}); see that it is an SQLite file"
            raise ConfigError(f"{VARIABLE}: {why}") from error
        schema.must_be_current(VARIABLE)

    async def ping(self) -> None:
        """Return when it answers.

        Raises:
            Exception: what its driver says when it does not.
        """
        file = self._file
        if file is None:
            await (await self._library()).ping()
        else:
            await asyncio.to_thread(_read, file)

    async def close(self) -> None:
        """Close the connections."""
        if self._server:
            await self._server.close()

    @property
    def _file(self) -> Path | None:
        """SQLite's file, None for what only the library understands."""
        name = self.url.removeprefix(_SQLITE)
        return None if name == self.url or not name or {*":?"} & {*name} else Path(name)

    async def _library(self) -> "Database":
        if self._server is None:
            from bot.desk.database import Database

            self._server = await Database.reached(self.url)
        return self._server


def _read(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _schema_of(file: Path) -> Schema:
    with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as connection:
        has_version = "SELECT count(*) FROM sqlite_master WHERE name = ?"
        if not connection.execute(has_version, [VERSION_TABLE]).fetchone()[0]:
            return Schema()
        return Schema.of(connection.execute(QUERY).fetchone())


async def _upgrade(url: str) -> None:
    """Bring an SQLite file up to date in a process of its own, whose libraries are gone with it.

    Raises:
        ConfigError: it could not be done.
    """
    command = (sys.executable, "-m", "bot.desk.database", url)
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    if process.returncode:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise ConfigError(last or f"{VARIABLE}: the upgrade ended with {process.returncode}")
