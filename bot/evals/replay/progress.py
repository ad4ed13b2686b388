"""Shows how far a replay is and what it has cost: a bar where there is a terminal, a line now and then elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bot.domain.models.cost import dollars

_LINES = 10


class Counted:
    """How many of the tickets are answered.

    Args:
        total: how many there are to be.
    """

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._bar = _bar(console) if console.is_terminal else None
        self._task = self._bar.add_task("", total=total, cost=dollars(0)) if self._bar else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    @property
    def done(self) -> int:
        """How many there are so far."""
        return self._done

    def advance(self, spent: int) -> None:
        """One more.

        Args:
            spent: so far, in millionths of a dollar.
        """
        self._done += 1
        if self._bar and self._task is not None:
            self._bar.update(self._task, advance=1, cost=dollars(spent))
        elif self._done * _LINES // self._total > (self._done - 1) * _LINES // self._total:
            told = f"{self._done} of {self._total} tickets answered, {dollars(spent)} so far"
            self._console.print(told, highlight=False, soft_wrap=True)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("answering"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[cost]} so far"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
