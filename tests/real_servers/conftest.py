"""Servers that one module's tests share."""

from collections.abc import Iterator

import pytest

from tests.real_servers.postgres import Postgres, open_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL; its tests skip where none is installed."""
    with open_postgres() as server:
        yield server


@pytest.fixture
def database_url(postgres: Postgres) -> str:
    """An empty database on it."""
    return postgres.new_database()
