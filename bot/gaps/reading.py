"""What reads gaps for pages: a port, so that a process that only shows them loads no database library before."""

from collections.abc import Sequence
from typing import Protocol

from bot.gaps.contradictions import Contradiction
from bot.gaps.entries import Gap


class GapsReader(Protocol):
    """Reads gaps; every method raises TemporaryFailure where the database does not answer."""

    async def gaps(self) -> Sequence[Gap]:
        """Return the gaps, the most frequent first."""

    async def contradictions(self) -> Sequence[Contradiction]:
        """Return where articles contradict each other, as a worker saw them last."""


class NoGaps:
    """Nothing is missing anywhere."""

    async def gaps(self) -> Sequence[Gap]:
        """Return none."""
        return ()

    async def contradictions(self) -> Sequence[Contradiction]:
        """Return none."""
        return ()
