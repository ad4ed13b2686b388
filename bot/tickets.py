"""The ticket side of delivery: replies and updates on the linked ticket, and where they go once it has ended.

A merged ticket is followed. One that is closed takes no update any more: what is said then goes into a follow-up
ticket, which begins with the customer's words. One that is deleted takes a customer's words into a new ticket, and the
bot's own reply nowhere: nobody could read it.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#creating-a-follow-up-ticket
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from bot.domain.conversation import Conversation, Ticket
from bot.domain.effects import OpenTicket, Person, Reply, UpdateTicket
from bot.domain.errors import NotFound, PermanentFailure, RemoteError
from bot.domain.messages import Surface, same_person, surface_of
from bot.domain.ports import HelpDesk
from bot.domain.transcript import Role, load_entry
from bot.mailbox.lease import Held
from bot.ticket_replies import TAG, Withheld, reply_on_ticket, update_ticket
from bot.turn.escalation import follow_up

Facts = Mapping[str, str]
"""What delivery has learnt, kept with the conversation."""

log = structlog.get_logger(__name__)


class Links(Protocol):
    """Knows whose ticket it is."""

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Remember whose ticket it is."""


class Tickets:
    """Writes on the ticket of a held conversation. Every method raises the `RemoteError` family."""

    def __init__(self, helpdesk: HelpDesk, links: Links) -> None:
        self._helpdesk = helpdesk
        self._links = links

    async def reply(self, held: Held, reply: Reply) -> Facts:
        """Say the reply on the ticket, or on the one that took its place."""
        reply = replace(reply, stamp=max(reply.stamp, held.facts.get("stamp", "")))
        try:
            await reply_on_ticket(self._helpdesk, held.conversation, reply)
        except Withheld:
            return {"unsent": reply.text}
        except NotFound as error:
            log.warning("reply.dropped", effect=reply.id, code=error.code)
        except PermanentFailure as error:
            if error.code != "closed":
                raise
            said = UpdateTicket(id=reply.id, comment=reply.text, public=True, status=reply.status, source=reply.id)
            return await self._said_elsewhere(held, said)
        return {}

    async def update(self, held: Held, effect: UpdateTicket, files: Sequence[bytes]) -> Facts:
        """Update the linked ticket, or the one that took its place."""
        if not held.conversation.ticket_id:
            raise NotFound("no ticket is linked", "no_ticket")
        stamp = max(effect.stamp, held.facts.get("stamp", ""))
        try:
            stamp = await update_ticket(self._helpdesk, held.conversation, effect, files, stamp)
        except PermanentFailure as error:
            if error.code != "closed" and not isinstance(error, NotFound):
                raise
            return await self._after_its_end(held, effect, files, error)
        return {"stamp": stamp} if stamp else {}

    async def opened(self, held: Held, ticket: Ticket) -> Facts:
        """Remember the conversation's ticket."""
        await self._links.link(ticket.id, held.id)
        held.conversation = replace(held.conversation, ticket_id=ticket.id)
        return {"ticket_id": ticket.id, **({"stamp": ticket.updated_at} if ticket.updated_at else {})}

    async def tell_people(self, held: Held, note: UpdateTicket) -> None:
        """Put a note on the linked ticket, once; where that fails too, the dead letter is all that is left."""
        try:
            if held.conversation.ticket_id:
                await self._say(held.conversation.ticket_id, note)
        except RemoteError as error:
            log.warning("note.lost", effect=note.id, error=type(error).__name__)

    async def _after_its_end(
        self, held: Held, effect: UpdateTicket, files: Sequence[bytes], error: PermanentFailure
    ) -> Facts:
        """The ticket is closed, merged or deleted: a customer's words still have to reach people."""
        if not effect.comment:
            return {}  # tags and fields of such a ticket are of no use to anybody any more
        if surface_of(held.id) is Surface.ZENDESK and not isinstance(error, NotFound):
            return await self._said_elsewhere(held, effect)
        target = None if isinstance(error, NotFound) else await self._ended(held.conversation)
        if target and target.follows:
            after, _ = await self._helpdesk.update(target.follows, effect, files)
            return await self.opened(held, after)
        if effect.author is None:
            raise error
        return await self.opened(held, await self._helpdesk.open(follow_up(held.conversation, effect, target), files))

    async def _said_elsewhere(self, held: Held, said: UpdateTicket) -> Facts:
        """Say on the ticket that took the place of a closed one what was meant for that."""
        ended = await self._ended(held.conversation)
        if ended.follows:
            target = (await self._helpdesk.read(ended.follows, 0)).ticket
            # Another conversation's ticket: nothing but the words goes there, and people who have it say them.
            words = replace(said, public=said.public and not target.assigned_to_person)
            await self._say(target.id, replace(words, status="", priority="", group="", unassign=False))
            return {}
        effect = _followed_up(held, said, ended)
        found = await self._helpdesk.find_ticket(effect.external_id, effect.id)
        ticket = found or await self._helpdesk.open(effect, ())
        await self._say(ticket.id, said)
        return await self.opened(held, ticket)

    async def _say(self, ticket_id: str, said: UpdateTicket) -> None:
        if not (await self._helpdesk.find_update(ticket_id, said.id))[0]:
            await self._helpdesk.update(ticket_id, said, ())

    async def _ended(self, conversation: Conversation) -> Ticket:
        return (await self._helpdesk.read(conversation.ticket_id, conversation.last_comment)).ticket


def _followed_up(held: Held, said: UpdateTicket, ended: Ticket) -> OpenTicket:
    """A follow-up begins with what its customer wrote last."""
    asker = held.conversation.requester
    entries = [load_entry(text) for text in held.items]
    words = [entry.text for entry in entries if entry.role is Role.USER and same_person(entry.author, asker)]
    author = Person(id=asker) if asker.startswith(f"{Surface.ZENDESK}:") else Person(id=ended.requester_id)
    question = replace(said, id=f"{said.id}:follow-up", comment=words[-1] if words else said.comment, author=author)
    opened = follow_up(held.conversation, question, ended)
    return replace(opened, tags=tuple(dict.fromkeys((*opened.tags, TAG))))
