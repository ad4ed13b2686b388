"""Whoever is forgotten stands in no file of the servers either: not in freed rows, not in a snapshot."""

from contextlib import suppress
from pathlib import Path

import redis
from sqlalchemy import insert

from bot.app.people import REDIS_KEEPS, SERVER_KEEPS, open_people
from bot.app.settings import Settings
from bot.desk import load_desk
from bot.desk.database import Database, audit
from bot.domain.people import Receipt
from bot.gaps.tables import entries
from bot.store.embedded import find_server
from tests.doubles.clock import ManualClock
from tests.real_servers.postgres import Postgres
from tests.real_servers.programs import wait_for
from tests.real_servers.redis_servers import asked, redis_server

MARK = "quibbelzorp"
AUTHOR = "chat:web:cust_001"
TABLES = ("frontdesk_audit", "frontdesk_gaps")


async def test_freed_rows_of_postgresql_and_a_snapshot_of_redis_hold_no_word(
    database_url: str, postgres: Postgres, tmp_path: Path
) -> None:
    await _plant(database_url)
    assert [_holds(postgres, database_url, table) for table in TABLES] == [True, True]
    server = tmp_path / "server"
    with redis_server(str(find_server()), server) as port:
        wait_for(lambda: _answers(port), "redis")
        asked(port, "CONFIG", "SET", "save", "3600 1")
        asked(port, "SET", "said", MARK)
        asked(port, "SAVE")
        asked(port, "DEL", "said")
        assert MARK.encode() in (server / "dump.rdb").read_bytes()

        receipt = await _forgotten(f"redis://127.0.0.1:{port}", database_url, tmp_path)

        files = [path for path in server.rglob("*") if path.is_file()]
        assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []
    assert [_holds(postgres, database_url, table) for table in TABLES] == [False, False]
    assert REDIS_KEEPS not in receipt.stays
    assert SERVER_KEEPS in receipt.stays
    assert (receipt.done["gaps"], receipt.done["rows of the database"]) == (1, 1)


async def test_no_snapshot_is_made_where_the_server_makes_none(
    database_url: str, postgres: Postgres, tmp_path: Path
) -> None:
    await _plant(database_url)
    server = tmp_path / "server"
    with redis_server(str(find_server()), server) as port:
        wait_for(lambda: _answers(port), "redis")

        await _forgotten(f"redis://127.0.0.1:{port}", database_url, tmp_path)

        assert not (server / "dump.rdb").exists()


async def _plant(database_url: str) -> None:
    """Leave a row of the ledger and a gap with a person's words."""
    fresh = await Database.reached(database_url)
    await fresh.upgrade()
    await fresh.close()
    row = {"key": "p1", "at": 1.0, "action": "refund", "customer": "cust_001", "subject": "ord_1001"}
    row |= {"summary": "Refund", "author": AUTHOR, "confirmed_by": AUTHOR, "approved_by": ""}
    gap = {"id": "g1", "gap": "g1", "reason": "unanswered", "conversation": "chat:web:s1", "author": AUTHOR, "turn": 1}
    gap |= {"at": 1.0, "topic": "", "draft": "", "question": MARK, "answer": "", "vector": b"", "model": ""}
    database = await Database.open(database_url, load_desk("store"), ManualClock())
    async with database.session() as session:
        await session.execute(insert(audit).values(**row, reason=MARK, conversation="chat:web:s1"))
        await session.execute(insert(entries).values(**gap))
    await database.close()


def _holds(postgres: Postgres, database_url: str, table: str) -> bool:
    """Return whether a table's file, as it is on the disk, holds the word."""
    name = database_url.rpartition("/")[2]
    postgres.run("CHECKPOINT", name)
    read = f"SELECT encode(pg_read_binary_file(pg_relation_filepath('{table}')), 'hex')"
    return MARK.encode().hex() in postgres.run(read, name)


def _answers(port: int) -> bool:
    with suppress(redis.RedisError):
        return bool(asked(port, "PING"))
    return False


async def _forgotten(redis_url: str, database_url: str, folder: Path) -> Receipt:
    settings = Settings(
        redis_url=redis_url, database_url=database_url, frontdesk_data_dir=folder / "data", _env_file=None
    )
    async with open_people(settings) as office:
        found = await office.find("cust_001")
        assert found is not None
        return await office.forget(found)
