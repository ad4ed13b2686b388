"""The tutorial, done as it stands there: every file written, every command run, every line of output found."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
TUTORIAL = ROOT / "bot" / "desks" / "BAKERY.md"
SECONDS = 180
_BLOCK = re.compile(
    r"(?:(?P<how>[Aa]dd to )?`(?P<file>[\w./-]+)`[^`\n]*:\n\n)?```(?P<kind>\w+)\n(?P<body>.*?)```", re.DOTALL
)
_STAYS = ("frontdesk demo", "bakery/oven.py")
"""What is started in a terminal of its own, and goes on."""


@dataclass(frozen=True)
class Command:
    """What is typed, and the lines that have to follow; `…` is anything."""

    line: str
    shown: tuple[str, ...]

    def lacks(self, out: str) -> list[str]:
        """Return the lines that do not stand in the output, in their order."""
        rest, lacking = out, []
        for line in self.shown:
            found = re.search(".*?".join(map(re.escape, line.split("…"))), rest)
            if found is None:
                lacking.append(line)
            else:
                rest = rest[found.end() :]
        return lacking


def commands_in(body: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, *shown = part.rstrip("\n").split("\n")
        yield Command(line, tuple(each for each in shown if each != "…"))


class Reader:
    """Does what the tutorial says, in a folder of its own.

    Args:
        ports: those of the tutorial → free ones of this machine.
    """

    def __init__(self, folder: Path, ports: Mapping[str, str]) -> None:
        self._folder = folder
        self._ports = ports
        self._started: list[subprocess.Popen[bytes]] = []
        (folder / ".venv").symlink_to(ROOT / ".venv")

    def does(self, block: re.Match[str]) -> list[str]:
        """Follow one block; return what was not shown that should have been."""
        body = block["body"]
        for port, free in self._ports.items():
            body = body.replace(port, free)
        if block["kind"] == "console":
            return [lack for command in commands_in(body) for lack in self._runs(command)]
        file = self._folder / block["file"]
        before = file.read_text("utf-8") if block["how"] else ""
        file.write_text(before + body, "utf-8")
        return []

    def _runs(self, command: Command) -> list[str]:
        if any(name in command.line for name in _STAYS):
            return self._starts(command)
        if "curl" in command.line:
            return self._asks(command)
        out = self._output(command)
        return [f"{lack} in {out}" for lack in command.lacks(out)]

    def _asks(self, command: Command) -> list[str]:
        """Ask until the answer is the one that is shown: an edited desk is read a moment later."""
        until = time.monotonic() + SECONDS
        while (lacking := command.lacks(self._output(command))) and time.monotonic() < until:
            time.sleep(0.2)
        return lacking

    def _output(self, command: Command) -> str:
        done = subprocess.run(
            ["bash", "-c", command.line], cwd=self._folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return f"{done.stdout}{done.stderr}"

    def _starts(self, command: Command) -> list[str]:
        log = self._folder / f"{len(self._started)}.log"
        with log.open("w") as out:
            line = ["bash", "-c", f"exec env {command.line}"]
            process = subprocess.Popen(line, cwd=self._folder, stdout=out, stderr=out)
        self._started.append(process)
        until = time.monotonic() + SECONDS
        while (lacking := command.lacks(log.read_text())) and time.monotonic() < until and process.poll() is None:
            time.sleep(0.2)
        return [f"{lack} in {log.read_text()}" for lack in lacking]

    def ends(self) -> None:
        """Stop what was started, the latest first."""
        for process in reversed(self._started):
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    for name in [name for name in os.environ if name.startswith(("FRONTDESK_", "SLACK_", "ZENDESK_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    reader = Reader(tmp_path, {"8765": str(free_port()), "8099": str(free_port())})
    yield reader
    reader.ends()


@pytest.mark.timeout(600)
def test_what_the_tutorial_says_is_what_happens(reader: Reader) -> None:
    lacking = {}
    for block in _BLOCK.finditer(TUTORIAL.read_text("utf-8")):
        if found := reader.does(block):
            lacking[block["body"].splitlines()[0]] = found
    assert lacking == {}


def test_it_shows_a_whole_desk() -> None:
    blocks = list(_BLOCK.finditer(TUTORIAL.read_text("utf-8")))
    files = {block["file"] for block in blocks if block["kind"] != "console"}
    commands = [
        command.line for block in blocks if block["kind"] == "console" for command in commands_in(block["body"])
    ]

    assert files >= {f"bakery/{name}" for name in ("desk.yml", "data.py", "tools.py", "oven.py", "cases/bakery.yml")}
    assert None not in files
    assert all(any(name in line for line in commands) for name in ("desk new", "desk check", "chat", "eval", *_STAYS))
