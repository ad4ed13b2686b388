"""How an attempt to commit an action ends: committed, pending, rejected or unknown."""

from dataclasses import dataclass

from bot.desk.actions.offers import Needs


@dataclass(frozen=True)
class Committed:
    """Committed, now or by an earlier attempt; exactly one row says so."""


@dataclass(frozen=True)
class Pending:
    """Nothing is done yet.

    Args:
        needs: the customer's reason, or a human.
        why: in words for the customer.
        so_far: what counted towards the limit already, as text; empty where nothing is counted.
    """

    needs: Needs
    why: str
    so_far: str = ""


@dataclass(frozen=True)
class Rejected:
    """Nothing was done and nothing will be; why, in words for the customer."""

    why: str


@dataclass(frozen=True)
class Unknown:
    """Another program was asked to do it and has not said whether it did."""


CommitResult = Committed | Pending | Rejected | Unknown
