"""Ends a run whose customer pressed Slack's stop button; nothing of its answer is said.

Only the run is stopped. What was committed before it, or follows from a yes, is never cut short.
https://docs.slack.dev/reference/events/agent_session_stopped
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

_T = TypeVar("_T")

_stop: ContextVar[asyncio.Event | None] = ContextVar("stop", default=None)


class Stopped(Exception):
    """The customer pressed stop."""


@contextmanager
def stoppable(stop: asyncio.Event) -> Iterator[None]:
    """Let the run in the body end when `stop` is set."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


async def unless_stopped(work: Coroutine[Any, Any, _T]) -> _T:
    """Return what the work returns.

    Raises:
        Stopped: the customer pressed stop before it was done; the work was cancelled.
    """
    stop = _stop.get()
    if stop is None:
        return await work
    if stop.is_set():  # a model that answers at once would be done before anybody looks
        work.close()
        raise Stopped
    running = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return running.result()
        raise Stopped
    finally:
        running.cancel()
        watching.cancel()
        await asyncio.gather(running, watching, return_exceptions=True)
