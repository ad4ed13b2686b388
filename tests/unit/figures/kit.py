"""A stream of audit events in memory, a database of figures in a file, and conversations told event by event."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import select

from bot.desk.database.engine import open_engine
from bot.desk.database.tables import own
from bot.domain.audit import AuditEvent, Deed, short
from bot.figures.tables import FiguresDatabase, conversation, turn

HOUR, DAY = 3_600.0, 86_400.0
NOON = 1_793_880_000.0  # Thursday, 2026-11-05 12:00 UTC


@dataclass
class ToldStream:
    """The common audit; `first` is how much of its beginning is gone."""

    events: list[AuditEvent] = field(default_factory=list)
    first: int = 0

    async def everything(self, after: str = "-", count: int = 500) -> list[tuple[str, AuditEvent]]:
        begin = max(self.first, 0 if after == "-" else int(after.partition("-")[0]))
        return [(f"{place + 1}-0", self.events[place]) for place in range(begin, min(begin + count, len(self.events)))]


@dataclass
class Told:
    """Tells one conversation as a worker does; a number is that of the turn."""

    stream: ToldStream
    name: str
    number: int = 0
    specialist: str = "orders"

    def turn(self, at: float, verdict: str, *events: AuditEvent, **details: str) -> None:
        """A turn is committed with what happened in it."""
        self.number += 1
        ends = AuditEvent(Deed.TURN, verdict, specialist=self.specialist, details=details)
        for place, event in enumerate([*events, ends]):
            named = replace(event, id=f"{self.number}.{place}", conversation=self.name, at=event.at or at)
            self.stream.events.append(named)

    def asks(self, at: float, *, answered_at: float = 0.0, **details: str) -> None:
        """A customer writes; a specialist answers, and the answer is delivered."""
        reply = f"m{self.number}:reply"
        self.turn(at, "answered", wrote(at), says="answer", reply=short(reply), **details)
        self.delivers(answered_at or at + 2.0, reply)

    def delivers(self, at: float, reply: str, outcome: str = "done") -> None:
        """An effect is settled."""
        details = {"effect": "reply"}
        self.stream.events.append(AuditEvent(Deed.DELIVERY, outcome, "", "", 0.1, details, at, 0, reply, self.name))

    def thanks(self, at: float) -> None:
        """A customer says thanks, and is welcome."""
        self.turn(at, "thanked", wrote(at, line="thanks"), says="notice", reply="x")

    def hands_over(self, at: float, reason: str = "asked_for_human", promised: float = 0.0) -> None:
        """A customer asks for people, and they get it."""
        event = AuditEvent(Deed.ESCALATION, "rule", details={"reason": reason})
        self.turn(at, "escalated by rule", wrote(at), event)
        self.turn(at + 1.0, "handed over", says="notice", reply="y", promised=f"{promised or at + HOUR:.0f}")

    def human(self, at: float) -> None:
        """A human agent writes."""
        self.turn(at, "relayed", AuditEvent(Deed.MESSAGE, "staff", at=at))

    def rates(self, at: float, score: str) -> None:
        """A customer rates the help."""
        self.turn(at, "rated", AuditEvent(Deed.MESSAGE, "click", at=at), AuditEvent(Deed.RATING, score, at=at))


def wrote(at: float, **details: str) -> AuditEvent:
    """A customer's line."""
    return AuditEvent(Deed.MESSAGE, "customer", at=at, details=details)


@asynccontextmanager
async def open_figures(folder: Path) -> AsyncIterator[FiguresDatabase]:
    """Yield an empty database of figures."""
    url = f"sqlite+aiosqlite:///{folder / 'desk.db'}"
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(own.create_all)
    await engine.dispose()
    database = FiguresDatabase.of(url)
    try:
        yield database
    finally:
        await database.close()


async def rows_of(database: FiguresDatabase) -> tuple[list[object], list[object]]:
    """Return every row of both tables."""
    async with database.reading() as connection:
        talks = await connection.execute(select(conversation).order_by(conversation.c.conversation))
        turns = await connection.execute(select(turn).order_by(turn.c.place))
        return [tuple(row) for row in talks], [tuple(row) for row in turns]
