"""Commits an action once: checks it again, writes it and its audit row in one database transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from pydantic import ValidationError

from bot.desk.actions.actions import Action
from bot.desk.actions.commit_results import CommitResult, Committed, Pending, Rejected, Unknown
from bot.desk.actions.ledger_rows import (
    Attempt,
    begin_outside,
    forget,
    is_blocked,
    is_committed,
    record,
    wait_for_human,
)
from bot.desk.actions.mcp_actions import McpAction
from bot.desk.actions.offers import Decision, Needs, Offer, Refused, rule
from bot.desk.database import Database, JoinedData, Session, audit
from bot.desk.knowledge.search import Knowledge
from bot.desk.policy.business_hours import BusinessHours
from bot.desk.policy.sections import Limits
from bot.desk.tools.calls import run_tool
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import ToolServers, Unanswered, Unreachable
from bot.desk.tools.tool_context import ToolContext
from bot.domain.proposals import Proposal

MOST_TOLD = 5
"""Rows of one customer that a note tells."""

WAITS = "a colleague is already deciding on a request about it"
CHANGED = "something about it has changed since I asked you; please tell me again what you would like"


@dataclass(frozen=True)
class _Begun:
    """Everything agrees; another program is to do it.

    Args:
        again: whether an earlier attempt has asked it already.
    """

    action: McpAction
    offer: Offer
    again: bool


@dataclass(frozen=True)
class _At:
    """The clock of one attempt."""

    seconds: float

    def now(self) -> float:
        """Return Unix seconds."""
        return self.seconds


class Ledger:
    """Carries out what a customer agreed to.

    Args:
        actions: the desk's, by name.
        limits: the desk's, by the actions' `limits`.
        servers: carry out the actions that are theirs.
        hours: in which the desk's people answer.
    """

    def __init__(
        self,
        data: Database,
        actions: Mapping[str, Action],
        limits: Mapping[str, Limits],
        knowledge: Knowledge,
        servers: ToolServers | None = None,
        hours: BusinessHours | None = None,
    ) -> None:
        self._data = data
        self._hours = hours
        self._servers = servers
        self._actions = actions
        self._limits = limits
        self._knowledge = knowledge

    async def settle(
        self, proposal: Proposal, customer: Customer, conversation: str, now: float, *, approved_by: str = ""
    ) -> CommitResult:
        """Commit the proposal if the policy lets it, else say what it waits for; as often as you like.

        Args:
            now: the turn's frozen clock.
            approved_by: author id of the human who agreed, empty while nobody has.
        """
        attempt = Attempt(proposal, conversation, now, approved_by)
        try:
            async with self._data.alone() as session:
                settled = await self._settle(session, attempt, customer)
            if not isinstance(settled, _Begun):
                return settled

            if not await self._asked_outside(settled, proposal, customer):
                return Unknown()
            async with self._data.alone() as session:
                await record(session, attempt, settled.offer)
                await forget(session, proposal)
            return Committed()
        except Refused as refused:
            await self.withdraw(proposal)
            return Rejected(str(refused))

    async def done_for(self, customer: Customer, since: float) -> Sequence[Any]:
        """Return the latest rows of what was done for a customer after `since`: `key`, `at` and `summary`.

        Args:
            since: Unix seconds.
        """
        async with self._data.session() as session:
            rows = await session.execute(
                audit.select()
                .where(audit.c.customer == customer.id, audit.c.at > since)
                .order_by(audit.c.at.desc())
                .limit(MOST_TOLD)
            )
            return rows.all()

    async def withdraw(self, proposal: Proposal) -> None:
        """Nothing will come of it: the thing is free for another proposal."""
        async with self._data.alone() as session:
            await forget(session, proposal)

    async def _asked_outside(self, what: _Begun, proposal: Proposal, customer: Customer) -> bool:
        """Let the server do it; return whether it did, False where nobody knows.

        Raises:
            Refused: it did not.
        """
        action = what.action
        if self._servers is None or (what.again and not action.rule.key):
            return False
        try:
            answer = await action.carry_out(self._servers, proposal.arguments, customer, proposal.id)
        except Unanswered:
            return False
        except Unreachable:
            if what.again:
                return False
            raise Refused("the system that does it cannot be reached at the moment") from None
        if answer.failed and what.again:
            return False
        if answer.failed:
            raise Refused("the system that does it has not accepted it")
        return True

    async def _settle(self, session: Session, attempt: Attempt, customer: Customer) -> "CommitResult | _Begun":
        proposal = attempt.proposal
        if await is_committed(session, proposal):
            return Committed()
        if await is_blocked(session, attempt):
            return Rejected(WAITS)

        action = self._actions.get(proposal.action)
        offer = await self._offer(session, action, attempt, customer) if action else None
        if action is None or offer is None:
            await forget(session, proposal)
            return Rejected(CHANGED)

        ruling = rule(self._limits.get(action.limits), offer, attempt.now)
        if held := await _held_back(session, attempt, offer, ruling):
            return held

        if isinstance(action, McpAction):
            again = await begin_outside(session, attempt, offer)
            return _Begun(action, offer, again)
        await action.commit(session, offer, customer, _At(attempt.now))
        await record(session, attempt, offer)
        await forget(session, proposal)
        return Committed()

    async def _offer(self, session: Session, action: Action, attempt: Attempt, customer: Customer) -> Offer | None:
        """Ask the action again, in this transaction; None where it does not offer the same any more."""
        data = JoinedData(session)
        clock = _At(attempt.now)
        context = ToolContext(
            customer, customer.name, data, self._knowledge, clock, limits=self._limits, hours=self._hours
        )
        try:
            offer = await run_tool(action, context, attempt.proposal.arguments)
        except ValidationError:
            return None
        if not isinstance(offer, Offer) or not _is_agreed(offer, attempt.proposal):
            return None

        if not isinstance(action, McpAction):
            return offer
        limits = self._limits.get(action.limits) or Limits()
        counted = await action.so_far(session, customer, offer.subject, limits, attempt.now, attempt.proposal.id)
        return replace(offer, so_far=counted)


async def _held_back(session: Session, attempt: Attempt, offer: Offer, ruling: Decision) -> Pending | Rejected | None:
    """Return what the proposal waits for, or why it is refused; None where it may be done now."""
    so_far = str(offer.so_far) if offer.amount is not None else ""
    match ruling.needs:
        case Needs.IMPOSSIBLE:
            await forget(session, attempt.proposal)
            return Rejected(ruling.why)
        case Needs.HUMAN if not attempt.approved_by:
            await wait_for_human(session, attempt, offer.subject)
            return Pending(Needs.HUMAN, ruling.why, so_far)
        case Needs.REASON if not (attempt.approved_by or attempt.proposal.reason):
            return Pending(Needs.REASON, ruling.why, so_far)
        case Needs.NOTHING | Needs.HUMAN | Needs.REASON:
            return None
        case _:
            assert_never(ruling.needs)


def _is_agreed(offer: Offer, proposal: Proposal) -> bool:
    """Return whether the offer is still what the customer said yes to."""
    return (offer.subject, offer.summary, amount_text(offer)) == (proposal.subject, proposal.summary, proposal.amount)


def amount_text(offer: Offer) -> str:
    """Return the offer's amount as a proposal keeps it."""
    return "" if offer.amount is None else str(offer.amount)
