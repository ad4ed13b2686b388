"""Reads the audit on, and keeps what follows from it: the rows and how far it was read, in one transaction.

So an event counts once, whoever dies when and however many processes read at the same time. Figures are rebuilt from
the audit while it lasts: conversations whose first events it has no more stay as they were counted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Protocol

import structlog

from bot.domain.audit import AuditEvent
from bot.figures.facts import ConversationFacts, TurnFacts, begin, is_counted, row_of
from bot.figures.folding import folded
from bot.figures.resolution_counts import count_changes
from bot.figures.tables import FiguresDatabase, drop_since, known, move, place_of, put, rename

EVERY_SECONDS = 20.0
"""With the 30 seconds until events stand in the audit that all share, figures are a minute old at most."""
BATCH = 500
START = "-"

log = structlog.get_logger(__name__)


class Stream(Protocol):
    """The audit of all conversations, in the order in which it was put together."""

    async def everything(self, after: str = START, count: int = BATCH) -> list[tuple[str, AuditEvent]]:
        """Return events, each with its place."""


class FiguresWriter:
    """Counts.

    Args:
        zone: returns the desk's time zone.
    """

    def __init__(self, audit: Stream, database: FiguresDatabase, zone: Callable[[], tzinfo]) -> None:
        self._audit = audit
        self._database = database
        self._zone = zone

    async def catch_up(self) -> int:
        """Count everything that has been told since; return how many events.

        Raises:
            TemporaryFailure: store or database do not answer; it goes on from there.
        """
        found = 0
        while taken := await self._next():
            found += taken
        return found

    async def _next(self, count: int = BATCH) -> int:
        """Count the next events; return how many there were."""
        before = await self._database.place()
        events = await self._audit.everything(as_read(before), count)
        if not events:
            return 0
        async with self._database.writing() as connection:
            if await place_of(connection) != before:
                return len(events)  # another process was faster
            names = list({event.conversation: None for _, event in events if is_counted(event.conversation)})
            old = await known(connection, names)
            facts, rows = count_on(old, events, self._zone())
            await put(connection, facts, rows)
            await move(connection, as_kept(events[-1][0]))
        count_changes(old, facts)
        return len(events)

    async def rebuild(self) -> int:
        """Count anew whatever the audit still tells from the beginning; return how many conversations.

        Raises:
            TemporaryFailure: store or database do not answer; done again it goes on.
        """
        first = await self._audit.everything(START, 1)
        if not first:
            return 0
        async with self._database.writing() as connection:
            count = await drop_since(connection, as_kept(first[0][0]))
            await move(connection, "")
        await self.catch_up()
        log.info("figures.rebuilt", conversations=count)
        return count

    async def forget(self, names: Mapping[str, str]) -> None:
        """Keep the counts of conversations, and nothing by which they could be found; harmless when it is done again.

        Args:
            names: of each conversation, what it is called from now on.

        Raises:
            TemporaryFailure: store or database do not answer.
        """
        await self.catch_up()
        async with self._database.writing() as connection:
            for name, other in names.items():
                await rename(connection, name, other)


def count_on(
    before: dict[str, ConversationFacts], events: Sequence[tuple[str, AuditEvent]], zone: tzinfo
) -> tuple[list[ConversationFacts], list[TurnFacts]]:
    """Return conversations as they are after further events, and the rows that these add. Pure.

    Args:
        before: what is known of the conversations so far.
    """
    facts = dict(before)
    changed: dict[str, None] = {}
    rows: list[TurnFacts] = []
    for read, event in events:
        name, place = event.conversation, as_kept(read)
        if not is_counted(name):
            continue
        old = facts.get(name) or begin(name, place, event)
        if place <= old.seen:
            continue
        facts[name] = folded(old, place, event, zone)
        changed[name] = None
        if row := row_of(facts[name], place, event, zone):
            rows.append(row)
    return [facts[name] for name in changed], rows


def as_kept(place: str) -> str:
    """Return a place of the stream in a form in which text is ordered as places are."""
    milliseconds, _, number = place.partition("-")
    return f"{int(milliseconds):015d}-{int(number or 0):08d}"


def as_read(place: str) -> str:
    """Return it as the stream has it; the beginning for none."""
    milliseconds, _, number = place.partition("-")
    return f"{int(milliseconds)}-{int(number)}" if place else START
