"""What models cost, in millionths of a dollar, and how people read it."""

from dataclasses import dataclass
from decimal import Decimal

MICRO = 1_000_000
"""Parts of a dollar that are counted: a price per million tokens is so many of them per token."""


@dataclass(frozen=True)
class Used:
    """What the model calls of a turn used; replayed ones use nothing.

    Args:
        cost: in millionths of a dollar, attempts that died included.
        input: tokens read, 0 where the server does not tell.
        output: tokens written.
    """

    cost: int = 0
    input: int = 0
    output: int = 0


def dollars(millionths: int) -> str:
    """Return an amount as people read it: to the cent, small ones to four places."""
    amount = Decimal(millionths) / MICRO
    return f"{amount:.2f} USD" if amount >= 1 or not millionths else f"{amount:.4f} USD"
