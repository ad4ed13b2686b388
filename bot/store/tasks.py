"""Cancels an asyncio task that talks to Redis, and waits until it is gone.

redis-py sends each command inside `asyncio.wait_for`, which before Python 3.12 may swallow a cancellation that arrives
just as the command was sent (https://github.com/python/cpython/issues/86296). A task that is cancelled once may then
go on for ever, and whoever awaits it with it: here it is cancelled until it is gone.
"""

import asyncio
from typing import Any

AGAIN_SECONDS = 0.05


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel the task and return when it is gone, whatever it ended with."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=AGAIN_SECONDS)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not report it as never retrieved
