"""Edits a Slack message of ours; twice changes nothing."""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, SentAgain, needed
from bot.domain.effects import EditMessage


class EditMessageHandler(SentAgain):
    """Replaces a message's text and takes its buttons away."""

    recovery: ClassVar = Recovery.IDEMPOTENT

    async def send(self, outgoing: Outgoing, effect: EditMessage) -> Delivered:
        """Change the message."""
        workspace = needed(outgoing.ports.colleagues).within(outgoing.held.id, effect.message.channel)
        await workspace.amend(effect)
        return Delivered()
