"""Actions of MCP servers: proposed like any other, called once, outside the desk's own database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.desk.actions.actions import Action, action
from bot.desk.actions.offers import Amount, Offer
from bot.desk.database import Data, Session, spent
from bot.desk.policy.sections import Limits
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import (
    ActionRule,
    McpAnswer,
    McpServerConfig,
    ToolServers,
    Unanswered,
    Unreachable,
    fitting,
    known_arguments,
)
from bot.domain.ports import Clock

SUMMARY_CHARS = 300
_DAY = 86_400
_amount: TypeAdapter[Amount] = TypeAdapter(Amount)


@dataclass(frozen=True)
class McpAction(Action):
    """A tool of a server that changes something.

    Args:
        server: as `desk.yml` names it.
        rule: how the tool is called.
    """

    server: str = field(kw_only=True)
    rule: ActionRule = field(kw_only=True)

    async def carry_out(self, servers: ToolServers, given: str, customer: Customer, key: str) -> McpAnswer:
        """Call the tool; where it takes a key, a call that was not answered is repeated once under the same.

        Args:
            given: the proposal's arguments.

        Raises:
            Unreachable: nothing was asked.
            Unanswered: it may have been done.
        """
        tool = await fitting(servers, self.server, self.name, self.rule)
        arguments = known_arguments(tool, _unpacked(given))
        if self.rule.customer:
            arguments[self.rule.customer] = customer.id
        if not self.rule.key:
            return await servers.call(self.server, self.name, arguments)
        arguments[self.rule.key] = key
        try:
            return await servers.call(self.server, self.name, arguments)
        except Unanswered as first:
            return await self._ask_again(servers, arguments, first)

    async def so_far(
        self, session: Session, customer: Customer, subject: str, limits: Limits, now: float, besides: str = ""
    ) -> Decimal:
        """Return what the books say was done of it: in the limit's days for the customer, else ever on the subject.

        A subject is what a model says it is, so that a sum over days has to count all of a customer's.

        Args:
            besides: key of the proposal in question, which does not count.
        """
        if limits.per_days:
            since = now - limits.per_days * _DAY
            return await spent(session, self.name, customer=customer.id, since=since, besides=besides)
        return await spent(session, self.name, subject=subject, besides=besides)

    async def _ask_again(self, servers: ToolServers, arguments: Mapping[str, Any], first: Unanswered) -> McpAnswer:
        """Only a yes says more than the first call, which may have done it."""
        try:
            answer = await servers.call(self.server, self.name, arguments)
        except Unreachable:
            raise first from None
        if answer.failed:
            raise first
        return answer


def pack(arguments: str) -> str:
    """Return a model's call of a served tool as the arguments of its proposing function."""
    return json.dumps({"arguments": arguments})


def _unpacked(given: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.loads(given)["arguments"] or "{}")
    return found


def served_actions(servers: Mapping[str, McpServerConfig]) -> dict[str, Action]:
    """Return the actions of all servers by name."""
    return {
        name: _action(server, name, rule) for server, config in servers.items() for name, rule in config.actions.items()
    }


def _action(server: str, name: str, rule: ActionRule) -> McpAction:
    async def propose(
        arguments: str, customer: Customer, data: Data, clock: Clock, limits: Limits
    ) -> Offer | dict[str, Any]:
        try:
            given = json.loads(arguments or "{}")
            amount = _amount.validate_python(given[rule.amount]) if rule.amount else None
        except (ValueError, TypeError, KeyError, ValidationError):
            what = f"with a positive `{rule.amount}` that has at most two places" if rule.amount else "as a JSON object"
            return {"proposed": False, "message": f"Call {name} {what}."}
        if not isinstance(given, dict):
            return {"proposed": False, "message": f"Call {name} with named arguments."}
        offer = _offer(name, rule, given, amount, customer)
        async with data.session() as session:
            so_far = await served.so_far(session, customer, offer.subject, limits, clock.now())
        return replace(offer, so_far=so_far)

    propose.__name__ = name
    propose.__doc__ = f"Propose {name}."
    made = action(name, commit=_never)(propose)
    served = McpAction(
        made.function, made.schema, made.injected, made.limits, commit=made.commit, server=server, rule=rule
    )
    return served


def _offer(name: str, rule: ActionRule, given: Mapping[str, Any], amount: Decimal | None, customer: Customer) -> Offer:
    shown = ", ".join(
        f"{key.replace('_', ' ')} {value}"
        for key, value in given.items()
        if key not in {rule.customer, rule.key} and value not in (None, "")
    )
    summary = name.replace("_", " ").capitalize() + (f" ({shown})" if shown else "")
    if len(summary) > SUMMARY_CHARS:
        summary = summary[: SUMMARY_CHARS - 1].rstrip() + "…"
    subject = " ".join(str(given.get(rule.subject) or "").split()) if rule.subject else ""
    return Offer((subject or f"{name} of {customer.id}")[:120], summary, amount)


async def _never(session: Session, offer: Offer, customer: Customer, clock: Clock) -> None:
    """Nothing is written here: the ledger calls the server."""
    raise NotImplementedError
