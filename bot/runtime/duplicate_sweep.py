"""Reads threads back in which a message of ours may stand twice, and has the second one deleted."""

from collections.abc import Mapping

import structlog

from bot.domain.errors import RemoteError, TemporaryFailure
from bot.domain.ids import origin_of
from bot.domain.ports import Channel, Clock
from bot.store.records.duplicate_checks import DuplicateChecks

EVERY_SECONDS = 5.0
LOOK_BACK_SECONDS = 3_600.0
"""A frozen process writes at the end of its sleep what was decided before it."""

log = structlog.get_logger(__name__)


async def tidy(doubts: DuplicateChecks, channels: Mapping[str, Channel], clock: Clock) -> int:
    """Read back what is due; return how many messages were deleted because they stood twice.

    Raises:
        TemporaryFailure: the store is down.
    """
    deleted = 0
    for member, score in await doubts.claim():
        place = member.partition(" ")[2]
        try:
            if channel := channels.get(origin_of(place)):
                deleted += await channel.within(place).tidy(place, clock.now() - LOOK_BACK_SECONDS)
        except TemporaryFailure:
            continue  # it is due again soon
        except RemoteError as error:
            log.info("tidy.unreadable", conversation=place, error=type(error).__name__)
        await doubts.done(member, score)
    if deleted:
        log.warning("tidy.deleted", messages=deleted)
    return deleted
