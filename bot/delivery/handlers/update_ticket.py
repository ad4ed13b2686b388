"""Updates the linked ticket once: relayed lines, notes, fields.

Found again by the effect id in the audits' `metadata.custom`; what was said on the follow-up of a closed ticket by the
follow-up's `external_id` first: `bot/delivery/tickets.py`.
"""

from dataclasses import replace
from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, needed
from bot.domain.effects import UpdateTicket


class UpdateTicketHandler:
    """Updates the conversation's ticket."""

    recovery: ClassVar = Recovery.READ_BACK

    async def send(self, outgoing: Outgoing, effect: UpdateTicket) -> Delivered:
        """Update it, with the files that can be had."""
        files, contents, lost = await outgoing.files(effect.files, outgoing.channel)
        update = replace(effect, files=files, comment=effect.comment + lost)
        return Delivered(await needed(outgoing.ports.tickets).update(outgoing.held, update, contents))

    async def find(self, outgoing: Outgoing, _effect: UpdateTicket) -> Delivered | None:
        """Look for the update in the ticket's audits."""
        return Delivered() if await outgoing.is_on_ticket() else None
