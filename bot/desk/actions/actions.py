"""Defines an action: a function that proposes something irreversible, and one that commits it."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.desk.actions.offers import Needs, Offer, OfferCall, rule, told
from bot.desk.database import Session
from bot.desk.tools.customer import Customer
from bot.desk.tools.tool_context import ToolContext
from bot.desk.tools.tools import Tool, Unfit, tool
from bot.domain.ports import Clock

COMMIT_TAKES = 4
Commit = Callable[[Session, Offer, Customer, Clock], Awaitable[None]]


@dataclass(frozen=True)
class Action(Tool):
    """A tool that changes nothing: what it returns is offered to the customer, and `commit` carries it out."""

    commit: Commit = field(kw_only=True)

    def outcome(self, context: ToolContext, arguments: str, result: Any) -> Any:
        """Keep an offer for the turn and tell the model what happens next; anything else goes to the model as it is."""
        if not isinstance(result, Offer):
            return result
        made = OfferCall(
            self.name, arguments, result, rule(context.limits.get(self.limits), result, context.clock.now())
        )
        if made.ruling.needs is not Needs.IMPOSSIBLE:
            context.offers.append(made)
        return told(made)


def action(limits: str, *, commit: Commit) -> Callable[[Callable[..., Any]], Action]:
    """Offer a function to the desk's specialists as an action; they name it under `tools` like any tool.

    The function looks at the data and returns an `Offer`, or whatever tells the model why there is none; where the
    business does not allow it, it may raise `Refused` instead. It changes nothing and may run several times: the same
    call is made again, in the transaction of the commit, and if its offer is another one then, nothing is done.
    `commit` gets the offer the customer agreed to, writes it in that transaction and raises `Refused` where the
    business does not allow it, whatever the policy said.

    Args:
        limits: the key under `limits` in `desk.yml`; without an entry there a human always has to approve.

    Raises:
        TypeError: as for `tool`; or the function runs for customers who are not verified.
    """

    def decorate(function: Callable[..., Any]) -> Action:
        read = tool(function)
        if "customer" not in read.injected.values():
            raise Unfit(f"{read.name}: an action acts for somebody", "add a parameter `customer: Customer`")
        if "context" in read.injected.values():
            raise Unfit(f"{read.name}: an action is asked again at the commit, without a context", "use the data alone")
        if not inspect.iscoroutinefunction(commit) or len(inspect.signature(commit).parameters) != COMMIT_TAKES:
            name = getattr(commit, "__name__", "commit")
            raise Unfit(
                f"{read.name}: `{name}` cannot commit it", f"write `async def {name}(session, offer, customer, clock)`"
            )
        return Action(read.function, read.schema, read.injected, limits, commit=commit)

    return decorate
