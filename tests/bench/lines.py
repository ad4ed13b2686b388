"""What became of each line that people wrote: when it was sent, asked about, shown and answered."""

import re
from asyncio import Event
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

MARK = re.compile(r"\bn(\d{7})\b")
END = "That is all."
"""Last words of every whole answer."""


@dataclass
class Line:
    """One line; all times are seconds of one clock, 0 for what has not happened.

    Args:
        asked: when the model was asked about it, for the last time.
        asks: how often it was.
        spoke: when the model's first words left.
        ended: when its last words had left.
        sign: when the first thing, a status or words, stood in the thread.
        text: when the first words did.
        done: when the whole answer did.
        answers: how many answers named it.
    """

    thread: str
    sent: float
    asked: float = 0.0
    asks: int = 0
    spoke: float = 0.0
    ended: float = 0.0
    sign: float = 0.0
    text: float = 0.0
    done: float = 0.0
    answers: int = 0


@dataclass
class Lines:
    """All lines of one run.

    Args:
        think: seconds until the model's first words.
        gap: seconds between its words.
        thinking: model calls under way.
    """

    think: float = 0.0
    gap: float = 0.0
    thinking: int = 0
    most_thinking: int = 0
    slack_calls: int = 0
    model_calls: int = 0
    _lines: dict[str, Line] = field(default_factory=dict)
    _waiting: dict[str, Event] = field(default_factory=dict)
    _open: dict[str, set[str]] = field(default_factory=dict)
    _number: int = 0

    def begin(self, think: float, gap: float) -> None:
        """Forget the last run."""
        self.think, self.gap = think, gap
        self.most_thinking = self.slack_calls = self.model_calls = 0
        self._lines, self._waiting, self._open = {}, {}, {}

    def sent(self, thread: str, due: float) -> tuple[int, str]:
        """A line is being sent, and was due at that time; return its number and its mark."""
        self._number += 1
        mark = f"n{self._number:07d}"
        self._lines[mark] = Line(thread, due)
        self._open.setdefault(thread, set()).add(mark)
        return self._number, mark

    async def answered(self, mark: str) -> None:
        """Wait for the whole answer."""
        if not self._lines[mark].done:
            await self._waiting.setdefault(mark, Event()).wait()

    def asked(self, marks: Iterable[str]) -> None:
        """The model was asked."""
        for mark in marks:
            if line := self._lines.get(mark):
                line.asked, line.asks = perf_counter(), line.asks + 1
                line.spoke = line.ended = 0.0

    def spoke(self, marks: Iterable[str]) -> None:
        """The model's first words left."""
        for mark in marks:
            if line := self._lines.get(mark):
                line.spoke = perf_counter()

    def ended(self, marks: Iterable[str]) -> None:
        """The model's last words left."""
        for mark in marks:
            if line := self._lines.get(mark):
                line.ended = perf_counter()

    def signed(self, thread: str) -> None:
        """A status stands in the thread."""
        for mark in self._open.get(thread, ()):
            line = self._lines[mark]
            line.sign = line.sign or perf_counter()

    def shown(self, text: str, *, is_final: bool) -> None:
        """Words stand in the thread."""
        now = perf_counter()
        for mark in {match.group() for match in MARK.finditer(text)}:
            if (line := self._lines.get(mark)) is None:
                continue
            line.sign, line.text = line.sign or now, line.text or now
            if is_final and END in text:
                line.answers += 1
                line.done = line.done or now
                self._open[line.thread].discard(mark)
                if waiting := self._waiting.pop(mark, None):
                    waiting.set()

    def outcome(self) -> Any:
        """Return all lines and counts."""
        return {
            "lines": [asdict(line) for line in self._lines.values()],
            "most_thinking": self.most_thinking,
            "slack_calls": self.slack_calls,
            "model_calls": self.model_calls,
        }
