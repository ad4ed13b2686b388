"""Continues a question in a direct message; a repetition looks for its first line there.

The question is taken in once under its id: `bot/delivery/direct_message.py`.
"""

from typing import ClassVar

from bot.delivery.handlers.contract import MARGIN_SECONDS, Delivered, Outgoing, Recovery, SentAgain, needed
from bot.domain.effects import ContinueInDM


class ContinueInDMHandler(SentAgain):
    """Goes on where nobody else reads."""

    recovery: ClassVar = Recovery.IDEMPOTENT

    async def send(self, outgoing: Outgoing, effect: ContinueInDM) -> Delivered:
        """Open the thread in the direct messages and put the question into it."""
        since = outgoing.held.clock - MARGIN_SECONDS
        await needed(outgoing.ports.directly).go(outgoing.conversation, effect, since)
        return Delivered()
