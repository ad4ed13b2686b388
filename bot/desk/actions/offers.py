"""What an action would do and who must agree to it: amounts, offers, and the limits of `desk.yml`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from pydantic_core import CoreSchema, core_schema

from bot.desk.policy.sections import Limits

_DAY = 86_400
_LARGEST_DIGITS = 12
NOTHING = Decimal("0.00")


class Amount(Decimal):
    """A positive amount of money with at most two places, as a model may give it: a number or its text."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        """Return how pydantic reads it: exactly, never through a float."""
        exact = core_schema.decimal_schema(
            gt=Decimal(0), max_digits=_LARGEST_DIGITS, decimal_places=2, allow_inf_nan=False
        )
        return core_schema.no_info_after_validator_function(cls._two_places, exact)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: Any) -> dict[str, Any]:
        """Return what a model is told."""
        return {"type": "number"}

    @classmethod
    def _two_places(cls, value: Decimal) -> Self:
        return cls(value.quantize(Decimal("0.01")))


class Refused(Exception):
    """The business side does not do it; the text says why, in words for the customer, as `"it is shipped already"`."""


@dataclass(frozen=True)
class Offer:
    """What a proposing function found possible for the verified customer, from the desk's data alone.

    Args:
        subject: the thing it is about; while one action on it waits for a human, no other one happens.
        summary: one line that the customer says yes to and an approver reads, amounts and ids included.
        amount: money that the policy limits, None where there is none.
        so_far: what counts towards the same limit already.
        since: Unix seconds from which the policy's window is counted, None where it has none.
        status: the thing's status, where the policy asks for certain ones.
        involves: values (a plan) of which the policy may reserve some for a human.
        afterwards: what the customer should know once it is done.
        note: the model's account of why, for an approver, who also gets the customer's own words.
        change: what `commit` writes, where that is more than the subject and the amount; any value of the desk's own.
            The customer agrees to the summary, so that has to name all of it.
    """

    subject: str
    summary: str
    amount: Decimal | None = None
    so_far: Decimal = NOTHING
    since: float | None = None
    status: str = ""
    involves: tuple[str, ...] = ()
    afterwards: str = ""
    note: str = ""
    change: Any = None

    def __post_init__(self) -> None:
        for name, value in (("amount", self.amount), ("so_far", self.so_far)):
            if value is not None and not isinstance(value, Decimal):
                raise TypeError(f"`{name}` of an Offer is a Decimal, not {type(value).__name__}")


class Needs(StrEnum):
    """What an offer needs beside the customer's yes."""

    NOTHING = "nothing"
    REASON = "reason"
    HUMAN = "human"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Decision:
    """What the policy says to an offer, and why."""

    needs: Needs
    why: str = ""


@dataclass(frozen=True)
class OfferCall:
    """An offer that a model's call of an action led to.

    Args:
        arguments: as the model gave them, JSON; the action is asked again with them before it is done.
    """

    action: str
    arguments: str
    offer: Offer
    ruling: Decision


def rule(limits: Limits | None, offer: Offer, now: float) -> Decision:
    """Return what the desk's limits say to an offer; an action without limits always needs a human.

    Args:
        now: Unix seconds.
    """
    if limits is None:
        return Decision(Needs.HUMAN, "this desk has no rule for it")
    if limits.statuses and offer.status not in limits.statuses:
        return Decision(Needs.IMPOSSIBLE, f"it is {offer.status or 'in no state'} already")
    if why := _why_a_human(limits, offer, now):
        return Decision(Needs.HUMAN, why)
    if limits.any_amount:
        return Decision(Needs.NOTHING)
    if offer.amount is not None:
        return _by_amount(limits, offer.so_far + offer.amount)
    return Decision(Needs.HUMAN, "the amount is not known") if limits.counts_money else Decision(Needs.NOTHING)


def _why_a_human(limits: Limits, offer: Offer, now: float) -> str:
    """Return why a human decides whatever the amount, empty where nobody has to."""
    if limits.human:
        return "a colleague always looks at this"
    if reserved := sorted(set(offer.involves) & set(limits.human_for)):
        return f"a colleague always looks at {', '.join(reserved)}"
    if limits.window_days is not None and not _is_within(limits.window_days, offer.since, now):
        return f"it is outside the {limits.window_days} days"
    return ""


def _is_within(days: int, since: float | None, now: float) -> bool:
    return since is not None and _days(since, now) <= days


def _by_amount(limits: Limits, total: Decimal) -> Decision:
    below, up_to, reasoned = limits.at_once_below, limits.at_once_up_to, limits.with_reason_up_to
    if (below is not None and total < below) or (up_to is not None and total <= up_to):
        return Decision(Needs.NOTHING)
    if reasoned is not None and total <= reasoned:
        return Decision(Needs.REASON, "for this amount a reason is noted")
    return Decision(Needs.HUMAN, "the amount is above what I may do myself")


def _days(since: float, now: float) -> int:
    return int((now - since) // _DAY)


def told(made: OfferCall) -> Mapping[str, Any]:
    """Return what the model learns of its proposal."""
    after = {
        Needs.NOTHING: "it is done at once",
        Needs.REASON: "the customer is asked for a reason, then it is done",
        Needs.HUMAN: f"a human colleague has to approve it ({made.ruling.why})",
    }
    if made.ruling.needs is Needs.IMPOSSIBLE:
        return not_possible(made.ruling.why)
    return {
        "proposed": True,
        "proposal": made.offer.summary,
        "next": "The customer is now shown exactly this and asked for a yes or a no by us. Nothing has been done yet.",
        "after_a_yes": after[made.ruling.needs],
    }


def not_possible(why: str) -> Mapping[str, Any]:
    """Return what the model learns where there is no proposal."""
    return {"proposed": False, "message": f"Not possible: {why}."}
