"""What was done, what waits for a human, and what another program was asked: the tables of 0.2.0."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
NEEDS = "0001"

MONEY = sa.Numeric(12, 2).with_variant(sa.BigInteger(), "sqlite")  # which knows only floats, so hundredths there


def upgrade() -> None:
    """Make the tables; a database of 0.2.0 has them already, without a version."""
    op.create_table(
        "frontdesk_schema",
        sa.Column("needs", sa.String(32), nullable=False),  # the oldest version that a program must know
    )
    op.create_table(
        "frontdesk_seeded",
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("at", sa.Float),
        if_not_exists=True,
    )
    op.create_table(
        "frontdesk_audit",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("amount", MONEY),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("confirmed_by", sa.String(255), nullable=False),
        sa.Column("approved_by", sa.String(255), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "frontdesk_pending",
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "frontdesk_begun",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "frontdesk_asked",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("amount", MONEY),
        if_not_exists=True,
    )
