"""Who wrote a message: the vendor's word for Slack and Zendesk, the key's word for `/chat`."""

import structlog

from bot.desk.data import Database
from bot.domain.errors import PermanentFailure, RemoteError
from bot.domain.messages import InboundMessage, Surface
from bot.domain.ports import Chat, Profile

log = structlog.get_logger(__name__)


class Authors:
    """The `Directory` port.

    Args:
        chat: asked for Slack profiles; None without Slack.
        data: knows the customers that `/chat` keys vouch for.
    """

    def __init__(self, data: Database, chat: Chat | None) -> None:
        self._data = data
        self._chat = chat

    async def profile(self, message: InboundMessage) -> Profile:
        """Return what is known of the author; unverified where the vendor cannot be asked."""
        author = message.author
        known = Profile(author.id, author.name)
        surface = author.id.partition(":")[0]
        if surface == Surface.SLACK and self._chat:
            try:
                return await self._chat.profile(author.id)
            except RemoteError as error:
                log.warning("profile.unknown", author=author.id, error=type(error).__name__)
                return known
        if surface == Surface.ZENDESK:
            verified = bool(message.data.get("verified"))
            return Profile(author.id, author.name, message.data.get("email", ""), verified=verified)
        if customer_id := message.data.get("customer_id"):
            customer = await self._data.customer_by_id(customer_id)
            if customer:
                return Profile(author.id, customer.name, customer.email, verified=True)
        return known

    async def is_in(self, channel: str, author_id: str) -> bool:
        """Return whether a `slack:TEAM:USER` author is in a channel of the installing workspace.

        Raises:
            TemporaryFailure: Slack does not say at the moment.
        """
        if self._chat is None:
            return False
        try:
            return await self._chat.is_member(channel, author_id)
        except PermanentFailure as error:
            log.warning("members.unknown", channel=channel, code=error.code)
            return False
