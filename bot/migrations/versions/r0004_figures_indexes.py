"""Figures: a page is added up from indexes alone, without a look at a row."""

from alembic import op

revision = "0004"
down_revision = "0003"
NEEDS = "0001"

CONVERSATION, TURN = "frontdesk_figures_conversation", "frontdesk_figures_turn"
KIND = ("channel", "specialist", "reason")
STATE = ("escalated_at", "confirmed_at", "due_at")
TIMES = ("bot_seconds", "human_seconds", "to_human_seconds")


def upgrade() -> None:
    """Put wider indexes in the place of narrow ones."""
    for name in ("first", "answer", "human", "to_human"):
        op.drop_index(f"frontdesk_figures_{name}", table_name=CONVERSATION)
    op.drop_index("frontdesk_figures_used", table_name=TURN)
    first = ["first_day", *TIMES, "answered", *STATE, "undone_day", "promised_until", *KIND]
    op.create_index("frontdesk_figures_first", CONVERSATION, first)
    op.create_index("frontdesk_figures_answer", CONVERSATION, ["answer_day", *STATE, "answer_turns", *KIND])
    op.create_index("frontdesk_figures_used", TURN, ["day", "conversation", "cost", "input", "output"])
