"""The tables of the gaps: what conversations showed, how far the audit was read, drafts of articles, contradictions."""

from sqlalchemy import Column, Float, Integer, LargeBinary, String, Table, Text

from bot.desk.database.tables import own

entries = Table(
    "frontdesk_gaps",
    own,
    Column("id", String(32), primary_key=True),  # of conversation and reason: what is read twice is written once
    Column("gap", String(32), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("conversation", String(255), nullable=False, index=True),
    Column("author", String(255), nullable=False, index=True),  # empty once they were forgotten
    Column("turn", Integer, nullable=False),
    Column("at", Float, nullable=False, index=True),
    Column("topic", String(128), nullable=False),
    Column("draft", String(64), nullable=False),
    Column("question", Text, nullable=False),  # masked; empty once it has expired
    Column("answer", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("model", String(128), nullable=False),
)
"""A row for each conversation and reason."""

read = Table(
    "frontdesk_gaps_read",
    own,
    Column("name", String(32), primary_key=True),
    Column("position", String(64), nullable=False),
)
"""How far the audit was read: moved in the transaction that writes what was found there."""

articles = Table(
    "frontdesk_gaps_articles",
    own,
    Column("gap", String(32), primary_key=True),
    Column("at", Float, nullable=False),
    Column("place", Text, nullable=False),  # an address, or a file
)
"""Where the draft of an article was written for a gap."""

contradictions = Table(
    "frontdesk_gaps_contradictions",
    own,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("other_source", Text, nullable=False),
    Column("other_says", Text, nullable=False),
)
"""Articles that say two things of one matter, as they were when knowledge was read last."""
