"""Shows a preview only while it is certain that the answer is public: of a draft nobody sees a status or a word."""

from collections.abc import Awaitable, Callable

from bot.domain.ports import Preview


class DiscreetPreview:
    """Passes on to a preview for as long as it may; once it may not, nothing more of the turn is shown.

    Before anybody says while what, nothing is shown.
    """

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._may_show: Callable[[], Awaitable[bool]] | None = None
        self._is_closed = False
        self._has_shown = False

    def show_while(self, may_show: Callable[[], Awaitable[bool]]) -> None:
        """Show what comes for as long as this says so: it is asked before each call, for a brake may be pulled."""
        self._may_show = may_show

    @property
    def is_seen(self) -> bool:
        """Whether anybody reads what is shown."""
        return self._preview.is_seen and not self._is_closed

    @property
    def is_costly(self) -> bool:
        """Whether a call costs a vendor's round trip."""
        return self._preview.is_costly

    @property
    def ref(self) -> str:
        """Reference of the message that shows the preview, empty while there is none."""
        return self._preview.ref

    async def status(self, text: str) -> None:
        """Show a short line, where anything may be shown."""
        if await self._may():
            await self._preview.status(text)

    async def text(self, markdown: str) -> None:
        """Append sentences to the visible answer, where there may be one."""
        if await self._may():
            await self._preview.text(markdown)

    async def clear(self) -> None:
        """Take back the status line, where one was shown."""
        if self._has_shown:
            await self._preview.clear()

    async def _may(self) -> bool:
        if self._may_show is None:
            return False
        self._is_closed = self._is_closed or not await self._may_show()
        self._has_shown = self._has_shown or not self._is_closed
        return not self._is_closed
