"""The product's own tables have versions: older ones stop a start, newer ones only where they say so."""

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app.database_look import DatabaseLook
from bot.desk import load_desk
from bot.desk.database import Database
from bot.desk.database.engine import open_engine
from bot.desk.database.schema import read_schema
from bot.desk.database.tables import own
from bot.desks.store.data import Base
from bot.domain.errors import ConfigError
from bot.figures import tables as figures_tables
from bot.gaps import tables as gaps_tables
from bot.migrations import schema as versions
from bot.migrations.schema import NEEDS_TABLE, NEWEST, VERSION_TABLE, Schema, known
from bot.migrations.upgrade import upgrade
from tests.doubles.clock import ManualClock

Start = Callable[[Path], Awaitable[Schema]]

STORE = load_desk("store")
ROW = ("prop_1", 1.0, "refund", "cust_001", "ord_1001", "Refund", 19_999, "cust_001", "m1", "", "broken", "chat:a:b")


def url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


def of_version_0_2_0(file: Path) -> None:
    """Write the file as 0.2.0 left it: its tables, without a version."""
    engine = create_engine(f"sqlite:///{file}")
    before = [own.tables[f"frontdesk_{name}"] for name in ("seeded", "audit", "pending", "begun", "asked")]
    own.create_all(engine, before)
    Base.metadata.create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO frontdesk_audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ROW)
        connection.execute("INSERT INTO frontdesk_seeded VALUES ('store', 1)")
        connection.commit()


def say(file: Path, version: str, needs: str) -> None:
    """Write into the file what a newer program would have written."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE frontdesk_version SET version_num = ?", [version])
        connection.execute("UPDATE frontdesk_schema SET needs = ?", [needs])
        connection.commit()


async def opened(file: Path) -> Schema:
    database = await Database.open(url_of(file), STORE, ManualClock())
    try:
        return await database.schema()
    finally:
        await database.close()


async def looked_at(file: Path) -> Schema:
    """As a process does that takes no turns."""
    look = DatabaseLook(url_of(file))
    await look.connect()
    return await look_up(file)


async def look_up(file: Path) -> Schema:
    database = await Database.reached(url_of(file))
    try:
        return await database.schema()
    finally:
        await database.close()


EACH = pytest.mark.parametrize("start", [opened, looked_at])


@EACH
async def test_a_new_file_gets_the_newest_tables(file: Path, start: Start) -> None:
    assert (await start(file)).version == NEWEST
    assert await look_up(file) == Schema(NEWEST, (await look_up(file)).needs)


@EACH
async def test_a_file_of_0_2_0_keeps_its_rows_and_gets_a_version(file: Path, start: Start) -> None:
    of_version_0_2_0(file)

    assert (await start(file)).version == NEWEST

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT * FROM frontdesk_audit").fetchall() == [ROW]


@EACH
async def test_a_newer_file_is_worked_on_unless_it_says_otherwise(file: Path, start: Start) -> None:
    await opened(file)

    say(file, "9998", needs=NEWEST)
    assert (await start(file)).version == "9998"

    say(file, "9998", needs="9997")
    with pytest.raises(ConfigError, match=r"DATABASE_URL: .*9998.*know 9997.*start the newer"):
        await start(file)


async def test_a_newer_file_is_not_upgraded(file: Path) -> None:
    await opened(file)
    say(file, "9998", needs="9997")
    database = await Database.reached(url_of(file))

    with pytest.raises(ConfigError, match="start the newer"):
        await database.upgrade()

    say(file, "9998", needs=NEWEST)
    before, after = await database.upgrade()
    assert before == after == Schema("9998", NEWEST)
    await database.close()


async def test_many_that_upgrade_at_once_do_it_once(file: Path) -> None:
    of_version_0_2_0(file)
    command = (sys.executable, "-m", "bot.desk.database", url_of(file))

    others = [await asyncio.create_subprocess_exec(*command) for _ in range(3)]
    found = await asyncio.gather(*(opened(file) for _ in range(3)))

    assert [await each.wait() for each in others] == [0, 0, 0]
    assert {each.version for each in found} == {NEWEST}
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM frontdesk_schema").fetchone() == (1,)


async def test_a_process_with_several_databases_upgrades_them_at_once(tmp_path: Path) -> None:
    found = await asyncio.gather(*(opened(tmp_path / f"{number}.db") for number in range(6)))

    assert {each.version for each in found} == {NEWEST}


async def test_an_upgrade_that_fails_half_way_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_version_0_2_0(file)

    async def fail(connection: AsyncConnection, found: Schema) -> None:
        await upgrade(connection, found)
        raise RuntimeError("half way")

    monkeypatch.setattr("bot.migrations.upgrade.upgrade", fail)
    with pytest.raises(RuntimeError, match="half way"):
        await opened(file)

    assert await look_up(file) == Schema()


@EACH
async def test_a_database_that_refuses_the_upgrade_is_told_in_words(file: Path, start: Start) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE {NEEDS_TABLE} (somebody_elses INTEGER)")

    with pytest.raises(ConfigError, match=rf"DATABASE_URL: .*could not be upgraded.*{NEEDS_TABLE} already exists"):
        await start(file)

    assert await look_up(file) == Schema()


def test_a_server_that_is_older_is_left_to_its_administrator() -> None:
    with pytest.raises(ConfigError, match=r"it has no tables of ours yet, .*; run: frontdesk db upgrade$"):
        Schema().must_be_current("DATABASE_URL")
    with pytest.raises(ConfigError, match=r"of version 0000, .*; run: frontdesk db upgrade$"):
        Schema("0000", "0000").must_be_current("DATABASE_URL")


def test_each_version_has_its_number_and_follows_the_one_before() -> None:
    files = sorted(versions.VERSIONS.glob("r[0-9]*.py"))
    modules = [compile_of(each) for each in files]

    assert [each["revision"] for each in modules] == known() == [f"{index:04}" for index in range(1, len(files) + 1)]
    assert [each["down_revision"] for each in modules] == [None, *known()[:-1]]
    assert all(each["NEEDS"] in known() and each["NEEDS"] <= each["revision"] for each in modules)


def compile_of(file: Path) -> dict[str, Any]:
    module: dict[str, Any] = {}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), module)  # noqa: S102
    return module


async def test_what_the_versions_make_is_what_the_code_reads(file: Path) -> None:
    engine = open_engine(url_of(file))
    async with engine.begin() as connection:
        await upgrade(connection, Schema())
        made, differences = await connection.run_sync(_names_and_differences)
    await engine.dispose()

    assert differences == []
    with_tables = (figures_tables.turn, gaps_tables.entries)  # `own` is whole only with every module that has one
    assert all(table.name in own.tables for table in with_tables)
    assert made == {*own.tables, VERSION_TABLE, NEEDS_TABLE}


def _names_and_differences(connection: Connection) -> tuple[set[str], list[object]]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": VERSION_TABLE})
    differences = [each for each in compare_metadata(context, own) if NEEDS_TABLE not in str(each)]
    return set(inspect(connection).get_table_names()), differences


async def test_an_error_is_no_old_version(file: Path) -> None:
    file.write_bytes(b"no database at all, but long enough to be read as one" * 99)  # noqa: ASYNC240
    engine = open_engine(url_of(file))

    with pytest.raises(DatabaseError, match="not a database"):
        await read_schema(engine)

    await engine.dispose()
