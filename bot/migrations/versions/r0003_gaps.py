"""What nobody could answer: entries, drafts of articles about them, and articles that contradict each other."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
NEEDS = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "frontdesk_gaps",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("gap", sa.String(32), nullable=False, index=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False, index=True),
        sa.Column("author", sa.String(255), nullable=False, index=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("at", sa.Float, nullable=False, index=True),
        sa.Column("topic", sa.String(128), nullable=False),
        sa.Column("draft", sa.String(64), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
    )
    op.create_table(
        "frontdesk_gaps_read",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("position", sa.String(64), nullable=False),
    )
    op.create_table(
        "frontdesk_gaps_articles",
        sa.Column("gap", sa.String(32), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
    )
    op.create_table(
        "frontdesk_gaps_contradictions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("says", sa.Text, nullable=False),
        sa.Column("other_source", sa.Text, nullable=False),
        sa.Column("other_says", sa.Text, nullable=False),
    )
