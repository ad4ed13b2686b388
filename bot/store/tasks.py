"""Cancels asyncio tasks that talk to Redis, and waits until they are gone.

redis-py sends each command inside `asyncio.wait_for`, which before Python 3.12 may swallow a cancellation that arrives
just as the command was sent (https://github.com/python/cpython/issues/86296). A task that is cancelled once may then
go on for ever, and whoever awaits it with it: here it is cancelled until it is gone.
"""

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

AGAIN_SECONDS = 0.05
TIDY_SECONDS = 2.0
"""For so long a command that is interrupted may tidy up before it is cancelled once more."""


async def end(task: asyncio.Task[Any], again: float = AGAIN_SECONDS) -> None:
    """Cancel the task and return when it is gone, whatever it ended with.

    Args:
        again: seconds after which it is cancelled once more.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=again)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not report it as never retrieved


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a command's main coroutine; one Ctrl-C ends it for certain.

    Raises:
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(main)  # signals come to the main thread alone
    done = asyncio.run(_until_interrupted(main))
    if done.cancelled():
        raise KeyboardInterrupt
    return done.result()


async def _until_interrupted(main: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(main)
    loop, pressed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGINT, pressed.set)
    waiting = asyncio.create_task(pressed.wait())
    try:
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_signal_handler(signal.SIGINT)  # whoever presses it once more does not want to wait
        waiting.cancel()
    if pressed.is_set() and not task.done():
        await end(task, TIDY_SECONDS)
    return task
