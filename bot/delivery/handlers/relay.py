"""Carries a human agent's public words from the ticket into the customer's thread.

Found again by the effect id in the message's `metadata`, read with `conversations.replies`.
"""

from dataclasses import replace
from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, needed
from bot.domain.capabilities import capabilities_of
from bot.domain.effects import Relay


class RelayHandler:
    """Says in the thread what a human agent wrote on the ticket."""

    recovery: ClassVar = Recovery.READ_BACK

    async def send(self, outgoing: Outgoing, effect: Relay) -> Delivered:
        """Post the words under the human's name, with the ticket's files."""
        files, contents, lost = await outgoing.files(effect.files, outgoing.ports.helpdesk)
        relay = replace(effect, files=files, text=effect.text + lost)
        await needed(outgoing.channel).relay(outgoing.conversation, relay, contents)
        return Delivered()

    async def find(self, outgoing: Outgoing, _effect: Relay) -> Delivered | None:
        """Look for the words in the thread."""
        is_in_thread = capabilities_of(outgoing.held.id).relays_staff and await outgoing.ts_in_thread()
        return Delivered() if is_in_thread else None
