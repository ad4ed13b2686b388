"""Figures: what is counted of conversations and turns, and how far the audit was read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
NEEDS = "0001"

CONVERSATION, TURN = "frontdesk_figures_conversation", "frontdesk_figures_turn"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        CONVERSATION,
        sa.Column("conversation", sa.String(255), primary_key=True),
        sa.Column("rules", sa.Integer, nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("seen", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("specialist", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("first_at", sa.Float),
        sa.Column("first_day", sa.Integer),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("awaited", sa.String(255), nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("by_human", sa.Boolean, nullable=False),
        sa.Column("answer_at", sa.Float),
        sa.Column("answer_day", sa.Integer),
        sa.Column("answer_turns", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Float),
        sa.Column("confirmed_at", sa.Float),
        sa.Column("undone_day", sa.Integer),
        sa.Column("escalated_at", sa.Float),
        sa.Column("promised_until", sa.Float),
        sa.Column("bot_seconds", sa.Float),
        sa.Column("human_seconds", sa.Float),
        sa.Column("to_human_seconds", sa.Float),
    )
    op.create_table(
        TURN,
        sa.Column("place", sa.String(32), primary_key=True),
        sa.Column("conversation", sa.String(255), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("specialist", sa.String(64), nullable=False),
        sa.Column("counts", sa.String(32), nullable=False),
        sa.Column("cost", sa.BigInteger, nullable=False),
        sa.Column("input", sa.Integer, nullable=False),
        sa.Column("output", sa.Integer, nullable=False),
        sa.Column("rules", sa.Integer, nullable=False),
    )
    op.create_table(
        "frontdesk_figures_progress",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("place", sa.String(32), nullable=False),
    )
    op.create_index("frontdesk_figures_first", CONVERSATION, ["first_day", "bot_seconds"])
    op.create_index("frontdesk_figures_answer", CONVERSATION, ["answer_day"])
    op.create_index("frontdesk_figures_begun", CONVERSATION, ["begun_at"])
    op.create_index("frontdesk_figures_used", TURN, ["day", "cost", "input", "output"])
    op.create_index("frontdesk_figures_of", TURN, ["conversation"])
    for name, *columns in (
        ("frontdesk_figures_undone", "undone_day"),
        ("frontdesk_figures_human", "first_day", "human_seconds"),
        ("frontdesk_figures_to_human", "first_day", "to_human_seconds"),
    ):
        _rare(name, CONVERSATION, columns, sa.column(columns[-1]).is_not(None))
    _rare("frontdesk_figures_counts", TURN, ["day", "counts"], sa.column("counts") != "")


def _rare(name: str, table: str, columns: list[str], is_there: sa.ColumnElement[bool]) -> None:
    """Make an index of the few rows for which something holds."""
    op.create_index(name, table, columns, sqlite_where=is_there, postgresql_where=is_there)
