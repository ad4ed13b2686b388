"""Tells one colleague why what they pressed has done nothing; nobody else sees it, and twice does no harm."""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, SentAgain, needed
from bot.domain.effects import Whisper

HEARD_SECONDS = 1_800.0
"""So long Slack lets a press be answered; after that nobody waits for it."""


class WhisperHandler(SentAgain):
    """Says something to one person in a channel."""

    recovery: ClassVar = Recovery.NONE

    async def send(self, outgoing: Outgoing, effect: Whisper) -> Delivered:
        """Tell them, while they may still be looking."""
        if outgoing.ports.clock.now() - effect.at > HEARD_SECONDS:
            return Delivered(outcome="late")
        workspace = needed(outgoing.ports.colleagues).within(outgoing.held.id, effect.channel)
        await workspace.whisper(effect.channel, effect.reader, effect.text, effect.answer_at)
        return Delivered()
