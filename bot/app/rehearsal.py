"""Opens what past tickets are replayed with: the desk's data for reading alone, models that see masked words."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app.connectors import open_sides
from bot.app.container import open_models
from bot.app.database_look import database_url
from bot.app.settings import Settings
from bot.app.store import WallClock
from bot.desk.database.database import Database
from bot.desk.database.read_only import ReadOnlyDatabase
from bot.desk.knowledge.passages import Passage
from bot.desk.knowledge.search import Knowledge
from bot.desk.loading.desk import Desk
from bot.domain.errors import ConfigError
from bot.domain.knowledge.articles import HelpCenter
from bot.domain.ports import Clock
from bot.replay.past_tickets import PastTicket, PastTickets
from bot.runtime.help_center_sync import HelpCenterSync
from integrations.models import ModelClients
from integrations.models.pair_judge import PROMPT_HASH, PairJudge, pair_judge_by
from integrations.models.rehearsed import Budget, RehearsedCalls, rehearse
from integrations.zendesk.history.ticket_file import read_ticket_file

OFFLINE = "offline"
JUDGE = PROMPT_HASH
"""Which judge it is."""


class RehearsalModels:
    """The desk's models for many tickets, and what all of them together may cost.

    Args:
        most: in millionths of a dollar, None for no limit.
    """

    def __init__(self, settings: Settings, desk: Desk, most: int | None) -> None:
        name = settings.frontdesk_model or OFFLINE
        self.names = (name, settings.frontdesk_router_model or name)
        self._models = open_models(settings)
        self._spending = desk.policy.spending
        self._budget = Budget(most)

    @property
    def spent(self) -> int:
        """What was spent so far, in millionths of a dollar."""
        return self._budget.spent

    @property
    def is_free(self) -> bool:
        """Whether only the rule model is asked."""
        return set(self.names) == {OFFLINE}

    def masked(self, mask: Callable[[Any], Any]) -> tuple[ModelClients, RehearsedCalls]:
        """Return the models as they are asked about one ticket, and what becomes of the calls."""
        calls = RehearsedCalls(self._budget, mask)
        return rehearse(self._models, self.names, self._spending, calls), calls

    def judge(self, mask: Callable[[Any], Any]) -> tuple[PairJudge | None, RehearsedCalls]:
        """Return what holds two answers against each other, None where only the rule model is there."""
        models, calls = self.masked(mask)
        return pair_judge_by(models), calls

    async def close(self) -> None:
        """Close the connections."""
        await self._models.close()


async def open_for_reading(settings: Settings, desk: Desk) -> ReadOnlyDatabase | None:
    """Return the desk's data as it is now, None where there is none yet."""
    return await ReadOnlyDatabase.look_at(database_url(settings), desk, desk.policy.organisations)


async def seed_for_reading(folder: Path, desk: Desk, clock: Clock) -> ReadOnlyDatabase:
    """Return the first rows of a desk that has no data yet, dated by the clock.

    Raises:
        ConfigError: the desk's data cannot be made.
    """
    url = f"sqlite+aiosqlite:///{folder / 'desk.db'}"
    made = await Database.open(url, desk, clock)
    await made.close()
    found = await ReadOnlyDatabase.look_at(url, desk, desk.policy.organisations)
    if found is None:
        raise ConfigError(f"the data of the desk in {desk.folder} cannot be made")
    return found


@dataclass(frozen=True)
class History:
    """An account whose past is read.

    Args:
        address: of the account.
        articles: its Help Center, None where there is none.
    """

    address: str
    tickets: PastTickets
    articles: HelpCenter | None


class _Shelf(Knowledge):
    """Keeps apart what is put in."""

    def __init__(self) -> None:
        super().__init__()
        self.articles_put: dict[str, Sequence[Passage]] = {}

    def replace(self, article: str, passages: Iterable[Passage]) -> None:
        self.articles_put[article] = list(passages)
        super().replace(article, self.articles_put[article])


async def read_articles(articles: HelpCenter) -> Mapping[str, Sequence[Passage]]:
    """Return the passages of a Help Center's articles as they are now, by the ids under which a desk knows them.

    Raises:
        RemoteError: it does not answer, or there is none.
    """
    shelf = _Shelf()
    await HelpCenterSync(shelf, articles, WallClock()).refresh()
    return shelf.articles_put


@asynccontextmanager
async def open_history(settings: Settings, told: Callable[[str], None]) -> AsyncIterator[History]:
    """Yield where the account's past tickets are read.

    Raises:
        ConfigError: no account is connected.
    """
    sides = open_sides(settings, WallClock())
    try:
        desk_side = sides.desk_side
        tickets = desk_side.history(told) if desk_side else None
        if desk_side is None or tickets is None:
            raise ConfigError("ZENDESK_URL (or --tickets FILE.jsonl)")
        yield History(settings.zendesk_url, tickets, desk_side.articles)
    finally:
        await sides.close()


def read_file(file: Path) -> tuple[list[PastTicket], list[str]]:
    """Return the tickets of a file, and what is wrong with the other lines."""
    return read_ticket_file(file)
