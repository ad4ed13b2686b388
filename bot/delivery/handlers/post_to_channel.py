"""Posts to colleagues' channel; found again by the effect id in the message's `metadata`."""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, needed
from bot.domain.capabilities import colleagues_origin
from bot.domain.effects import PostToChannel
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId, MessageRef


class PostToChannelHandler:
    """Posts in a channel of the installing workspace."""

    recovery: ClassVar = Recovery.READ_BACK

    async def send(self, outgoing: Outgoing, effect: PostToChannel) -> Delivered:
        """Post it, and remember which conversation it is about."""
        message = await needed(outgoing.ports.colleagues).announce(outgoing.conversation, effect)
        return await _remembered(outgoing, effect, message)

    async def find(self, outgoing: Outgoing, effect: PostToChannel) -> Delivered | None:
        """Look for the message in the channel."""
        if origin := colleagues_origin():
            await outgoing.ports.doubt(ConversationId.in_thread(origin, "", effect.channel, ""))
        message = await needed(outgoing.ports.colleagues).find_announced(effect, outgoing.earliest)
        return await _remembered(outgoing, effect, message) if message else None


async def _remembered(outgoing: Outgoing, effect: PostToChannel, message: MessageRef) -> Delivered:
    await outgoing.ports.links.announce(message, outgoing.held.id)
    return Delivered(Facts({effect.fact: message}) if effect.fact else Facts())
