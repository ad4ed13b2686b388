"""Find what was stored and never woken: once a minute, by one of all workers."""

import asyncio
from time import time

import structlog

from bot.domain.errors import TemporaryFailure
from bot.domain.messages import is_at_terminal
from bot.mailbox import keys
from bot.mailbox.connection import Client, store_errors
from bot.mailbox.wakeups import Due

EVERY_SECONDS = 60.0
FAR_SECONDS = 600.0
"""What is due later than this waits for a deadline; redelivery and parking are sooner."""

log = structlog.get_logger(__name__)


async def sweep(client: Client, due: Due) -> int:
    """Wake every conversation that has work and no wake, or a far one; return how many there were.

    A process that dies between storing a message and waking a worker leaves one; its sender delivers again, but not
    for ever. An empty list does not exist in Redis, so a key that is found holds work. No deadline is without an
    entry: whoever lets go of a conversation puts it there, and until then it is due again after the redelivery time.

    Raises:
        TemporaryFailure: the store is down.
    """
    found, soon = 0, (time() + FAR_SECONDS) * 1000
    try:
        for part in ("in", "out"):
            async for key in client.scan_iter(match=keys.of_conversation("*", part), count=1000):
                conversation = keys.conversation_of(key.decode() if isinstance(key, bytes) else str(key))
                if is_at_terminal(conversation):
                    continue
                at = await client.zscore(keys.DUE, conversation)
                if at is None or at > soon:
                    await due.wake(conversation)
                    found += 1
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    if found:
        log.warning("sweep.found", conversations=found)
    return found


async def keep_sweeping(client: Client, due: Due) -> None:
    """Sweep once a minute where no other worker has, until cancelled."""
    while True:
        try:
            if await client.set(keys.SWEPT, b"1", nx=True, px=int(EVERY_SECONDS * 1000)):
                await sweep(client, due)
        except (TemporaryFailure, *store_errors) as error:
            log.warning("sweep.failed", error=type(error).__name__)
        except Exception:
            log.exception("sweep.stumbled")
        await asyncio.sleep(EVERY_SECONDS)
