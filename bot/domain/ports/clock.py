"""The wall clock, as a port so that tests move it."""

from typing import Protocol


class Clock(Protocol):
    """Wall-clock time, so that tests move it."""

    def now(self) -> float:
        """Return Unix seconds."""
