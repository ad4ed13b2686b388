"""Builds what the tests of gaps begin with: events, transcripts, a database with their tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.desk.database import Database
from bot.domain.audit import AuditEvent, Deed
from bot.domain.ids import AuthorId
from bot.domain.transcript import Entry as Said
from bot.domain.transcript import Role
from bot.gaps.entries import Entry, Reason, Signal, gap_id
from bot.gaps.store import GapStore

SARAH = AuthorId("slack:T:U0SARAH")
DANA = AuthorId("zendesk:1002")


def event(deed: Deed, outcome: str, conversation: str = "slack:T:C:1.0", turn: int = 1, **details: str) -> AuditEvent:
    """Return an event of the audit, at the turn's own number in seconds."""
    return AuditEvent(
        deed, outcome, SARAH, "faq", details=details, at=float(turn), turn=turn, conversation=conversation
    )


def searched(found: int, turn: int = 1) -> AuditEvent:
    """Return the event of a search."""
    return event(Deed.TOOL, "ok", turn=turn, tool="search_knowledge", found=str(found))


def asked(text: str, at: float) -> Said:
    """Return what the customer wrote."""
    return Said(Role.USER, text, at, author=SARAH, name="Sarah Chen")


def answered(text: str, at: float) -> Said:
    """Return what the bot wrote."""
    return Said(Role.ASSISTANT, text, at, "faq")


def helped(text: str, at: float) -> Said:
    """Return what a human agent wrote in public."""
    return Said(Role.HUMAN, text, at, "human", DANA, "Dana Reyes")


def signal(reason: Reason = Reason.ESCALATED, at: float = 1.0, conversation: str = "slack:T:C:1.0") -> Signal:
    """Return what the audit shows of one conversation."""
    return Signal(reason, conversation, SARAH, 1, at, "Support")


def entry(found: Signal, question: str, gap: str = "", answer: str = "") -> Entry:
    """Return what is kept of a signal, in a gap of its own unless one is named."""
    known = (found.id, gap or gap_id(found.id), found.reason, found.conversation, found.author, found.turn, found.at)
    return Entry(*known, topic=found.topic, question=question, answer=answer)


@asynccontextmanager
async def open_store(folder: Path) -> AsyncIterator[GapStore]:
    """Yield an empty store on a file of its own."""
    data = await Database.reached(f"sqlite+aiosqlite:///{folder / 'desk.db'}")
    try:
        await data.bring_up()
        yield GapStore(data)
    finally:
        await data.close()
