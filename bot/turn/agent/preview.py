"""Buffers a run's status and text for the preview, so that the run never waits for a vendor."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Optional

from bot.domain.effects import disclosed
from bot.domain.ports import Preview
from bot.turn.texts import say

AT_ONCE = 0.002
"""Seconds in which a model that answers at once has answered: to show anything before would be a call for nothing."""
WHOLE_SOON = 0.1
"""Seconds in which an answer may become whole before a vendor is shown its beginning: two calls instead of one."""

_current: ContextVar[Optional["PreviewBuffer"]] = ContextVar("showing", default=None)


class PreviewBuffer:
    """Passes status lines and text on to a preview, one call at a time, while the run goes on.

    A model that answers at once is thus answered with one message: what had no time to be shown is left to the reply.

    Args:
        opening: what the answer begins with beside its own words, empty for nothing.

    Attributes:
        waited: seconds that this run has spent on asking its models again.
    """

    def __init__(self, preview: Preview, language: str = "", opening: str = "") -> None:
        self.waited = 0.0
        self._opening = disclosed(opening, " ").rstrip(" ")
        self._is_opened = False
        self._preview = preview
        self._language = language
        self._status = ""
        self._text = ""
        self._changed = asyncio.Event()
        self._timers: list[asyncio.TimerHandle] = []
        self._is_begun = False
        self._may_speak = not preview.is_costly
        self._has_spoken = False
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
        self._text, self._is_opened = "", False
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
        if self._may_speak:
            self._show_soon()
        elif not self._has_spoken:
            self._later(WHOLE_SOON, self._speak)
        self._has_spoken = True

    def _show_soon(self) -> None:
        if not self._timers:
            self._later(AT_ONCE, self._begin)
        elif self._is_begun:
            self._changed.set()

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, then))

    def _begin(self) -> None:
        self._is_begun = True
        self._changed.set()

    def _speak(self) -> None:
        self._may_speak = True
        self._begin()

    async def settle(self) -> None:
        """Wait for the call that is under way; what is late is shown only where that costs nothing."""
        self._over = True
        self._changed.set()
        await self._task
        if self._text and not self._preview.is_costly:
            await self._say(self._text)

    async def clear(self) -> None:
        """Settle, and take back the status line."""
        await self.settle()
        await self._preview.clear()

    async def drop(self) -> None:
        """The run was cancelled: show nothing more."""
        self._task.cancel()
        for timer in self._timers:
            timer.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _pass_on(self) -> None:
        while not self._over:
            await self._changed.wait()
            self._changed.clear()
            if self._status and not self._over:
                status, self._status = self._status, ""
                await self._preview.status(status)
            if self._text and self._may_speak and not self._over:
                text, self._text = self._text, ""
                self._is_seen = self._preview.is_seen
                await self._say(text)

    async def _say(self, text: str) -> None:
        opening = "" if self._is_opened else self._opening
        self._is_opened = True
        await self._preview.text(opening + text)
