"""Between two tries passes no time."""

import pytest

from bot.turn.agent import patience


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries passes no time worth mentioning."""
    monkeypatch.setattr(patience, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(patience, "LONGEST_DELAY", 0.01)
