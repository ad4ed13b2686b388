"""The only fakes: a clock, the Slack side and the Zendesk side. They pass the contract tests of the real adapters."""

from dataclasses import dataclass, field

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
