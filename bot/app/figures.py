"""Opens the figures where they are asked for: the library behind them is 17 MB that few processes ever need."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.app.database_look import database_url
from bot.app.settings import Settings
from bot.app.store import WallClock
from bot.desk.policy.policy import Policy
from bot.domain.people import FORGOTTEN
from bot.domain.ports import Clock
from bot.figures.report import By, Page, Period, Report
from bot.store.records.audit_log import Audit, copy_all
from bot.store.redis import Client, Scripts

if TYPE_CHECKING:
    from bot.figures.reader import DatabaseFigures
    from bot.figures.tables import FiguresDatabase
    from bot.figures.writer import FiguresWriter


@dataclass
class OwnFigures:
    """The figures of this installation; a `FiguresReader` that connects when it is first asked.

    Args:
        policy: returns the rules of the desk that is at work, whose time zone days are counted in.
    """

    settings: Settings
    client: Client
    clock: Clock
    policy: Callable[[], Policy]
    _database: "FiguresDatabase | None" = field(default=None, repr=False)

    def usual(self) -> Period:
        """Return the last 7 days."""
        return Period.newest(self.clock.now(), self.zone())

    async def report(self, period: Period, by: By = "day") -> Report:
        """Return all figures of a period.

        Raises:
            TemporaryFailure: the database does not answer.
        """
        return await self._reader().report(period, by)

    async def conversations(self, figure: str, period: Period, after: str = "", by: By = "day", key: str = "") -> Page:
        """Return the conversations that a figure counts in a period.

        Raises:
            KeyError: there is no such figure.
            ValueError: `after` or `key` is none.
            TemporaryFailure: the database does not answer.
        """
        return await self._reader().conversations(figure, period, after, by, key)

    def writer(self) -> "FiguresWriter":
        """Return what counts."""
        from bot.figures.writer import FiguresWriter

        return FiguresWriter(Audit(self.client), self._opened(), self.zone)

    async def count_presumed(self) -> int:
        """Count for Prometheus what is presumed to be resolved since it was counted last; return how many.

        Raises:
            TemporaryFailure: the database does not answer.
        """
        from bot.figures.presumed_counts import count_presumed

        return await count_presumed(self._opened(), self.clock.now())

    def zone(self) -> tzinfo:
        """Return the desk's time zone."""
        return ZoneInfo(self.policy().business_hours.timezone)

    async def close(self) -> None:
        """Close the connections."""
        if self._database:
            await self._database.close()

    def _reader(self) -> "DatabaseFigures":
        from bot.figures.reader import DatabaseFigures

        return DatabaseFigures(self._opened(), self.clock, self.zone)

    def _opened(self) -> "FiguresDatabase":
        if self._database is None:
            from bot.figures.tables import FiguresDatabase

            self._database = FiguresDatabase.of(database_url(self.settings))
        return self._database


@asynccontextmanager
async def counts_kept(
    settings: Settings, scripts: Scripts, policy: Policy, conversations: Iterable[str]
) -> AsyncIterator[Mapping[str, str]]:
    """Keep what is counted of conversations that the body deletes; yield what each is called from now on.

    They are counted before anything goes, and again for what a worker had under way meanwhile.

    Raises:
        TemporaryFailure: store or database do not answer.
    """
    names = {name: f"{FORGOTTEN}:{uuid4().hex}" for name in conversations}
    figures = OwnFigures(settings, scripts.client, WallClock(), lambda: policy)
    try:
        writer = figures.writer()
        await copy_all(scripts)
        await writer.forget(names)
        yield names
        await writer.forget(names)
    finally:
        await figures.close()
