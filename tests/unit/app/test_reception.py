"""A process that takes no turns reads the desk's rules alone, asks the database whether it answers, and is light."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.app.database_look import DatabaseLook
from bot.app.reception import open_reception
from bot.app.settings import Settings
from bot.desk.database import Database
from bot.desk.loading.desk import load_rules
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError
from bot.store.redis import Client
from integrations.web.health import Readiness
from tests.unit.desk.desk_folder import DESK, write_desk

ROOT = Path(__file__).parents[3]

ACCEPTS = """\
import asyncio, sys
from bot.app.processes import open_reception
from bot.app.settings import load_settings
from bot.app.web import create_app

async def main():
    async with open_reception(load_settings()) as reception:
        app = create_app(reception)
        for ask in reception.own_parts.values():
            await ask()
        core = reception.core
        print(type(app).__name__, core.first_specialist(), *core.languages(), sep=",")

asyncio.run(main())
print(*sys.modules)
"""


def settings_of(redis_url: str, folder: Path, **more: str) -> Settings:
    chosen = {"frontdesk_data_dir": str(folder / "data"), "redis_url": redis_url, **more}
    return Settings(_env_file=None, **chosen)  # type: ignore[arg-type]


def test_it_loads_neither_models_nor_tools_nor_the_databases_library(redis_url: str, tmp_path: Path) -> None:
    environment = {
        "REDIS_URL": redis_url,
        "FRONTDESK_DATA_DIR": str(tmp_path),
        "FRONTDESK_MODEL": "offline",
        "FRONTDESK_API_KEYS": "shop:0123456789abcdef:chat",
        "SLACK_SIGNING_SECRET": "s3cret",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_API_URL": "http://127.0.0.1:1/api/",
    }
    done = subprocess.run(
        [sys.executable, "-c", ACCEPTS],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
        env=environment,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    told, loaded = done.stdout.splitlines()[-2:]
    whole = load_desk("store")
    assert told == ",".join(["FastAPI", whole.first, *whole.policy.languages])
    unwanted = {"agents", "openai", "sqlalchemy", "numpy", "httpx", "rich", "bot.turn.turn", "bot.desks.store.tools"}
    unwanted |= {"slack_bolt", "greenlet", "opentelemetry.sdk", "psutil", "pydantic.v1"}
    assert not unwanted & set(loaded.split())


async def test_a_database_that_needs_the_library_is_closed_at_the_end(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Database] = []
    close = Database.close

    async def noted(database: Database) -> None:
        closed.append(database)
        await close(database)

    monkeypatch.setattr(Database, "close", noted)
    async with open_reception(settings_of(redis_url, tmp_path, database_url="sqlite+aiosqlite:///:memory:")) as opened:
        await opened.ask_database()
        before = len(closed)

    assert (before, len(closed)) == (0, 1)


async def test_what_only_turns_need_may_be_broken(redis_url: str, tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "pizza", tools="import nothing_of_this_name\n", data="tables = (\n")
    async with open_reception(settings_of(redis_url, tmp_path, frontdesk_desk=str(folder))) as reception:
        assert reception.desk.first == "waiter"
    with pytest.raises(ConfigError):
        load_desk(str(folder))


@pytest.mark.parametrize(
    "broken",
    [
        {"desk": f"{DESK}no_such_rule: 1\n"},
        {"desk": DESK.replace("[waiter]", "[cook]")},
        {"specialists__waiter": "You are the waiter.\n"},
    ],
)
def test_broken_rules_are_told_as_by_whoever_takes_turns(tmp_path: Path, broken: dict[str, str]) -> None:
    folder = str(write_desk(tmp_path / "pizza", **broken))
    with pytest.raises(ConfigError) as whole:
        load_desk(folder)
    with pytest.raises(ConfigError) as rules:
        load_rules(folder)
    assert str(rules.value) == str(whole.value)


async def test_an_sqlite_file_is_asked_and_made_where_it_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "new" / "desk.db"
    look = DatabaseLook(f"sqlite+aiosqlite:///{file}")
    await look.connect()
    await look.ping()
    assert file.exists()


async def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    file.write_text("no database at all, and longer than the hundred bytes of a header" * 20)
    look = DatabaseLook(f"sqlite+aiosqlite:///{file}")
    with pytest.raises(ConfigError, match=r"DATABASE_URL: .*desk\.db does not answer"):
        await look.connect()


@pytest.mark.parametrize("rest", ["?timeout=5", "?mode=rwc&uri=true"])
async def test_what_only_the_library_understands_is_left_to_it(tmp_path: Path, rest: str) -> None:
    look = DatabaseLook(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}{rest}")
    await look.connect()
    await look.ping()
    await look.close()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql+aiomysql://u:p@127.0.0.1:1/desk", "DATABASE_URL: on mysql nothing would keep two workers"),
        ("postgresql+asyncpg://u:p@127.0.0.1:1/desk", "DATABASE_URL: (.*does not answer|names no async driver)"),
        ("nonsense", "DATABASE_URL: names no async driver"),
    ],
)
async def test_other_databases_are_told_of_as_before(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        await DatabaseLook(url).connect()
    assert "u:p@" not in str(error.value)


async def test_a_store_that_takes_no_writes_makes_nobody_ready(redis_url: str, redis: Client, tmp_path: Path) -> None:
    async with open_reception(settings_of(redis_url, tmp_path)) as reception:
        readiness = Readiness(reception.own_parts)
        before = await readiness.reachable()
        await redis.config_set("maxmemory", 1)
        try:
            full = await Readiness(reception.own_parts).reachable()
        finally:
            await redis.config_set("maxmemory", 0)
        after = await Readiness(reception.own_parts).reachable()

    assert [one["redis"] for one in (before, full, after)] == [True, False, True]
    assert full["database"]
