"""Commits an action once: checks it again, writes it and its audit row in one database transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from bot.desk.actions.actions import Action
from bot.desk.actions.mcp_actions import McpAction
from bot.desk.actions.offers import Needs, Offer, Refused, rule
from bot.desk.database import Database, JoinedData, Session, asked_outside, audit, begun, pending
from bot.desk.knowledge.search import Knowledge
from bot.desk.policy.policy import Limits
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import ToolServers, Unanswered, Unreachable
from bot.desk.tools.tools import ToolContext, run_tool
from bot.domain.proposals import Proposal

PENDING_SECONDS = 30 * 86_400.0
"""A request that waited longer for its human has been forgotten, and blocks nothing any more."""

MOST_TOLD = 5
"""Rows of one customer that a note tells."""

WAITS = "a colleague is already deciding on a request about it"
CHANGED = "something about it has changed since I asked you; please tell me again what you would like"


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


@dataclass(frozen=True)
class _Begun:
    """Everything agrees; another program is to do it.

    Args:
        again: whether an earlier attempt has asked it already.
    """

    action: McpAction
    offer: Offer
    again: bool


CommitResult = Committed | Pending | Rejected | Unknown


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
    """

    def __init__(
        self,
        data: Database,
        actions: Mapping[str, Action],
        limits: Mapping[str, Limits],
        knowledge: Knowledge,
        servers: ToolServers | None = None,
    ) -> None:
        self._data = data
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
        try:
            async with self._data.alone() as session:
                settled = await self._settle(session, proposal, customer, conversation, now, approved_by)
            if not isinstance(settled, _Begun):
                return settled
            if not await self._asked_outside(settled, proposal, customer):
                return Unknown()
            async with self._data.alone() as session:
                await _record(session, proposal, settled.offer, conversation, now, approved_by)
                await _forget(session, proposal)
            return Committed()
        except Refused as refused:
            await self.withdraw(proposal)
            return Rejected(str(refused))

    async def done_for(self, customer: Customer, since: float) -> Sequence[Any]:
        """Return the latest rows of what was done for a customer after `since`: `key`, `at` and `summary`."""
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
            await _forget(session, proposal)

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

    async def _settle(
        self, session: Session, proposal: Proposal, customer: Customer, conversation: str, now: float, approved_by: str
    ) -> "CommitResult | _Begun":
        if await session.scalar(audit.select().where(audit.c.key == proposal.id)) is not None:
            return Committed()
        if await _is_blocked(session, proposal, conversation, now):
            return Rejected(WAITS)
        action = self._actions.get(proposal.action)
        offer = await self._offer(session, action, proposal, customer, now) if action else None
        if action is None or offer is None:
            await _forget(session, proposal)
            return Rejected(CHANGED)
        limits = self._limits.get(action.limits)
        if isinstance(action, McpAction):
            counted = await action.so_far(session, customer, offer.subject, limits or Limits(), now, proposal.id)
            offer = replace(offer, so_far=counted)
        ruling = rule(limits, offer, now)
        if ruling.needs is Needs.IMPOSSIBLE:
            await _forget(session, proposal)
            return Rejected(ruling.why)
        so_far = str(offer.so_far) if offer.amount is not None else ""
        if ruling.needs is Needs.HUMAN and not approved_by:
            await _forget(session, proposal)
            await session.execute(
                pending.insert().values(subject=offer.subject, key=proposal.id, at=now, conversation=conversation)
            )
            return Pending(Needs.HUMAN, ruling.why, so_far)
        if ruling.needs is Needs.REASON and not (approved_by or proposal.reason):
            return Pending(Needs.REASON, ruling.why, so_far)
        if isinstance(action, McpAction):
            return await _begin(session, proposal, action, offer, now)
        await action.commit(session, offer, customer, _At(now))
        await _record(session, proposal, offer, conversation, now, approved_by)
        await _forget(session, proposal)
        return Committed()

    async def _offer(
        self, session: Session, action: Action, proposal: Proposal, customer: Customer, now: float
    ) -> Offer | None:
        """Ask the action again, in this transaction; None where it does not offer the same any more."""
        context = ToolContext(
            customer, customer.name, JoinedData(session), self._knowledge, _At(now), limits=self._limits
        )
        try:
            offer = await run_tool(action, context, proposal.arguments)
        except ValidationError:
            return None
        agreed = (proposal.subject, proposal.summary, proposal.amount)
        if not isinstance(offer, Offer) or (offer.subject, offer.summary, amount_text(offer)) != agreed:
            return None
        return offer


def amount_text(offer: Offer) -> str:
    """Return the offer's amount as a proposal keeps it."""
    return "" if offer.amount is None else str(offer.amount)


async def _is_blocked(session: Session, proposal: Proposal, conversation: str, now: float) -> bool:
    """Whether another action on the thing waits for a human; one that its own conversation lost does not count."""
    rows = await session.execute(pending.select().where(pending.c.subject == proposal.subject))
    row = rows.one_or_none()
    if row is None or row.key == proposal.id:
        return False
    if row.conversation != conversation and now - row.at < PENDING_SECONDS:
        return True
    await session.execute(pending.delete().where(pending.c.key == row.key))
    return False


async def _begin(session: Session, proposal: Proposal, action: McpAction, offer: Offer, now: float) -> _Begun:
    """Write down that the server is going to be asked, before it is."""
    again = await session.scalar(begun.select().where(begun.c.key == proposal.id)) is not None
    if not again:
        await session.execute(begun.insert().values(key=proposal.id, at=now))
        told = {"action": proposal.action, "customer": proposal.customer, "subject": offer.subject}
        await session.execute(asked_outside.insert().values(key=proposal.id, at=now, amount=offer.amount, **told))
    return _Begun(action, offer, again)


async def _forget(session: Session, proposal: Proposal) -> None:
    await session.execute(pending.delete().where(pending.c.key == proposal.id))
    for table in (begun, asked_outside):
        await session.execute(table.delete().where(table.c.key == proposal.id))


async def _record(
    session: Session, proposal: Proposal, offer: Offer, conversation: str, now: float, approved_by: str
) -> None:
    row = audit.insert().values(
        key=proposal.id,
        at=now,
        action=proposal.action,
        customer=proposal.customer,
        subject=offer.subject,
        summary=offer.summary,
        amount=offer.amount,
        author=proposal.author,
        confirmed_by=proposal.confirmed_by,
        approved_by=approved_by,
        reason=proposal.reason,
        conversation=conversation,
    )
    await session.execute(row)
