"""Sends a one-time code to the address on file.

A mail server knows no letter again: the same letter goes out, with the same code and `Message-ID`, and never after ten
minutes. As a ticket it has a key: `bot/delivery/one_time_codes.py`.
"""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, SentAgain, needed
from bot.domain.effects import SendCode


class SendCodeHandler(SentAgain):
    """Sends the code."""

    recovery: ClassVar = Recovery.NONE

    async def send(self, outgoing: Outgoing, effect: SendCode) -> Delivered:
        """Send it in the name of the desk at work."""
        await needed(outgoing.ports.codes)().send(effect)
        return Delivered()
