"""The demo as a process of its own, the way `make demo` runs it; it can be killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

START_SECONDS = 90.0
STOP_SECONDS = 60.0
LOOK_SECONDS = 0.05
ROOT = Path(__file__).resolve().parents[2]
CONSOLE_KEY = "console-key-of-the-browser-tests"
_OWN = ("FRONTDESK_", "SLACK_", "ZENDESK_", "OPENAI_", "REDIS_URL", "DATABASE_URL")


class DemoProcess:
    """`frontdesk demo` on a free port, its data under one folder.

    Args:
        folder: holds the data, and what the process prints.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._printed = folder / "printed.txt"
        self._process: subprocess.Popen[bytes] | None = None
        self._redis = 0
        self._port = free_port()

    @property
    def url(self) -> str:
        """The page's address; it stays the same over restarts."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start, and wait until the demo prints its address.

        Raises:
            AssertionError: it ended, or did not come up in time; what it printed is told.
        """
        clean = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        own = {
            "FRONTDESK_DATA_DIR": str(self._folder / "data"),
            "FRONTDESK_API_KEYS": f"tests:{CONSOLE_KEY}:console",
            "FRONTDESK_DEBOUNCE_SECONDS": "0.2",
            "PYTHONPATH": str(ROOT),
        }
        with self._printed.open("wb") as printed:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "demo", "--port", str(self._port)],
                cwd=self._folder,  # where no .env lies
                env=clean | own,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self._is_up() or self._process_ended(), START_SECONDS, self.printed)
        assert self._is_up(), self.printed()
        self._redis = self._redis_now()

    def _redis_now(self) -> int:
        """The embedded Redis' process; each time all starts over it is another one."""
        return int((self._folder / "data" / "demo" / f"store-{self._port}" / "redis" / "redis.pid").read_text())

    def kill(self) -> None:
        """End everything at once, the embedded Redis too, as a power cut would: SIGKILL to both process groups."""
        assert self._process is not None
        self._redis = self._redis_now()
        for pid in (self._process.pid, self._redis):
            os.killpg(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        until(lambda: not self.redis_runs(), STOP_SECONDS, lambda: "Redis lives on")

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_SECONDS)

    def close(self) -> None:
        """Leave nothing running, whatever happened before."""
        if self._process is None or self._process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                self.kill()

    def redis_runs(self) -> bool:
        """Return whether the embedded Redis is still there."""
        return _is_alive(self._redis)

    def printed(self) -> str:
        """Return what the process wrote to its terminal."""
        return self._printed.read_text()

    def state(self) -> Any:
        """Return everything that both simulated vendors hold."""
        return httpx.get(f"{self.url}/_sandbox/state", timeout=STOP_SECONDS).json()

    def post(self, command: str, body: dict[str, str]) -> None:
        """Do what people do at the vendors, past the page."""
        httpx.post(f"{self.url}/_sandbox/{command}", json=body, timeout=STOP_SECONDS).raise_for_status()

    def switch(self, **switches: str) -> None:
        """Turn the page's switches, and wait until the page is told."""
        wanted = httpx.post(f"{self.url}/_sandbox/frontdesk", json=switches, timeout=STOP_SECONDS).json()
        until(lambda: self.state()["notes"].get("switches") == wanted, STOP_SECONDS, self.printed)

    def conversation(self, conversation_id: str) -> Any:
        """Return the bot's own view of a conversation."""
        bot = self.state()["notes"]["bot_url"]
        headers = {"Authorization": f"Bearer {CONSOLE_KEY}"}
        answer = httpx.get(f"{bot}/conversation/{conversation_id}", headers=headers, timeout=STOP_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _is_up(self) -> bool:
        return f"Frontdesk demo: {self.url}" in self.printed()

    def _process_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


def until(is_so: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Wait for a condition outside the page.

    Raises:
        AssertionError: it never came.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(LOOK_SECONDS)


def _is_alive(pid: int) -> bool:
    """A zombie that nobody has waited for counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
