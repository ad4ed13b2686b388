"""Time as the simulator sees it; tests replace it to move hours in no time."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the simulator asks of time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        await asyncio.sleep(seconds)


def iso(seconds: float) -> str:
    """The second-exact UTC form of both vendors' JSON, e.g. ``2026-01-08T10:12:07Z``."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_nano(seconds: float) -> str:
    """Zendesk's event time: nine digits after the second, which naive parsers refuse."""
    whole = int(seconds)
    nanos = int((seconds - whole) * 1_000_000_000)
    return f"{iso(whole)[:-1]}.{nanos:09d}Z"


def from_iso(text: str) -> float:
    """Seconds since the epoch of an ISO time; raises ValueError."""
    return datetime.fromisoformat(text).timestamp()
