"""What an engine is given in the place of what its settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bot.app.desk_runtime import DeskRuntime, open_desk
from bot.app.settings import Settings
from bot.desk.database.database import Database
from bot.desk.loading.desk import Desk
from bot.domain.errors import TemporaryFailure
from bot.domain.knowledge.articles import HelpCenter
from bot.domain.ports import Clock
from bot.runtime.help_center_sync import learn
from integrations.models import ModelClients


@dataclass(frozen=True)
class StandIns:
    """The desk, its models and its data.

    Args:
        data: stays open when the engine ends.
    """

    desk: Desk
    models: ModelClients
    data: Database


@asynccontextmanager
async def open_whole_desk(
    settings: Settings, desk: Desk, clock: Clock, articles: HelpCenter | None, *, takes_turns: bool, data: Database
) -> AsyncIterator[DeskRuntime]:
    """Yield a desk once all is learnt, so that its first line is answered as its thousandth would be.

    Args:
        data: as for `open_desk`.
    """
    async with open_desk(settings, desk, clock, articles, takes_turns=takes_turns, data=data) as opened:
        await _learn_now(desk)
        if opened.router:
            await opened.router.wait()
        yield opened


async def _learn_now(desk: Desk) -> None:
    from bot.desk.knowledge.meaning import MeaningSearch  # numpy: not for processes that only accept

    if isinstance(desk.knowledge.meaning, MeaningSearch):
        with suppress(TemporaryFailure):  # a model that is away: words alone decide, as they would have
            await learn(desk.knowledge, desk.knowledge.meaning)
