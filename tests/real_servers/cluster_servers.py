"""A Redis Cluster of three primaries with a replica each, made as its manual says: `redis-cli --cluster create`."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port
from tests.real_servers.programs import program, running, wait_for
from tests.real_servers.redis_servers import DURABLE, asked

PRIMARIES = 3
BUS = 10_000
"""The nodes speak with each other at their port and this."""
DOWN_MILLISECONDS = 1_000
"""After which nodes believe that another is gone."""


@dataclass
class Sharded:
    """The nodes of a running Cluster, by port."""

    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The URL by which the product finds them."""
        return f"redis+cluster://{','.join(f'127.0.0.1:{port}' for port in self.processes)}"

    def primary_of(self, key: str) -> int:
        """Return the port of who has the key, as somebody who lives knows it; 0 where nobody has it just now."""
        port = next(port for port, process in self.processes.items() if process.poll() is None)
        slot = int(asked(port, "CLUSTER", "KEYSLOT", key))
        for first, last, primary, *_ in asked(port, "CLUSTER", "SLOTS"):
            if int(first) <= slot <= int(last):
                return int(primary[1]) if self.processes[int(primary[1])].poll() is None else 0
        return 0

    def kill(self, port: int) -> None:
        """Kill a node, as a lost machine does."""
        self.processes[port].kill()
        self.processes[port].wait()


@contextmanager
def open_cluster(command: str, folder: Path) -> Iterator[Sharded]:
    """Yield a Cluster whose replicas have all that their primaries have; skip where `redis-cli` is missing."""
    cli = program("redis-cli", package="redis-tools")
    found = Sharded()
    with ExitStack() as stack:
        for _ in range(2 * PRIMARIES):
            port = free_port(beside=BUS)
            found.processes[port] = stack.enter_context(_node(command, folder / str(port), port))
        nodes = [f"127.0.0.1:{port}" for port in found.processes]
        making = [cli, "--cluster", "create", *nodes, "--cluster-replicas", "1", "--cluster-yes"]
        subprocess.run(making, check=True, capture_output=True)
        for port in found.processes:
            wait_for(lambda port=port: _is_whole(port), f"node {port} in the Cluster")  # type: ignore[misc]
        yield found


@contextmanager
def _node(command: str, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    where = ("--bind", "127.0.0.1", "--dir", str(folder), "--port", str(port), "--repl-diskless-sync-delay", "0")
    shared = ("--cluster-enabled", "yes", "--cluster-node-timeout", str(DOWN_MILLISECONDS))
    with running([command, *where, *shared, *DURABLE], folder / "server.log") as process:
        wait_for(lambda: asked(port, "PING"), f"node {port}")
        yield process


def _is_whole(port: int) -> bool:
    """Whether the node knows all others, and its link with its replica or its primary is up."""
    info = asked(port, "CLUSTER", "INFO")
    text = info if isinstance(info, str) else "\n".join(f"{name}:{value}" for name, value in info.items())
    linked = asked(port, "INFO", "replication")
    is_linked = linked.get("master_link_status") == "up" or linked.get("slave0", {}).get("state") == "online"
    return "cluster_state:ok" in text and f"cluster_known_nodes:{2 * PRIMARIES}" in text and is_linked
