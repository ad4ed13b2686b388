"""The product's tables, the ledger and whole stories of money on a real PostgreSQL."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.app.database_look import DatabaseLook
from bot.cli.main import main
from bot.desk import load_desk
from bot.desk.database import Database
from bot.desk.database.tables import own
from bot.desks.store.data import Base
from bot.domain.errors import ConfigError
from bot.domain.proposals import APPROVE, CONFIRM
from bot.migrations.schema import NEEDS_TABLE, NEWEST, VERSION_TABLE, Schema
from tests.doubles.clock import ManualClock
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM
from tests.flow.harness.refunds import APPROVALS, DANA, open_refunds
from tests.real_servers.postgres import PASSWORD, Postgres

STORE = load_desk("store")
OLDER = "DATABASE_URL: it has no tables of ours yet, .*run: frontdesk db upgrade$"


@pytest.fixture
async def reached(database_url: str) -> AsyncIterator[Database]:
    """An empty database, upgraded by nobody yet."""
    database = await Database.reached(database_url)
    yield database
    await database.close()


async def test_a_start_makes_nothing_before_the_administrator_has(database_url: str, postgres: Postgres) -> None:
    with pytest.raises(ConfigError, match=OLDER):
        await Database.open(database_url, STORE, ManualClock())
    look = DatabaseLook(database_url)
    with pytest.raises(ConfigError, match=OLDER):
        await look.connect()
    await look.close()

    assert postgres.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", _name(database_url)) == "0"


@pytest.mark.parametrize("command", ["worker", "web"])
def test_the_command_line_ends_with_2_and_the_mend(
    command: str, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("FRONTDESK_METRICS_PORT", "0")

    with pytest.raises(SystemExit) as ended:
        main([command])
    said = capsys.readouterr().err

    assert ended.value.code == 2
    assert "frontdesk db upgrade" in said
    assert PASSWORD not in said


def test_status_is_a_finding_until_the_upgrade(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    codes = [_code("status"), _code("upgrade"), _code("status"), _code("upgrade")]

    said = capsys.readouterr().out
    assert codes == [1, 0, 0, 0]
    assert "postgresql+asyncpg://127.0.0.1:" in said
    assert PASSWORD not in said


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [(PASSWORD, "not-it", "InvalidPasswordError"), ("/desk_", "/nobodys_", "InvalidCatalogNameError")],
)
async def test_why_the_database_cannot_be_used_is_told_by_its_own_name(
    database_url: str, old: str, new: str, why: str
) -> None:
    with pytest.raises(ConfigError, match=rf"does not answer \({why}\)"):
        await Database.open(database_url.replace(old, new), STORE, ManualClock())


async def test_what_the_versions_make_is_what_the_code_reads(reached: Database) -> None:
    await reached.upgrade()

    async with reached._engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_tables_of_0_2_0_keep_their_rows_and_the_desks_own_are_left_alone(
    reached: Database, postgres: Postgres, database_url: str
) -> None:
    async with reached._engine.begin() as connection:
        before = [own.tables[f"frontdesk_{name}"] for name in ("seeded", "audit", "pending", "begun", "asked")]
        await connection.run_sync(lambda sync: own.create_all(sync, before))
        await connection.run_sync(Base.metadata.create_all)
        await connection.execute(text("INSERT INTO frontdesk_begun VALUES ('prop_1', 1)"))

    assert (await reached.upgrade())[0] == Schema()

    assert (await reached.schema()).version == NEWEST
    assert postgres.run("SELECT key FROM frontdesk_begun", _name(database_url)) == "prop_1"


async def test_two_processes_that_upgrade_at_once_do_it_once(reached: Database, database_url: str) -> None:
    command = (sys.executable, "-m", "bot.desk.database", database_url)
    others = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    await asyncio.gather(reached.upgrade(), reached.upgrade())

    assert [await each.wait() for each in others] == [0, 0]
    async with reached.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM frontdesk_schema")) == 1


async def test_an_upgrade_that_is_refused_changes_nothing_and_says_why(reached: Database) -> None:
    async with reached.session() as session:
        await session.execute(text("CREATE TABLE frontdesk_schema (somebody_elses INTEGER)"))

    with pytest.raises(ConfigError, match=r"could not be upgraded, nothing changed: .*already exists"):
        await reached.upgrade()

    assert await reached.schema() == Schema()


async def test_what_must_not_happen_beside_itself_waits(reached: Database) -> None:
    async with reached.session() as session:
        await session.execute(text("CREATE TABLE counted AS SELECT 0 AS number"))

    async def count_up() -> None:
        async with reached.alone() as session:
            number = await session.scalar(text("SELECT number FROM counted"))
            await asyncio.sleep(0)
            await session.execute(text("UPDATE counted SET number = :number"), {"number": number + 1})

    await asyncio.gather(*(count_up() for _ in range(12)))

    async with reached.session() as session:
        assert await session.scalar(text("SELECT number FROM counted")) == 12


async def test_a_refund_is_offered_confirmed_done_and_written_down_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, reached: Database
) -> None:
    await reached.upgrade()
    async with open_refunds(redis_url, tmp_path, monkeypatch, database_url=database_url) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        answer = await till.last(SARAH_DM, ts)
        rows = await till.committed()

    assert answer.startswith("Done: Refund of 49.99 USD")
    assert [(row["customer"], row["subject"], row["amount"]) for row in rows] == [("cust_001", "ord_1002", 4999)]


async def test_a_refund_that_people_approve_is_done_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, reached: Database
) -> None:
    await reached.upgrade()
    async with open_refunds(redis_url, tmp_path, monkeypatch, database_url=database_url) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.clicks(MARCUS, MARCUS_DM, CONFIRM, ts)
        await till.stage.quiet()
        await till.clicks(DANA, APPROVALS, APPROVE)
        await till.stage.quiet()
        rows = await till.committed()
        pending = await till.rows("SELECT * FROM frontdesk_pending")

    assert [(row["subject"], bool(row["approved_by"])) for row in rows] == [("ord_2001", True)]
    assert pending == []


def _code(command: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["db", command])
    return int(ended.value.code or 0)


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "version_table": VERSION_TABLE})
    return [each for each in compare_metadata(context, own) if NEEDS_TABLE not in str(each)]
