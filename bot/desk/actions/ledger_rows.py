"""The ledger's rows: what is committed, what waits for a human, what another program was asked to do."""

from dataclasses import dataclass

from bot.desk.actions.offers import Offer
from bot.desk.database import Session, asked_outside, audit, begun, pending
from bot.domain.proposals import Proposal

PENDING_SECONDS = 30 * 86_400.0
"""A request that waited longer for its human has been forgotten, and blocks nothing any more."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to commit a proposal.

    Args:
        conversation: in which the customer agreed.
        now: the turn's frozen clock, Unix seconds.
        approved_by: author id of the human who agreed, empty while nobody has.
    """

    proposal: Proposal
    conversation: str
    now: float
    approved_by: str = ""


async def is_committed(session: Session, proposal: Proposal) -> bool:
    """Return whether an attempt has committed it already."""
    return await session.scalar(audit.select().where(audit.c.key == proposal.id)) is not None


async def is_blocked(session: Session, attempt: Attempt) -> bool:
    """Return whether another action on the thing waits for a human; one lost by its conversation does not count."""
    proposal = attempt.proposal
    rows = await session.execute(pending.select().where(pending.c.subject == proposal.subject))
    row = rows.one_or_none()
    if row is None or row.key == proposal.id:
        return False
    if row.conversation != attempt.conversation and attempt.now - row.at < PENDING_SECONDS:
        return True
    await session.execute(pending.delete().where(pending.c.key == row.key))
    return False


async def wait_for_human(session: Session, attempt: Attempt, subject: str) -> None:
    """Write down that the thing waits for a human, so that no other action on it is done meanwhile."""
    await forget(session, attempt.proposal)
    row = {"subject": subject, "key": attempt.proposal.id, "at": attempt.now, "conversation": attempt.conversation}
    await session.execute(pending.insert().values(**row))


async def begin_outside(session: Session, attempt: Attempt, offer: Offer) -> bool:
    """Write down that another program is going to be asked, before it is; return whether an attempt did so already."""
    proposal = attempt.proposal
    if await session.scalar(begun.select().where(begun.c.key == proposal.id)) is not None:
        return True
    await session.execute(begun.insert().values(key=proposal.id, at=attempt.now))
    told = {"action": proposal.action, "customer": proposal.customer, "subject": offer.subject}
    row = asked_outside.insert().values(key=proposal.id, at=attempt.now, amount=offer.amount, **told)
    await session.execute(row)
    return False


async def forget(session: Session, proposal: Proposal) -> None:
    """Free the thing for another proposal."""
    for table in (pending, begun, asked_outside):
        await session.execute(table.delete().where(table.c.key == proposal.id))


async def record(session: Session, attempt: Attempt, offer: Offer) -> None:
    """Write the one row that says it is committed."""
    proposal = attempt.proposal
    row = audit.insert().values(
        key=proposal.id,
        at=attempt.now,
        action=proposal.action,
        customer=proposal.customer,
        subject=offer.subject,
        summary=offer.summary,
        amount=offer.amount,
        author=proposal.author,
        confirmed_by=proposal.confirmed_by,
        approved_by=attempt.approved_by,
        reason=proposal.reason,
        conversation=attempt.conversation,
    )
    await session.execute(row)
