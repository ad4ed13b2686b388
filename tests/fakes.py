"""The only fakes: a clock, the Slack side and the Zendesk side. They pass the contract tests of the real adapters."""

import asyncio
from dataclasses import dataclass, field
from time import time

MONDAY = 1_795_428_000.0
"""2026-11-23 10:00:00 UTC, a Monday in business hours."""


@dataclass
class FakeClock:
    """Time that is moved by hand."""

    at: float = MONDAY
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Return Unix seconds."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.at += seconds


@dataclass
class LeapingClock:
    """The machine's time, and what it was moved ahead by: for stories of days."""

    ahead: float = 0.0

    def now(self) -> float:
        """Return Unix seconds."""
        return time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        """Sleep for real."""
        await asyncio.sleep(seconds)
