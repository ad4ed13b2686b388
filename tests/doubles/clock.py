"""The clock of all tests: time that a test moves."""

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count
from time import time

MONDAY = 1_795_428_000.0
"""2026-11-23 10:00:00 UTC, a Monday in business hours."""

_ROUNDING_SECONDS = 1e-6


@dataclass
class ManualClock:
    """Time that stands still until a test moves it; `ManualClock.running()` goes on by itself and can be moved too.

    Args:
        at: Unix seconds; while it runs, the seconds that it is ahead of the machine's time.
        runs: whether the machine's time passes here too.
    """

    at: float = MONDAY
    runs: bool = False
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list, init=False, repr=False)
    _numbers: "count[int]" = field(default_factory=count, init=False, repr=False)

    @classmethod
    def running(cls, ahead: float = 0.0) -> "ManualClock":
        """Return a clock with the machine's time, moved ahead by so many seconds; negative for behind."""
        return cls(ahead, runs=True)

    def now(self) -> float:
        """Return Unix seconds."""
        return self.at + time() if self.runs else self.at

    async def sleep(self, seconds: float) -> None:
        """Return once the clock is `seconds` further."""
        wakes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._numbers), wakes))
        try:
            async with asyncio.timeout(seconds if self.runs else None):
                await wakes
        except TimeoutError:
            return  # as much time has passed by itself

    @property
    def next_wake(self) -> float | None:
        """Seconds until the next sleeper wakes, None where nobody sleeps."""
        waiting = [due for due, _, wakes in self._sleepers if not wakes.done()]
        return min(waiting) - self.now() if waiting else None

    def advance(self, seconds: float) -> None:
        """Move on, and wake whoever is due, in the order in which they are."""
        self.at += seconds
        while self._sleepers and self._sleepers[0][0] <= self.now() + _ROUNDING_SECONDS:
            _, _, wakes = heapq.heappop(self._sleepers)
            if not wakes.done():
                wakes.set_result(None)
