"""What model calls may cost: an estimate is reserved before the call and settled after it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Refusal(StrEnum):
    """Whose cap does not allow a model call."""

    CUSTOMER = "customer"
    DESK = "desk"


@dataclass(frozen=True)
class Reservation:
    """An estimate that counts as spent until its call is settled.

    Args:
        id: of this estimate.
        counted: where it is counted.
        estimate: what it is.
        total: what the conversation has cost with it.
    """

    id: str
    counted: tuple[str, ...]
    estimate: int = 0
    total: int = 0


class SpendingLedger(Protocol):
    """What models cost, across all workers; amounts are millionths of a dollar."""

    async def set_aside(self, customer: str, conversation: str, estimate: int) -> Reservation | Refusal:
        """Count an estimate as spent before the call, unless that would go over a cap."""

    def settle(self, held: Reservation, cost: int) -> None:
        """Put the real cost in the estimate's place, soon; while the store is away the estimate stays."""
