"""The tables of our own in a desk's database: what was done, what waits for a human, what another program was asked."""

from decimal import Decimal

from sqlalchemy import Column, Float, MetaData, String, Table, Text, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk.database.columns import Money

own = MetaData()

seeded = Table("frontdesk_seeded", own, Column("desk", String(64), primary_key=True), Column("at", Float))
"""Which desks have their first rows."""

audit = Table(
    "frontdesk_audit",
    own,
    Column("key", String(64), primary_key=True),  # the proposal's id: what is committed once is written once
    Column("at", Float, nullable=False),
    Column("action", String(64), nullable=False),
    Column("customer", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("summary", Text, nullable=False),
    Column("amount", Money),
    Column("author", String(255), nullable=False),  # who asked, as messages name their authors
    Column("confirmed_by", String(255), nullable=False),  # the message that said yes
    Column("approved_by", String(255), nullable=False),  # empty where nobody had to
    Column("reason", Text, nullable=False),  # the customer's own words
    Column("conversation", String(255), nullable=False),
)
"""Who did what, why and when: one row per committed action."""

pending = Table(
    "frontdesk_pending",
    own,
    Column("subject", String(128), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("at", Float, nullable=False),
    Column("conversation", String(255), nullable=False),
)
"""What waits for a human: one action per thing, and no other one on it meanwhile."""


begun = Table(
    "frontdesk_begun",
    own,
    Column("key", String(64), primary_key=True),
    Column("at", Float, nullable=False),
)
"""What another program was asked to do and has not yet been told of as done: written before it is asked."""


asked_outside = Table(
    "frontdesk_asked",
    own,
    Column("key", String(64), primary_key=True),
    Column("at", Float, nullable=False),
    Column("action", String(64), nullable=False),
    Column("customer", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("amount", Money),
)
"""The sums of what `begun` holds: until it is known that it was not done, it counts towards its limit."""


async def spent(
    session: AsyncSession,
    action: str,
    *,
    customer: str = "",
    subject: str = "",
    since: float = 0.0,
    besides: str = "",
) -> Decimal:
    """Return the amounts of an action that were committed, or may have been.

    Args:
        customer: whose, empty for everybody's.
        subject: on which thing, empty for all; however it is written.
        since: Unix seconds after which it counts.
        besides: key of the one that does not count.
    """
    total = Decimal("0.00")
    for table in (audit, asked_outside):
        rows = select(table.c.amount).where(
            table.c.action == action, table.c.at > since, table.c.key != besides, table.c.amount.is_not(None)
        )
        if customer:
            rows = rows.where(table.c.customer == customer)
        if subject:
            rows = rows.where(or_(table.c.subject == subject, func.lower(table.c.subject) == subject.lower()))
        total += sum((await session.scalars(rows)).all(), Decimal("0.00"))
    return total
