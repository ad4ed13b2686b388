"""What tools work with besides their arguments: the verified customer, the desk's data, its limits and so on."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Union, assert_never, get_args, get_origin

from bot.desk.actions.offers import OfferCall
from bot.desk.database import Data
from bot.desk.knowledge.search import Found, Knowledge
from bot.desk.policy.business_hours import BusinessHours
from bot.desk.policy.sections import Limits
from bot.desk.tools.context import Context
from bot.desk.tools.customer import Customer
from bot.domain.handoffs import HandoffRequest
from bot.domain.ports import Clock


@dataclass
class Handover:
    """How a tool passes the conversation to a human: what it fills in stands in the note they read.

    Args:
        topic: decides the group, as `desk.yml` lists them.
        issue: what it is about, in a line or two.
        facts: what is certain.
    """

    reason: str = ""
    topic: str = ""
    issue: str = ""
    facts: str = ""

    def ask(self, reason: str, *, topic: str = "", issue: str = "", facts: str = "") -> None:
        """Ask for a human once this answer is over; the last call counts."""
        self.reason, self.topic, self.issue, self.facts = reason, topic, issue, facts


@dataclass(frozen=True)
class Briefing:
    """What a turn tells its specialist beside the conversation.

    Args:
        before: what the customer came for before; empty for nothing that is known.
        language: of their words, such as `de`; empty where it is not known.
        done: what became of this conversation's proposals, from our books.
    """

    before: str = ""
    language: str = ""
    done: str = ""


@dataclass(frozen=True)
class RunRequests:
    """What the specialist's own tools ask of the turn.

    Args:
        handoff: why a human is wanted, None where nobody is.
        address: where to send a one-time code, empty for nowhere.
    """

    handoff: HandoffRequest | None = None
    address: str = ""


Injected = Literal[
    "customer", "customer_or_none", "data", "knowledge", "clock", "hours", "limits", "handover", "context"
]
_INJECTED: Mapping[Any, Injected] = {
    Customer: "customer",
    Data: "data",
    Knowledge: "knowledge",
    Clock: "clock",
    BusinessHours: "hours",
    Limits: "limits",
    Handover: "handover",
}


@dataclass
class ToolContext:
    """What one run's tools work with: the SDK's run context.

    Args:
        customer: the verified author of the messages being answered; None while it is not proven who they are.
        author_name: as people see it, verified or not.
        data: the desk's database, None for a desk without data.
        limits: the desk's limits by action.
        hours: in which the desk's people answer, as `desk.yml` says.
        offers: what this run's actions offered, for the turn to show.
        handover: what a tool asked a human for.
        kept: what the desk keeps of this customer, None for a desk without a `Context`.
        withheld: whether others read along, so that `customer` is None whoever they are.
        faults: of the calls that failed, by their id: the error's class, and file and line in the desk.
        can_prove: whether a customer nobody vouches for may prove here who they are.
        briefing: what the specialist is told beside the conversation.
        requests: what its own tools asked of the turn so far.
        found: what its searches of the knowledge led to.
    """

    customer: Customer | None
    author_name: str
    data: Data | None
    knowledge: Knowledge
    clock: Clock
    limits: Mapping[str, Limits] = field(default_factory=dict)
    offers: list[OfferCall] = field(default_factory=list)
    handover: Handover = field(default_factory=Handover)
    kept: Context | None = None
    withheld: bool = False
    can_prove: bool = False
    faults: dict[str, Mapping[str, str]] = field(default_factory=dict)
    briefing: Briefing = Briefing()
    requests: RunRequests = RunRequests()
    found: list[Found] = field(default_factory=list)
    hours: BusinessHours | None = None


def put_in(kind: Injected, context: ToolContext, limits: str = "") -> object:
    """Return what a parameter of this kind gets.

    Args:
        limits: the key of the desk's limits that `Limits` means.

    Raises:
        LookupError: the desk has no such thing.
    """
    match kind:
        case "customer" | "customer_or_none":
            return context.customer
        case "data":
            return _there(context.data, "data.py")
        case "knowledge":
            return context.knowledge.as_read_by(context.customer, context.found.append)
        case "clock":
            return context.clock
        case "hours":
            return _there(context.hours, "business hours")
        case "limits":
            return context.limits.get(limits, Limits())
        case "handover":
            return context.handover
        case "context":
            return _there(context.kept, "context.py")
        case _:
            assert_never(kind)


def _there(found: object, what: str) -> object:
    if found is None:
        raise LookupError(f"this desk has no {what}")
    return found


def injected_in(hints: Mapping[str, Any]) -> dict[str, Injected]:
    """Return the parameters, by name, that are put in by their types."""
    return {name: kind for name, hint in hints.items() if (kind := _injected(hint)) and name != "return"}


def _injected(hint: Any) -> Injected | None:
    if get_origin(hint) in {Union, types.UnionType} and Customer in get_args(hint):
        return "customer_or_none"
    if not isinstance(hint, type):
        return None
    return "context" if issubclass(hint, Context) else _INJECTED.get(hint)
