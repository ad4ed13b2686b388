"""Redis and Valkey servers of the tests' own on loopback: alone, by TLS, or a primary and a replica with Sentinels."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from bot.store.embedded import find_server
from tests.ports import free_port
from tests.real_servers.programs import program, running, wait_for

MASTER = "frontdesk"
DOWN_MILLISECONDS = 1_000
"""After which Sentinels believe that a server is gone."""

DURABLE = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction")


def server_program(kind: str, folder: Path) -> str:
    """Return the program of a server; skip where there is none.

    Debian's tools hold it under the name of a check: what it does follows from the name that it is called by.

    Args:
        kind: `redis`, `valkey`, or `bundled` for what the product itself would start.
        folder: for the name.
    """
    if kind == "bundled":
        return str(find_server())
    found = program(f"{kind}-server", f"/usr/bin/{kind}-check-rdb", package=f"{kind}-tools")
    called = folder / f"{kind}-server"
    if not called.exists():
        called.symlink_to(found)
    return str(called)


@contextmanager
def redis_server(command: str, folder: Path, *options: str, port: int = 0) -> Iterator[int]:
    """Yield the port of a server that was started; what it answers is for the caller to wait for."""
    port = port or free_port()
    folder.mkdir(exist_ok=True)
    where = ("--bind", "127.0.0.1", "--dir", str(folder), "--port", "0" if "--tls-port" in options else str(port))
    with running([command, *where, *DURABLE, *options], folder / "server.log"):
        yield port


def asked(port: int, *command: str) -> Any:
    """Return a server's answer."""
    client: Any = redis.Redis(port=port, decode_responses=True)
    with closing(client):
        return client.execute_command(*command)


@dataclass
class Replicated:
    """A primary, its replica, and the Sentinels that watch them.

    Args:
        processes: the servers, by port.
        sentinels: the Sentinels' ports.
    """

    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    sentinels: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL by which the product finds whoever is primary."""
        return f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in self.sentinels)}/{MASTER}"

    def primary(self) -> int:
        """Return the port of who is primary, as the first Sentinel knows it."""
        return int(asked(self.sentinels[0], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)[1])

    def kill(self, port: int) -> None:
        """Kill a server, as a lost machine does."""
        self.processes[port].kill()
        self.processes[port].wait()


@contextmanager
def open_replicated(command: str, folder: Path) -> Iterator[Replicated]:
    """Yield a primary with a replica that has all it has, and three Sentinels that know of both and of each other."""
    found = Replicated()
    with ExitStack() as stack:
        ports = [free_port(), free_port()]
        for port, options in zip(ports, ([], ["--replicaof", "127.0.0.1", str(ports[0])]), strict=True):
            found.processes[port] = stack.enter_context(_server(command, folder / str(port), port, options))
        wait_for(lambda: asked(ports[0], "INFO", "replication")["slave0"]["state"] == "online", "replica")
        for _ in range(3):
            found.sentinels.append(port := free_port())
            stack.enter_context(_sentinel(command, folder / str(port), port, ports[0]))
        for port in found.sentinels:
            wait_for(lambda port=port: _knows_all(port), f"Sentinel {port}")  # type: ignore[misc]
        yield found


@contextmanager
def _server(command: str, folder: Path, port: int, options: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    where = ("--bind", "127.0.0.1", "--dir", str(folder), "--port", str(port), "--repl-diskless-sync-delay", "0")
    with running([command, *where, *DURABLE, *options], folder / "server.log") as process:
        wait_for(lambda: asked(port, "PING"), f"server {port}")
        yield process


@contextmanager
def _sentinel(command: str, folder: Path, port: int, primary: int) -> Iterator[None]:
    folder.mkdir()
    config = folder / "sentinel.conf"
    lines = (
        f"port {port}",
        "bind 127.0.0.1",
        f"dir {folder}",
        f"sentinel monitor {MASTER} 127.0.0.1 {primary} 2",
        f"sentinel down-after-milliseconds {MASTER} {DOWN_MILLISECONDS}",
        f"sentinel failover-timeout {MASTER} 10000",
    )
    config.write_text("\n".join(lines) + "\n", "utf-8")
    with running([command, str(config), "--sentinel"], folder / "sentinel.log"):
        wait_for(lambda: asked(port, "PING"), f"Sentinel {port}")
        yield


def _knows_all(port: int) -> bool:
    raw = asked(port, "SENTINEL", "MASTER", MASTER)
    told = raw if isinstance(raw, dict) else dict(zip(raw[::2], raw[1::2], strict=True))
    return int(told["num-slaves"]) >= 1 and int(told["num-other-sentinels"]) >= 2
