"""The two tables of figures, a row per conversation and per counted event, and how far the audit was read."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.desk.database.engine import BEGIN, open_engine
from bot.desk.database.tables import own
from bot.domain.errors import TemporaryFailure
from bot.figures.facts import ConversationFacts, TurnFacts

_LOCK = 7_305_002
"""Any number, but not that of money: who writes figures keeps no refund waiting."""

conversation = Table(
    "frontdesk_figures_conversation",
    own,
    Column("conversation", String(255), primary_key=True),
    Column("rules", Integer, nullable=False),
    Column("place", String(32), nullable=False),
    Column("seen", String(32), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("specialist", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("begun_at", Float, nullable=False),
    Column("first_at", Float),
    Column("first_day", Integer),
    Column("turns", Integer, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("awaited", String(255), nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("by_human", Boolean, nullable=False),
    Column("answer_at", Float),
    Column("answer_day", Integer),
    Column("answer_turns", Integer, nullable=False),
    Column("due_at", Float),
    Column("confirmed_at", Float),
    Column("undone_day", Integer),
    Column("escalated_at", Float),
    Column("promised_until", Float),
    Column("bot_seconds", Float),
    Column("human_seconds", Float),
    Column("to_human_seconds", Float),
)
"""`ConversationFacts`, a row each."""

turn = Table(
    "frontdesk_figures_turn",
    own,
    Column("place", String(32), primary_key=True),
    Column("conversation", String(255), nullable=False),
    Column("at", Float, nullable=False),
    Column("day", Integer, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("specialist", String(64), nullable=False),
    Column("counts", String(32), nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("input", Integer, nullable=False),
    Column("output", Integer, nullable=False),
    Column("rules", Integer, nullable=False),
)
"""`TurnFacts`, a row each."""

progress = Table(
    "frontdesk_figures_progress",
    own,
    Column("name", String(32), primary_key=True),
    Column("place", String(32), nullable=False),
)
"""How far the audit was read: it moves with the rows that were made of it, or not at all."""

_AUDIT = "audit"

# What a page adds up is read from an index alone, without a look at a row; what is rare has one of its own.
_kind = (conversation.c.channel, conversation.c.specialist, conversation.c.reason)
_state = (conversation.c.escalated_at, conversation.c.confirmed_at, conversation.c.due_at)
_times = (conversation.c.bot_seconds, conversation.c.human_seconds, conversation.c.to_human_seconds)
_first = (*_times, conversation.c.answered, *_state, conversation.c.undone_day, conversation.c.promised_until, *_kind)
Index("frontdesk_figures_first", conversation.c.first_day, *_first)
Index("frontdesk_figures_answer", conversation.c.answer_day, *_state, conversation.c.answer_turns, *_kind)
Index("frontdesk_figures_begun", conversation.c.begun_at)
Index("frontdesk_figures_used", turn.c.day, turn.c.conversation, turn.c.cost, turn.c.input, turn.c.output)
Index("frontdesk_figures_of", turn.c.conversation)
_is_undone = conversation.c.undone_day.is_not(None)
Index("frontdesk_figures_undone", conversation.c.undone_day, sqlite_where=_is_undone, postgresql_where=_is_undone)
_is_counted = turn.c.counts != ""
Index("frontdesk_figures_counts", turn.c.day, turn.c.counts, sqlite_where=_is_counted, postgresql_where=_is_counted)


class FiguresDatabase:
    """The tables of figures in `DATABASE_URL`; every method raises TemporaryFailure where it does not answer."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, url: str) -> Self:
        """Return it without connecting.

        Raises:
            ConfigError: the URL names no database that we know.
        """
        return cls(open_engine(url))

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that sees one and the same moment until its end."""
        try:
            async with self._engine.connect() as connection:
                if connection.dialect.name == "postgresql":
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                async with connection.begin():
                    yield connection
        except (SQLAlchemyError, OSError) as error:
            raise TemporaryFailure(f"database: {type(error).__name__}") from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction beside which nobody else writes figures."""
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(**{BEGIN: "BEGIN IMMEDIATE"})
                async with connection.begin():
                    if connection.dialect.name == "postgresql":
                        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                    yield connection
        except (SQLAlchemyError, OSError) as error:
            raise TemporaryFailure(f"database: {type(error).__name__}") from error

    async def place(self) -> str:
        """Return how far the audit was read, empty for not at all."""
        async with self.reading() as connection:
            return await place_of(connection)


async def place_of(connection: AsyncConnection, name: str = _AUDIT) -> str:
    """Return how far the audit was read, or something else was counted; empty for not at all."""
    return await connection.scalar(select(progress.c.place).where(progress.c.name == name)) or ""


async def move(connection: AsyncConnection, place: str, name: str = _AUDIT) -> None:
    """Note how far the audit was read, or something else was counted."""
    done = await connection.execute(update(progress).where(progress.c.name == name).values(place=place))
    if not done.rowcount:
        await connection.execute(progress.insert().values(name=name, place=place))


async def known(connection: AsyncConnection, names: Sequence[str]) -> dict[str, ConversationFacts]:
    """Return what is known of these conversations."""
    rows = await connection.execute(select(conversation).where(conversation.c.conversation.in_(names)))
    return {row["conversation"]: ConversationFacts(**row) for row in rows.mappings()}


async def put(connection: AsyncConnection, facts: Iterable[ConversationFacts], turns: Iterable[TurnFacts]) -> None:
    """Store conversations in the place of what was known of them, and further rows."""
    changed: list[dict[str, Any]] = [asdict(one) for one in facts]
    added: list[dict[str, Any]] = [asdict(one) for one in turns]
    if changed:
        names = [one["conversation"] for one in changed]
        await connection.execute(delete(conversation).where(conversation.c.conversation.in_(names)))
        await connection.execute(conversation.insert(), changed)
    if added:
        await connection.execute(turn.insert(), added)


async def drop_since(connection: AsyncConnection, place: str) -> int:
    """Forget the conversations that began at a place of the audit or after it; return how many."""
    lost = select(conversation.c.conversation).where(conversation.c.place >= place)
    count = await connection.scalar(select(func.count()).select_from(lost.subquery())) or 0
    await connection.execute(delete(turn).where(turn.c.conversation.in_(lost)))
    await connection.execute(delete(conversation).where(conversation.c.place >= place))
    return count


async def rename(connection: AsyncConnection, name: str, other: str) -> None:
    """Let a conversation that is forgotten be counted under a name that tells nothing of it.

    The audit does not tell of it any more, so that nothing could count it anew. What was counted of it since it was
    renamed last does not make a second conversation of it.
    """
    is_renamed = await connection.scalar(select(func.count()).where(conversation.c.conversation == other))
    found = conversation.c.conversation == name
    if is_renamed:
        await connection.execute(delete(conversation).where(found))
    else:
        await connection.execute(update(conversation).where(found).values(conversation=other, place=""))
    await connection.execute(update(turn).where(turn.c.conversation == name).values(conversation=other))
