"""Free ports that stay free until they are used, over restarts too: the kernel gives none of them away by itself."""

import os
import socket
from itertools import count

FIRST = 10_240
LANES, PORTS_IN_A_LANE = 10, 1_000
"""Below what Linux hands out as ephemeral ports (from 32,768); each process of a test run has a lane of its own."""

_LANE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % LANES
_numbers = count(os.getpid())


def free_port(beside: int = 0) -> int:
    """Return a port of loopback on which nobody listens, each time another one.

    Args:
        beside: the port so much above has to be free too.
    """
    while True:
        port = FIRST + _LANE * PORTS_IN_A_LANE + next(_numbers) % PORTS_IN_A_LANE
        if _is_free(port) and _is_free(port + beside):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
