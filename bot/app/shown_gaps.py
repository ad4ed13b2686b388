"""Reads gaps for the console where they are asked for: the library behind them is large, and few processes need it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.app.database_look import database_url
from bot.app.settings import Settings
from bot.gaps.contradictions import Contradiction
from bot.gaps.entries import Gap


@dataclass(frozen=True)
class ShownGaps:
    """A `GapsReader` that connects for each visit: a page of operators is seldom looked at."""

    settings: Settings

    async def gaps(self) -> Sequence[Gap]:
        """Return the gaps, the most frequent first.

        Raises:
            TemporaryFailure: the database does not answer.
        """
        from bot.gaps.visit import visit

        return await visit(database_url(self.settings), lambda store: store.gaps())

    async def contradictions(self) -> Sequence[Contradiction]:
        """Return where articles contradict each other, as a worker saw them last.

        Raises:
            TemporaryFailure: the database does not answer.
        """
        from bot.gaps.visit import visit

        return await visit(database_url(self.settings), lambda store: store.contradictions())
