"""Opens a ticket: found again by its `Idempotency-Key`, or by `external_id` once the key has expired."""

from dataclasses import replace
from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, needed
from bot.domain.effects import OpenTicket


class OpenTicketHandler:
    """Opens the conversation's ticket."""

    recovery: ClassVar = Recovery.SERVER_KEY

    async def send(self, outgoing: Outgoing, effect: OpenTicket) -> Delivered:
        """Open it with the customer's words and the files that can be had."""
        files, contents, lost = await outgoing.files(effect.files, outgoing.channel)
        opening = replace(effect, files=files, words=effect.words + lost)
        tickets = needed(outgoing.ports.tickets)
        return Delivered(await tickets.open(outgoing.held, outgoing.stored, opening, contents))

    async def find(self, outgoing: Outgoing, effect: OpenTicket) -> Delivered | None:
        """Look for the ticket by its key."""
        facts = await needed(outgoing.ports.tickets).find(outgoing.held, outgoing.stored, effect)
        return None if facts is None else Delivered(facts)
