"""Buffers a run's status and text for the preview, so that the run never waits for a vendor."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Optional

from bot.domain.ports import Preview
from bot.turn.texts import say

AT_ONCE = 0.002
"""Seconds in which a model that answers at once has answered: to show anything before would be a call for nothing."""

_current: ContextVar[Optional["PreviewBuffer"]] = ContextVar("showing", default=None)


class PreviewBuffer:
    """Passes status lines and text on to a preview, one call at a time, while the run goes on.

    A model that answers at once is thus answered with one message: what had no time to be shown is left to the reply.

    Attributes:
        waited: seconds that this run has spent on asking its models again.
    """

    def __init__(self, preview: Preview, language: str = "") -> None:
        self.waited = 0.0
        self._preview = preview
        self._language = language
        self._status = ""
        self._text = ""
        self._changed = asyncio.Event()
        self._first: asyncio.TimerHandle | None = None
        self._is_begun = False
        self._over = False
        self._is_seen = False
        self._is_stale = False
        self._task = asyncio.create_task(self._pass_on())

    @property
    def ref(self) -> str:
        """Reference of the message that shows the preview, empty while there is none."""
        return self._preview.ref

    @classmethod
    def now(cls) -> Optional["PreviewBuffer"]:
        """Return what shows the run that this is a part of, None where nothing does."""
        return _current.get()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Let this show the run in the body."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def begin(self) -> None:
        """A model is asked: what is shown from now on is of its answer."""
        self._is_seen = False

    def take_back(self) -> bool:
        """Forget what nobody has seen of the answer; return False where somebody has seen some of it."""
        if self._is_seen:
            return False
        self._text = ""
        self._is_stale = True
        return True

    def restart(self) -> None:
        """The answer begins again: what comes from now on is of the new one."""
        self._is_stale = False

    async def status(self, key: str) -> None:
        """Show a status line soon, in the customer's language; a newer one takes its place.

        Args:
            key: of the sentence in `texts.yml`.
        """
        self._status = say(key, self._language)
        self._show_soon()

    async def text(self, markdown: str) -> None:
        """Show more text soon."""
        if self._is_stale:
            return
        self._text += markdown
        self._show_soon()

    def _show_soon(self) -> None:
        if self._first is None:
            self._first = asyncio.get_running_loop().call_later(AT_ONCE, self._begin)
        elif self._is_begun:
            self._changed.set()

    def _begin(self) -> None:
        self._is_begun = True
        self._changed.set()

    async def settle(self) -> None:
        """Wait for the call that is under way; what is late is shown only where that costs nothing."""
        self._over = True
        self._changed.set()
        await self._task
        if self._text and not self._preview.is_costly:
            await self._preview.text(self._text)

    async def clear(self) -> None:
        """Settle, and take back the status line."""
        await self.settle()
        await self._preview.clear()

    async def drop(self) -> None:
        """The run was cancelled: show nothing more."""
        self._task.cancel()
        if self._first:
            self._first.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _pass_on(self) -> None:
        while not self._over:
            await self._changed.wait()
            self._changed.clear()
            if self._status and not self._over:
                status, self._status = self._status, ""
                await self._preview.status(status)
            if self._text and not self._over:
                text, self._text = self._text, ""
                self._is_seen = self._preview.is_seen
                await self._preview.text(text)
