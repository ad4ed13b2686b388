"""The benchmark's workers, each a process of its own: started idle, set to work, killed, ended."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.retail.worker import INSIDE, READY, STOOD, live

START_SECONDS = 60.0
STOP_SECONDS = 45.0

_processes = multiprocessing.get_context("forkserver")  # everything is imported once; each worker is a fork of that


@dataclass
class Hand:
    """One worker process.

    Args:
        line: takes its orders, tells what it does.
        changed: set whenever it says something, and when it is gone.
        stood: conversations whose commit stands still in it.
    """

    process: ForkServerProcess
    line: "Connection[Any, Any]"
    changed: asyncio.Event
    stood: set[str] = field(default_factory=set)
    is_ready: bool = False
    is_inside: bool = False
    is_gone: bool = False

    def works(self, where: str = "", at: Mapping[str, int] | None = None) -> None:
        """Let it work, and stop where it is told."""
        self.stood.clear()
        self.line.send({"where": where, "at": dict(at or {})})

    def enters(self) -> None:
        """Let one commit go on into its transaction."""
        self.line.send({"enter": True})

    async def killed(self) -> None:
        """`kill -9`."""
        self.process.kill()
        await asyncio.to_thread(self.process.join, STOP_SECONDS)

    async def ended(self) -> None:
        """Let it finish what it does."""
        asyncio.get_running_loop().remove_reader(self.line.fileno())
        self.line.close()
        await asyncio.to_thread(self.process.join, STOP_SECONDS)
        if self.process.is_alive():
            await self.killed()

    def hear(self) -> None:
        """Take what it says."""
        try:
            word, conversation = self.line.recv()
        except (EOFError, OSError):
            self.is_gone = True
            asyncio.get_running_loop().remove_reader(self.line.fileno())
        else:
            self.is_ready = self.is_ready or word == READY
            self.is_inside = self.is_inside or word == INSIDE
            if word == STOOD:
                self.stood.add(conversation)
        self.changed.set()


class Crew:
    """Starts workers.

    Args:
        settings: theirs.
        log: file that gets what they log.
    """

    def __init__(self, source: Path, split: str, settings: Mapping[str, Any], log: Path) -> None:
        self._arguments = (source.resolve(), split, settings)
        self._log = log
        self.changed = asyncio.Event()
        _processes.set_forkserver_preload(["tests.retail.worker"])

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Return once it holds; it is looked at whenever a worker says something, or `changed` is set.

        Raises:
            TimeoutError: it does not come to hold.
        """
        async with asyncio.timeout(seconds):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    @asynccontextmanager
    async def hand(self) -> AsyncIterator[Hand]:
        """Yield an idle worker that is ready; it is gone afterwards.

        Raises:
            RuntimeError: it did not start.
        """
        ours, theirs = _processes.Pipe()
        process = _processes.Process(target=live, args=(*self._arguments, theirs, self._log))
        await asyncio.to_thread(process.start)
        theirs.close()
        hand = Hand(process, ours, self.changed)
        asyncio.get_running_loop().add_reader(ours.fileno(), hand.hear)
        try:
            await self.until(lambda: hand.is_ready or hand.is_gone, START_SECONDS)
            if not hand.is_ready:
                raise RuntimeError(f"a worker did not start: {self._log.read_text()[-2000:]}")
            yield hand
        finally:
            await hand.ended()
