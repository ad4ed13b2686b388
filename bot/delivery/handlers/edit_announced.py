"""Edits a message to colleagues wherever it was posted; twice changes nothing."""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, SentAgain, needed
from bot.domain.effects import EditAnnounced, EditMessage
from bot.domain.ids import MessageRef


class EditAnnouncedHandler(SentAgain):
    """Replaces the text of a message that an earlier effect has posted."""

    recovery: ClassVar = Recovery.IDEMPOTENT

    async def send(self, outgoing: Outgoing, effect: EditAnnounced) -> Delivered:
        """Change the message; one that could not be posted needs no change."""
        message = MessageRef(outgoing.held.facts.texts.get(effect.fact, ""))
        if message:
            workspace = needed(outgoing.ports.colleagues).within(outgoing.held.id, message.channel)
            await workspace.amend(EditMessage(effect.id, message, effect.text))
        return Delivered()
