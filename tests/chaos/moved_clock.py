"""A clock that all processes of a run share, and that the run moves: hours pass in no time.

How far it is ahead of the machine's stands in a file that each of them has mapped; nothing of the product knows of it.
"""

import asyncio
import mmap
import struct
import time
from pathlib import Path

LOOK_SECONDS = 0.1
_AHEAD = struct.Struct("d")


class MovedClock:
    """The machine's time, and what the file adds to it.

    Args:
        wrong: seconds by which this clock alone differs from the others.
    """

    def __init__(self, file: Path, wrong: float = 0.0) -> None:
        if not file.exists():
            file.write_bytes(_AHEAD.pack(0.0))
        with file.open("r+b") as opened:
            self._ahead = mmap.mmap(opened.fileno(), _AHEAD.size)
        self._wrong = wrong

    @property
    def ahead(self) -> float:
        """Seconds by which the clock was moved."""
        ahead: float = _AHEAD.unpack(self._ahead[:])[0]
        return ahead

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time() + self.ahead + self._wrong

    async def sleep(self, seconds: float) -> None:
        """Return when so much has passed on this clock."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:  # noqa: ASYNC110  # no event tells of time
            await asyncio.sleep(min(left, LOOK_SECONDS))

    def move(self, seconds: float) -> None:
        """Let so much time pass, for everybody who reads the file."""
        self._ahead[:] = _AHEAD.pack(self.ahead + seconds)
