"""Stores a webhook's hint in the conversation of its ticket; the worker reads the ticket."""

from typing import Protocol

from bot.domain.events import Author, TicketHint
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.store.queue.inbox import Inbox
from integrations.zendesk.inbound.parse import Hint


class TicketOwners(Protocol):
    """Knows whose ticket it is."""

    async def conversation_of(self, ticket_id: str) -> ConversationId | None:
        """Return the ticket's conversation, None when it has none yet."""


class ZendeskIntake:
    """The receiver's `Accept` over the mailbox."""

    def __init__(self, inbox: Inbox, links: TicketOwners) -> None:
        self._inbox = inbox
        self._links = links

    async def __call__(self, hint: Hint) -> None:
        """Store the hint and wake its conversation.

        Raises:
            TemporaryFailure: the store is down.
        """
        conversation = await self._links.conversation_of(hint.ticket_id) or ConversationId.of_ticket(hint.ticket_id)
        message = TicketHint(
            id=f"hint:{hint.delivery_id}",
            conversation=conversation,
            author=Author(AuthorId.in_zendesk("webhook")),
            surface=Origin.ZENDESK,
            ticket_id=hint.ticket_id,
            event=hint.event,
        )
        writer = AuthorId.in_zendesk(hint.requester) if hint.requester else ""
        await self._inbox.accept(message, writer=writer)
