"""The desk's database: made and seeded once, exact with money, private to its owner."""

import asyncio
import stat
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select, text
from sqlalchemy import table as table_clause
from sqlalchemy.exc import StatementError

from bot.desk import load_desk
from bot.desk.database import Database, Money
from bot.desk.database.engine import open_engine
from bot.desks.store.data import Base
from bot.domain.errors import ConfigError
from tests.conftest import PATIENCE_SECONDS
from tests.doubles.clock import ManualClock

STORE = load_desk("store")


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'deep' / 'desk.db'}"


async def count(database: Database, table: str) -> int:
    async with database.session() as session:
        return int(await session.scalar(select(func.count()).select_from(table_clause(table))) or 0)


async def test_the_first_rows_are_added_once_however_often_it_is_opened(tmp_path: Path) -> None:
    for _ in range(3):
        database = await Database.open(url(tmp_path), STORE, ManualClock())
        await database.ping()
        assert await count(database, "store_orders") == 5
        await database.close()


async def test_many_that_open_it_at_once_seed_it_once(tmp_path: Path) -> None:
    opened = await asyncio.gather(*(Database.open(url(tmp_path), STORE, ManualClock()) for _ in range(6)))

    assert await count(opened[0], "store_customers") == 2
    assert await count(opened[-1], "store_items") == 6
    for database in opened:
        await database.close()


async def test_what_changed_since_the_first_start_stays(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path), STORE, ManualClock())
    async with database.session() as session:
        await session.execute(text("DELETE FROM store_items"))
    await database.close()

    database = await Database.open(url(tmp_path), STORE, ManualClock())

    assert await count(database, "store_items") == 0
    await database.close()


async def test_a_failed_seed_leaves_nothing_behind(tmp_path: Path) -> None:
    async def fail(_session: object, _clock: object) -> None:
        raise RuntimeError("half way")

    broken = SimpleNamespace(id="store", data=SimpleNamespace(metadata=Base.metadata, seed=fail))

    with pytest.raises(RuntimeError, match="half way"):
        await Database.open(url(tmp_path), broken, ManualClock())

    database = await Database.open(url(tmp_path), STORE, ManualClock())
    assert await count(database, "store_orders") == 5
    await database.close()


async def test_customers_are_found_by_the_address_on_file_in_any_case(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path), STORE, ManualClock())

    sarah = await database.customer_by_email(" Sarah.Chen@Example.com ")
    marcus = await database.customer_by_id("cust_002")

    assert sarah is not None
    assert (sarah.id, sarah.name, sarah.plan, sarah.lifetime_value) == (
        "cust_001",
        "Sarah Chen",
        "pro",
        Decimal("2400.00"),
    )
    assert marcus is not None
    assert marcus.email == "marcus.johnson@example.com"
    for nobody in ("", "nobody@example.com", "%@example.com", "sarah.chen"):
        assert await database.customer_by_email(nobody) is None
    assert await database.customer_by_id("") is None
    await database.close()


async def test_an_error_in_a_session_rolls_everything_back(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path), STORE, ManualClock())

    async def half_way() -> None:
        async with database.session() as session:
            await session.execute(text("DELETE FROM store_items"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await half_way()

    assert await count(database, "store_items") == 6
    await database.close()


async def test_money_is_exact_in_rows_and_sums(tmp_path: Path) -> None:
    metadata = MetaData()
    purse = Table("purse", metadata, Column("id", Integer, primary_key=True), Column("amount", Money))
    database = await Database.open(url(tmp_path), STORE, ManualClock())
    async with database.session() as session:
        connection = await session.connection()
        await connection.run_sync(metadata.create_all)
        for amount in ("0.10", "0.20", "999999999.99"):
            await session.execute(purse.insert().values(amount=Decimal(amount)))
        assert await session.scalar(select(func.sum(purse.c.amount))) == Decimal("1000000000.29")
        found = await session.scalar(select(purse.c.amount).where(purse.c.amount < Decimal("0.15")))
        assert str(found) == "0.10"
        for wrong in (Decimal("0.001"), 0.1):
            with pytest.raises(StatementError, match="two places"):
                await session.execute(purse.insert().values(amount=wrong))
    await database.close()


async def test_the_file_is_private_and_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path), STORE, ManualClock())

    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700
    async with database.session() as writing:
        await writing.execute(text("DELETE FROM store_items"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await count(database, "store_items") == 6
    await database.close()


async def test_a_desk_without_data_knows_nobody(tmp_path: Path) -> None:
    class Desk:
        id = "plain"
        data = None

    database = await Database.open(url(tmp_path), Desk(), ManualClock())

    assert await database.customer_by_email("sarah.chen@example.com") is None
    await database.ping()
    await database.close()


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        *(("mysql", f"mysql+{driver}://u:s3cret@db/frontdesk") for driver in ("aiomysql", "asyncmy")),
        *(("mariadb", "mariadb+aiomysql://u:s3cret@db/x"), ("mssql", "mssql+aioodbc://u:s3cret@db/x")),
        *(("oracle", "oracle+oracledb_async://u:s3cret@db/x"), ("cockroachdb", "cockroachdb+asyncpg://u:s3cret@db/x")),
    ],
)
async def test_a_database_on_which_nothing_is_locked_is_refused(kind: str, address: str) -> None:
    with pytest.raises(ConfigError, match=f"DATABASE_URL: on {kind} .*postgresql") as refused:
        await Database.open(address, STORE, ManualClock())
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 99, None])
async def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "desk.db"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"DATABASE_URL: .*desk\.db"):
        await Database.open(f"sqlite+aiosqlite:///{file}", STORE, ManualClock())


async def test_a_folder_of_the_database_that_is_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("")
    with pytest.raises(ConfigError, match=r"DATABASE_URL: .*deep is a file"):
        await Database.open(url(tmp_path), STORE, ManualClock())


@pytest.mark.parametrize("wrong", ["nonsense", "sqlite:///x.db", "oracle+nothing://x", "postgresql+missing://x/y"])
async def test_a_url_without_an_async_driver_is_refused_with_the_mend(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"DATABASE_URL: .*sqlite\+aiosqlite"):
        await Database.open(wrong, STORE, ManualClock())


async def test_a_connection_that_is_given_up_while_it_is_set_up_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[aiosqlite.Connection] = []
    connect = aiosqlite.connect

    def noted(*arguments: Any, **more: Any) -> aiosqlite.Connection:
        made.append(connect(*arguments, **more))
        return made[-1]

    def cancelled(_connection: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(aiosqlite, "connect", noted)
    monkeypatch.setattr("bot.desk.database.engine._set_up_sqlite", cancelled)
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}")

    with pytest.raises(asyncio.CancelledError):
        await engine.connect()

    assert [one._running for one in made] == [False]
    await engine.dispose()
