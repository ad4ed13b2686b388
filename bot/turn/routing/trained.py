"""What the router's classifier has learnt, as numbers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

NOWHERE = ""
"""The lane of what belongs to no specialist."""

Row = Mapping[str, float]
"""A sentence's words: column number → weight. Numbers are text, as JSON has them."""


@dataclass(frozen=True)
class Weights:
    """A linear model.

    Args:
        table: for each column one number per lane.
        constants: one number per lane.
        threshold: the least probability that is sure.
    """

    table: list[list[float]]
    constants: list[float]
    threshold: float


@dataclass(frozen=True)
class TrainedClassifier:
    """What was learnt.

    Args:
        lanes: what it tells apart.
        words: by words alone.
        both: by words (its first columns) and what the sentence means, None where no vectors were given.
        centre: of all vectors; what a sentence means is how it differs from that.
    """

    lanes: list[str]
    words: Weights
    both: Weights | None = None
    centre: list[float] | None = None

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return what was written as JSON.

        Raises:
            KeyError, TypeError: it is none.
        """
        both = Weights(**told["both"]) if told["both"] else None
        return cls(told["lanes"], Weights(**told["words"]), both, told["centre"])
