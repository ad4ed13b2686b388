"""Delivers replies and updates to the linked ticket, or to its successor once it is closed or merged.

A merged ticket is followed. One that is closed takes no update any more: what is said then goes into a follow-up
ticket, which begins with the customer's words. One that is deleted takes a customer's words into a new ticket, and the
bot's own reply nowhere: nobody could read it.
https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#creating-a-follow-up-ticket

What Zendesk refuses for good on a ticket that lives is said in a smaller way: `bot/delivery/smaller_requests.py`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from bot.delivery.safe_update import TAG, Withheld, reply_on_ticket, show_on_ticket, update_ticket, write_once
from bot.delivery.smaller_requests import (
    PENDING,
    SOLVED,
    as_update,
    note_instead,
    smaller_reply,
    smaller_ticket,
    smaller_updates,
)
from bot.domain.capabilities import capabilities_of, desk_user
from bot.domain.conversation import Conversation
from bot.domain.effects import OpenTicket, Person, Reply, UpdateTicket, kind_of
from bot.domain.errors import NotFound, PermanentFailure
from bot.domain.facts import Facts, Reopened
from bot.domain.ids import same_person
from bot.domain.ports import HelpDesk
from bot.domain.tickets import Ticket
from bot.domain.transcript import Role, load_entry
from bot.store.queue.held import Held, StoredEffect
from bot.telemetry import metrics
from bot.turn.handoff.ticket_effects import ESCALATED_TAG, follow_up

log = structlog.get_logger(__name__)


class TicketLinks(Protocol):
    """Knows whose ticket it is."""

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Remember whose ticket it is."""


@dataclass(frozen=True)
class Said:
    """What became of a reply on a ticket.

    Args:
        outcome: `withheld`, `refused` or `draft` where it was not said.
    """

    facts: Facts = field(default_factory=Facts)
    outcome: str = "done"


class TicketDelivery:
    """Writes on the ticket of a held conversation. Every method raises the `RemoteError` family.

    Args:
        learn: remembers a fact of the conversation.
    """

    def __init__(self, helpdesk: HelpDesk, links: TicketLinks, learn: Callable[[Held, Facts], Awaitable[None]]) -> None:
        self._helpdesk = helpdesk
        self._links = links
        self._learn = learn

    async def open(self, held: Held, stored: StoredEffect, effect: OpenTicket, files: Sequence[bytes]) -> Facts:
        """Open the conversation's ticket, in a smaller way where it is refused for good.

        A conversation has one ticket: where it got one since this was decided, that one is updated.

        Args:
            effect: the stored one, with the files that could be had.
        """
        if held.conversation.ticket_id:
            return await self.update(held, as_update(effect), files)
        try:
            ticket = await self._helpdesk.open(effect, files)
        except PermanentFailure as error:
            ticket = await self._opened_smaller(held, effect, error)
        return await self.opened(held, ticket) | _late(held, stored, ticket)

    async def find(self, held: Held, stored: StoredEffect, effect: OpenTicket) -> Facts | None:
        """Return what an earlier attempt to open the ticket did, None when it did nothing."""
        ticket = await self._helpdesk.find_ticket(effect.external_id, effect.id)
        if ticket is None and held.facts.smaller == effect.id:
            ticket = await self._helpdesk.find_ticket(effect.external_id, smaller_ticket(effect, held.conversation).id)
        if ticket:
            return await self.opened(held, ticket) | _late(held, stored, ticket)
        linked = held.conversation.ticket_id
        return Facts() if linked and (await self._helpdesk.find_update(linked, effect.id))[0] else None

    async def _opened_smaller(self, held: Held, effect: OpenTicket, error: PermanentFailure) -> Ticket:
        smaller = smaller_ticket(effect, held.conversation)
        _made_smaller(effect, error)
        if held.facts.smaller == effect.id:
            found = await self._helpdesk.find_ticket(smaller.external_id, smaller.id)
            if found:
                return found
        await self._learn(held, Facts.opens_smaller(effect.id))
        return await self._helpdesk.open(smaller, ())

    async def reply(self, held: Held, reply: Reply) -> Said:
        """Say the reply on the ticket, or on the one that took its place.

        What cannot be said publicly in any form is kept there for people, and the model knows that it was not said.
        """
        reply = replace(reply, stamp=max(reply.stamp, held.facts.stamp))
        try:
            return await self._replied(held, reply)
        except PermanentFailure as error:
            smaller, refused = smaller_reply(reply), error
            _made_smaller(reply, error)
        if smaller:
            try:
                return await self._replied(held, smaller)
            except PermanentFailure as error:
                refused = error
        try:
            await self._say(held.conversation.ticket_id, note_instead(reply))
        except PermanentFailure:
            raise refused from None
        return Said(Facts.left_unsaid(reply.text), "refused")

    async def _replied(self, held: Held, reply: Reply) -> Said:
        try:
            if not await reply_on_ticket(self._helpdesk, held.conversation, reply):
                return Said(outcome="draft")
        except Withheld:
            return Said(Facts.left_unsaid(reply.text), "withheld")
        except NotFound as error:
            log.warning("reply.dropped", effect=reply.id, code=error.code)
        except PermanentFailure as error:
            if error.code != "closed":
                raise
            said = UpdateTicket(id=reply.id, comment=reply.said, public=True, status=reply.status, source=reply.id)
            return Said(await self._said_elsewhere(held, said))
        return Said()

    async def show(self, held: Held, note: UpdateTicket) -> Said:
        """Write a draft's note, unless people have the ticket or the customer wrote meanwhile.

        Raises:
            RemoteError: as `HelpDesk` says; `NotFound` where no ticket is linked.
        """
        note = replace(note, stamp=max(note.stamp, held.facts.stamp))
        if not (note.stamp and capabilities_of(held.id).is_ticket):
            return Said(await self.update(held, note, ()))
        try:
            return Said(Facts.stamped(await show_on_ticket(self._helpdesk, held.conversation, note)))
        except Withheld:
            return Said(outcome="withheld")
        except PermanentFailure:
            return Said(await self.update(held, note, ()))

    async def update(self, held: Held, effect: UpdateTicket, files: Sequence[bytes]) -> Facts:
        """Update the linked ticket, or the one that took its place.

        Raises:
            RemoteError: as `HelpDesk` says; `NotFound` where no ticket is linked.
        """
        if not held.conversation.ticket_id:
            raise NotFound("no ticket is linked", "no_ticket")
        try:
            return await update_ticket(self._helpdesk, held.conversation, effect, files, held.facts)
        except PermanentFailure as error:
            if error.code != "closed" and not isinstance(error, NotFound):
                return await self._updated_smaller(held, effect, files, error)
            return await self._after_its_end(held, effect, files, error)

    async def _updated_smaller(
        self, held: Held, effect: UpdateTicket, files: Sequence[bytes], error: PermanentFailure
    ) -> Facts:
        """Say less and less of it, until Zendesk takes it; what was said first stays the reason where it takes none."""
        _made_smaller(effect, error)
        for smaller in smaller_updates(effect, held.conversation):
            try:
                kept = files if smaller.files else ()
                learnt = await update_ticket(self._helpdesk, held.conversation, smaller, kept, held.facts)
            except PermanentFailure as again:
                if again.code == "closed" or isinstance(again, NotFound):
                    return await self._after_its_end(held, effect, files, again)
                continue
            if effect.status == SOLVED and smaller.status == PENDING:
                metrics.SOLVES_REFUSED.inc()
            return learnt
        raise error

    async def opened(self, held: Held, ticket: Ticket) -> Facts:
        """Remember the conversation's ticket."""
        await self._links.link(ticket.id, held.id)
        held.conversation = replace(held.conversation, ticket_id=ticket.id)
        return Facts.ticket(ticket.id, ticket.updated_at)

    async def _after_its_end(
        self, held: Held, effect: UpdateTicket, files: Sequence[bytes], error: PermanentFailure
    ) -> Facts:
        """The ticket is closed, merged or deleted: a customer's words still have to reach people."""
        if not effect.comment:
            return Facts()  # tags and fields of such a ticket are of no use to anybody any more
        if capabilities_of(held.id).is_ticket and not isinstance(error, NotFound):
            return await self._said_elsewhere(held, effect)
        target = None if isinstance(error, NotFound) else await self._ended(held.conversation)
        if target and target.follows:
            return await self.opened(held, await write_once(self._helpdesk, target.follows, effect, files))
        if effect.author is None:
            raise error
        follower = follow_up(held.conversation, effect, target)
        found = await self._helpdesk.find_ticket(follower.external_id, follower.id)
        return await self.opened(held, found or await self._helpdesk.open(follower, files))

    async def _said_elsewhere(self, held: Held, said: UpdateTicket) -> Facts:
        """Say on the ticket that took the place of a closed one what was meant for that."""
        ended = await self._ended(held.conversation)
        if ended.follows:
            target = (await self._helpdesk.read(ended.follows, 0)).ticket
            # Another conversation's ticket: nothing but the words goes there, and people who have it say them.
            words = replace(said, public=said.public and not target.assigned_to_person)
            await self._say(target.id, replace(words, status="", priority="", group="", unassign=False))
            return Facts()
        effect = _followed_up(held, said, ended)
        found = await self._helpdesk.find_ticket(effect.external_id, effect.id)
        ticket = found or await self._helpdesk.open(effect, ())
        await self._say(ticket.id, said)
        return await self.opened(held, ticket)

    async def _say(self, ticket_id: str, said: UpdateTicket) -> None:
        await write_once(self._helpdesk, ticket_id, said)

    async def _ended(self, conversation: Conversation) -> Ticket:
        return (await self._helpdesk.read(conversation.ticket_id, conversation.last_comment)).ticket


def _late(held: Held, stored: StoredEffect, ticket: Ticket) -> Facts:
    """A hand-over that had been given up has succeeded after all: its customer and the lines since come after."""
    effect = stored.effect
    is_handover = isinstance(effect, OpenTicket) and ESCALATED_TAG in effect.tags
    if is_handover and held.conversation.handing is None and not held.conversation.is_with_human:
        return Facts.was_reopened(Reopened(stored.intent_at, effect.id, ticket.requester_id))
    return Facts()


def _made_smaller(effect: OpenTicket | UpdateTicket | Reply, error: PermanentFailure) -> None:
    kind = kind_of(effect)
    metrics.EFFECTS.labels(kind=kind, outcome="smaller").inc()
    log.warning("delivery.smaller", effect=effect.id, kind=kind, code=error.code)


def _followed_up(held: Held, said: UpdateTicket, ended: Ticket) -> OpenTicket:
    """A follow-up begins with what its customer wrote last."""
    asker = held.conversation.requester
    entries = [load_entry(text) for text in held.items]
    words = [entry.text for entry in entries if entry.role is Role.USER and same_person(entry.author, asker)]
    author = Person(id=asker) if desk_user(asker) else Person(id=ended.requester_id)
    question = replace(said, id=f"{said.id}:follow-up", comment=words[-1] if words else said.comment, author=author)
    opened = follow_up(held.conversation, question, ended)
    return replace(opened, tags=tuple(dict.fromkeys((*opened.tags, TAG))))
