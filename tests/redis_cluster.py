"""A Redis Cluster of three masters on loopback, for the tests that prove that no script crosses a hash slot."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import redis

from bot.store.embedded import find_server
from tests.ports import free_port

NODES = 3
SLOTS = 16_384
START_SECONDS = 60.0
LOOK_SECONDS = 0.02
BUS = 10_000
"""The nodes speak with each other at their port and this."""


class Nodes:
    """The masters of a running cluster, by port; each can be killed and started again on what it had."""

    def __init__(self, folder: Path) -> None:
        self.ports = _free_ports()
        self._folder = folder
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        for port in self.ports:
            self.start(port)

    def start(self, port: int) -> None:
        """Start a node."""
        self._running[port] = _start(self._folder / str(port), port)

    def kill(self, port: int) -> None:
        """Kill a node, as a lost machine does."""
        node = self._running.pop(port)
        node.kill()
        node.wait()

    def close(self) -> None:
        """Kill all of them."""
        for port in list(self._running):
            self.kill(port)


@contextmanager
def redis_cluster(folder: Path) -> Iterator[str]:
    """Yield the URL of a running cluster; its nodes are killed afterwards."""
    with cluster_nodes(folder) as nodes:
        yield f"redis+cluster://127.0.0.1:{nodes.ports[0]}"


@contextmanager
def cluster_nodes(folder: Path) -> Iterator[Nodes]:
    """Yield the nodes of a running cluster; they are killed afterwards."""
    nodes = Nodes(folder)
    try:
        _join(nodes.ports)
        yield nodes
    finally:
        nodes.close()


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a node that has written down what it acknowledges; with `everysec` a busy disk may put that off for two
    seconds, which a killed node never gets to (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/).
    """
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [
            *(str(find_server()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *(
                "--cluster-enabled",
                "yes",
                "--appendonly",
                "yes",
                "--appendfsync",
                "no",
                "--save",
                "",
                "--loglevel",
                "warning",
            ),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def _join(ports: Sequence[int]) -> None:
    """Give each node its share of the slots and let them meet; return when all of them agree."""
    share = -(-SLOTS // len(ports))
    for index, port in enumerate(ports):
        client: Any = redis.Redis(port=port)
        with closing(client) as node:
            _wait(node.ping, f"node {port}")
            slots = range(index * share, min(SLOTS, (index + 1) * share))
            node.execute_command("CLUSTER", "ADDSLOTS", *slots)
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0])
    for port in ports:
        with closing(redis.Redis(port=port, decode_responses=True)) as node:
            _wait(partial(_is_whole, node), f"node {port} in the cluster")


def _is_whole(node: Any) -> bool:
    info = node.execute_command("CLUSTER", "INFO")
    text = info if isinstance(info, str) else "\n".join(f"{name}:{value}" for name, value in info.items())
    return "cluster_state:ok" in text and f"cluster_known_nodes:{NODES}" in text


def _wait(ready: Callable[[], object], what: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if ready():
                return
        except redis.RedisError:
            pass
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"{what} never came")


def _free_ports() -> list[int]:
    """Return ports that are free, as are their buses'."""
    return sorted(free_port(beside=BUS) for _ in range(NODES))
