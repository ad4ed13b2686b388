"""Asks the desk's database whether it answers, for processes that read nothing there.

An SQLite file is asked by Python's own module: the library for everything else is 17 MB.
"""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.settings import Settings
from bot.data_folder import own_folder, usable
from bot.desk.loading.desk import Desk
from bot.domain.errors import ConfigError

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
    """The database of a desk.

    Args:
        is_needed: whether the desk keeps data at all.
    """

    url: str
    is_needed: bool
    _server: "Database | None" = None

    @classmethod
    def of(cls, settings: Settings, desk: Desk) -> "DatabaseLook":
        """Return the look at this desk's."""
        return cls(database_url(settings), (desk.folder / "data.py").is_file())

    async def connect(self) -> None:
        """Look once, as a start does.

        Raises:
            ConfigError: it does not answer.
        """
        file = self._file
        if file is None:
            await self._library()
        elif self.is_needed:
            with usable(file, VARIABLE):
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                file.open("ab").close()  # SQLite opens what it may only read, and fails at the first write
            try:
                await self.ping()
            except sqlite3.Error as error:
                why = f"{file} does not answer ({type(error).__name__}); see that it is an SQLite file"
                raise ConfigError(f"{VARIABLE}: {why}") from error

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

            self._server = await Database.reached(self.url, is_needed=self.is_needed)
        return self._server


def _read(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
