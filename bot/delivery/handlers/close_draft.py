"""Says what became of a draft where people would decide on it; twice changes nothing."""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, SentAgain, needed
from bot.domain.effects import CloseDraft, UpdateTicket
from bot.turn.drafts.note import closed_card


class CloseDraftHandler(SentAgain):
    """Takes away what a draft was decided by."""

    recovery: ClassVar = Recovery.IDEMPOTENT

    async def send(self, outgoing: Outgoing, effect: CloseDraft) -> Delivered:
        """Change the card, or take the tags off the ticket."""
        if not effect.channel:
            return await _tags_off(outgoing, effect)
        message = outgoing.held.facts.announced(effect.draft)
        if message:
            await needed(outgoing.ports.colleagues).amend(closed_card(effect, outgoing.conversation, message))
        return Delivered()


async def _tags_off(outgoing: Outgoing, effect: CloseDraft) -> Delivered:
    tickets, held = needed(outgoing.ports.tickets), outgoing.held
    if not (effect.tags_off and held.conversation.ticket_id):
        return Delivered()
    update = UpdateTicket(effect.id, remove_tags=effect.tags_off, source=effect.id)
    return Delivered(await tickets.update(held, update, ()))
