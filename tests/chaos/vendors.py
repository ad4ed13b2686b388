"""Both simulated vendors on a clock that is moved; `python -m tests.chaos.vendors FILE` prints their URL."""

import socket
import sys
from pathlib import Path

import uvicorn

from integrations.sandbox import SandboxOptions, create_app
from tests.chaos.moved_clock import MovedClock


def main(file: str) -> None:
    """Serve until the process is ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(SandboxOptions(public_url=url, clock=MovedClock(Path(file))))
        sys.stdout.write(f"sandbox {url}\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
