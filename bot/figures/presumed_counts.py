"""Counts for Prometheus what time alone brings: answers that are presumed to have settled the matter, each once."""

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.figures.states import presumed
from bot.figures.tables import FiguresDatabase, conversation, move, place_of
from bot.telemetry import metrics

EVERY_SECONDS = 300.0
LATE_SECONDS = 120.0
"""What was said meanwhile stands in the tables by then: figures are a minute old."""
PRESUMED = "presumed"
_DAYS_BEFORE = 5
"""An answer is presumed to have settled it after three days at most; a time zone is a day at most."""
_EPOCH_DAY = 719_163
"""The day of Unix second 0, counted as `date.toordinal` does."""


async def count_presumed(database: FiguresDatabase, now: float) -> int:
    """Count those whose time has passed since it was counted last, whichever process did; return how many.

    Nothing of the time before it is counted for the first time.

    Args:
        now: Unix seconds.

    Raises:
        TemporaryFailure: the database does not answer; it goes on from there.
    """
    until = now - LATE_SECONDS
    async with database.reading() as connection:
        if not _is_time(await place_of(connection, PRESUMED), until):
            return 0
    async with database.writing() as connection:
        before = await place_of(connection, PRESUMED)
        if not _is_time(before, until):
            return 0  # another process was faster
        found = await _by_channel(connection, float(before), until) if before else {}
        await move(connection, f"{until:.3f}", PRESUMED)
    for channel, count in found.items():
        metrics.RESOLUTIONS.labels(**metrics.bounded({"channel": channel}), kind=PRESUMED).inc(count)
    return sum(found.values())


def _is_time(before: str, until: float) -> bool:
    return not before or until - float(before) >= EVERY_SECONDS


async def _by_channel(connection: AsyncConnection, since: float, until: float) -> dict[str, int]:
    """Return of how many conversations the time has passed between two moments, by where they began."""
    c = conversation.c
    # The days of the answers are in the index that has the rest, too.
    days = c.answer_day.between(_day(since) - _DAYS_BEFORE, _day(until) + 1)
    wanted = select(c.channel, func.count()).where(and_(days, presumed(until), c.due_at > since)).group_by(c.channel)
    return {str(channel): int(count) for channel, count in await connection.execute(wanted)}


def _day(at: float) -> int:
    return _EPOCH_DAY + int(at // 86_400)
