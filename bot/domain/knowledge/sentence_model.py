"""The sentence model: turns texts into vectors that lie close together where the texts mean the same."""

from array import array
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    Vector = array[float]
else:
    Vector = array  # which is generic from Python 3.12 on
"""32-bit floats of length 1, so that the product of two is their cosine; numpy reads it without a copy."""


class Kind(StrEnum):
    """What a text is to a search; models of some families want to be told."""

    QUERY = "query"
    PASSAGE = "passage"


class SentenceModel(Protocol):
    """A model of sentences, in this process or behind a server."""

    @property
    def name(self) -> str:
        """Which model it is: vectors of two models cannot be compared."""

    async def embed(self, texts: Sequence[str], kind: Kind) -> Sequence[Vector]:
        """Return the texts' vectors, in order; the event loop goes on meanwhile.

        Raises:
            Exception: whatever keeps it from answering.
        """
