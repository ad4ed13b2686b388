"""Does a piece of work again and again; of all processes one does it, where one is enough."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import RemoteError

START_SECONDS = 45.0
"""Of the processes that start together one does the first round."""
MARGIN = 0.9
"""Of the time between two rounds: a process that sleeps a little too short must not miss its own."""

Work = Callable[[bool], Awaitable[object]]
"""One round; it is told whether it is the first one of its process, or follows one that failed."""

Take = Callable[[str, float], Awaitable[bool]]
"""Returns whether this process does the named round; for so many seconds no other does."""

log = structlog.get_logger(__name__)


async def repeat(name: str, seconds: float, work: Work, take: Take | None = None) -> None:
    """Do the work at once and then every so many seconds, until cancelled; a round that fails ends nothing.

    Args:
        take: None where every process does the work.
    """
    turn, between, anew = f"{name}:start", START_SECONDS, True
    while True:
        try:
            if take is None or await take(turn, between):
                await work(anew)
                anew = False
        except RemoteError as error:
            log.warning("periodic.put_off", task=name, error=type(error).__name__)
            anew = True
        except Exception:
            log.exception("periodic.failed", task=name)  # the next round may have more luck
        await asyncio.sleep(seconds)
        turn, between = name, seconds * MARGIN
