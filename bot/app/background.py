"""The periodic tasks that run beside the worker, in one table.

What one process does for all is said in one way: `bot/store/records/cursors.py` gives it the round, the others skip it.
What belongs to one desk, its help center and its embeddings, begins and ends with it: `desk_runtime.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.app.container import Engine
from bot.app.gaps import collecting
from bot.app.weekly import weekly_posting
from bot.figures.writer import EVERY_SECONDS as FIGURES_SECONDS
from bot.gaps import collector
from bot.review.writer import EVERY_SECONDS as REVIEW_SECONDS
from bot.review.writer import ReviewWriter
from bot.runtime import duplicate_sweep, weekly_post
from bot.runtime.connectors import CatchUp
from bot.runtime.duplicate_sweep import tidy
from bot.runtime.periodic import Work, repeat
from bot.store.queue import sweeper
from bot.store.queue.sweeper import Sweeper
from bot.store.records import audit_log
from bot.store.records.audit_log import Audit, copy_round
from bot.store.records.cursors import Cursors, take_round
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.records.review_entries import ReviewEntries
from bot.store.redis import Scripts
from bot.store.tasks import end


@dataclass(frozen=True)
class PeriodicTask:
    """Work that is done again and again.

    Args:
        name: under which one process takes a round, and as the log knows it.
        seconds: between two rounds.
        work_of: returns one round's work with an engine, None where it has nothing to work on.
        one_of_all: whether of all processes one does a round; where not, each does what it takes for itself.
    """

    name: str
    seconds: float
    work_of: Callable[[Engine], Awaitable[Work | None]]
    one_of_all: bool = True


async def _sweep(engine: Engine) -> Work:
    return Sweeper(engine.client, engine.due).sweep


async def _copy_audit(engine: Engine) -> Work:
    return partial(copy_round, Scripts(engine.client))


async def _count(engine: Engine) -> Work:
    writer = engine.figures.writer()

    async def work(_first: bool) -> int:
        return await writer.catch_up() + await engine.figures.count_presumed()

    return work


async def _tidy(engine: Engine) -> Work | None:
    channels = engine.sides.channels
    if not channels:
        return None
    doubts = DuplicateChecks(Scripts(engine.client))
    return lambda _: tidy(doubts, channels, engine.clock)


def review_of(engine: Engine) -> ReviewWriter:
    """Return what fills the queue of reviews."""
    entries = ReviewEntries(engine.client, engine.settings.frontdesk_retention_days)
    places = Cursors(engine.client, ttl=engine.settings.session_seconds)
    return ReviewWriter(Audit(engine.client), engine.conversations, entries, places, engine.clock)


async def _review(engine: Engine) -> Work:
    writer = review_of(engine)
    return lambda _: writer.catch_up()


UPKEEP: tuple[PeriodicTask, ...] = (
    PeriodicTask("sweep", sweeper.EVERY_SECONDS, _sweep),
    PeriodicTask("audit", audit_log.EVERY_SECONDS, _copy_audit),
    PeriodicTask("figures", FIGURES_SECONDS, _count),
    PeriodicTask("gaps", collector.EVERY_SECONDS, collecting),
    PeriodicTask("weekly", weekly_post.EVERY_SECONDS, weekly_posting),
    PeriodicTask("review", REVIEW_SECONDS, _review),
    PeriodicTask("tidy", duplicate_sweep.EVERY_SECONDS, _tidy, one_of_all=False),
)
"""What keeps the own store, collects what is missing in the knowledge, and what stands in Slack twice."""


def periodic(engine: Engine) -> tuple[PeriodicTask, ...]:
    """Return all of it: what comes after the upkeep looks for what the vendors' deliveries did not bring."""
    found = [row for side in engine.sides for row in side.catch_up(engine.core)]
    return (*UPKEEP, *(PeriodicTask(row.name, row.seconds, partial(_round_of, row)) for row in found))


async def _round_of(row: CatchUp, _engine: Engine) -> Work:
    return lambda _: row.look()


@asynccontextmanager
async def background(engine: Engine, tasks: Sequence[PeriodicTask] | None = None) -> AsyncIterator[None]:
    """Run the periodic tasks while the body runs.

    Args:
        tasks: None for all.

    Raises:
        TemporaryFailure: the store is down at the start.
    """
    take = partial(take_round, engine.client)
    async with AsyncExitStack() as stack:
        for task in periodic(engine) if tasks is None else tasks:
            work = await task.work_of(engine)
            if work is None:
                continue
            rounds = repeat(task.name, task.seconds, work, take if task.one_of_all else None)
            stack.push_async_callback(end, asyncio.create_task(rounds, name=task.name))
        yield
