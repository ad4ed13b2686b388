"""A plugin that tells any test's story on PostgreSQL: `pytest -p tests.real_servers.everywhere tests/flow/money`.

Wherever a test names an SQLite file, a database on PostgreSQL takes its place, and upgrades itself as the file would.
Tests that are about the file itself, or look into it by other means, fail.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import database_look
from bot.desk.database import Database, database
from bot.desk.database.engine import open_engine
from bot.figures import tables
from tests.real_servers.postgres import Postgres, open_postgres

SQLITE = "sqlite+aiosqlite:///"


@pytest.fixture(scope="session")
def _server() -> Iterator[Postgres]:
    with open_postgres() as server:
        yield server


@pytest.fixture(autouse=True)
def _on_postgres(_server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, str] = {}

    def instead(url: str) -> str:
        file = url.removeprefix(SQLITE)
        if file == url or not file or ":" in file:
            return url
        if file not in known:
            known[file] = _server.new_database()
        return known[file]

    def opened(url: str) -> AsyncEngine:
        return open_engine(instead(url))

    monkeypatch.setattr(database, "open_engine", opened)
    monkeypatch.setattr(tables, "open_engine", opened)
    monkeypatch.setattr(Database, "upgrades_itself", True)
    monkeypatch.setattr(database_look.DatabaseLook, "_file", property(lambda _: None), raising=True)
