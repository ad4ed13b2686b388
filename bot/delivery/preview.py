"""Previews that need no vendor: live events for `/chat`, and none at all on tickets."""

import json
from collections.abc import Sequence

from bot.domain.ports import Audience


class NoPreview:
    """A ticket has no place to show an answer that is still being written."""

    ref = ""
    is_seen = False
    is_costly = False

    async def status(self, text: str) -> None:
        """Show nothing."""

    async def text(self, markdown: str) -> None:
        """Show nothing."""

    async def clear(self) -> None:
        """Nothing is shown."""


class LivePreview:
    """Sends status lines and checked sentences to whoever listens to a `/chat` session.

    Args:
        answers: ids of the posts that this turn answers, so that each listener knows its own.
    """

    ref = ""
    is_seen = True
    is_costly = False

    def __init__(self, audience: Audience, conversation: str, answers: Sequence[str]) -> None:
        self._audience = audience
        self._conversation = conversation
        self._answers = answers
        self._begun = False

    async def status(self, text: str) -> None:
        """Send a status line."""
        await self._send("status", text)

    async def text(self, markdown: str) -> None:
        """Send sentences."""
        await self._send("delta", markdown)

    async def clear(self) -> None:
        """Take the status line back."""
        await self._send("status", "")

    async def _send(self, event: str, data: str) -> None:
        if not self._begun:
            self._begun = True
            await self._audience.publish(self._conversation, "begin", json.dumps(list(self._answers)))
        await self._audience.publish(self._conversation, event, data)
