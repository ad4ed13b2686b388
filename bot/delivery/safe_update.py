"""Writes to a ticket with `safe_update`: where a human changed it meanwhile, the human wins, and nothing is said twice.

Every reply is sent with the stamp of the ticket it was decided on. When Zendesk says that the ticket changed, what
changed decides: our own reply is there already → adopt; a human took it, or a stranger came into copy → the reply
becomes an internal draft; the customer wrote more → the reply is withheld and the next turn answers both; anything else
(a trigger) → new stamp.

Every other update has a stamp too, the newest that is known. A process that was frozen between its last look and the
write sends it when it thaws, long after another one did it: the ticket has changed since its stamp, so Zendesk refuses
it, and it is found. Stamps are exact to the second only, but a conversation goes to another worker two thirds of a
lease after the freeze at the soonest: with a lease of two seconds or more the other stamp is another one.
https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Reply, UpdateTicket
from bot.domain.errors import Conflict, TemporaryFailure
from bot.domain.facts import Facts
from bot.domain.ports import HelpDesk, TicketReading
from bot.domain.tickets import Ticket
from bot.mail.comments import is_said
from bot.turn.handoff.ticket_effects import ESCALATED_TAG

TAG = "frontdesk"
MOST_STAMPS = 3
NO_COMMENTS = sys.maxsize
"""After this comment there is none: the ticket alone is read."""
TAKEN = "the ticket was taken meanwhile"
COPIED = "somebody of another organisation was put into copy meanwhile"


class Withheld(Exception):
    """The customer wrote more before the reply was posted; the next turn answers both."""


async def reply_on_ticket(helpdesk: HelpDesk, conversation: Conversation, reply: Reply) -> bool:
    """Post the reply as a public comment; return False where people read it instead, for the ticket has changed so.

    Raises:
        Withheld: nothing was posted, on purpose.
        TemporaryFailure: the ticket keeps changing under us.
        RemoteError: as the port says.
    """
    ticket_id = conversation.ticket_id
    update = UpdateTicket(
        id=reply.id,
        comment=reply.said,
        public=True,
        status=reply.status,
        add_tags=(TAG,),
        remove_tags=_inherited(conversation),
        source=reply.id,
    )
    stamp = reply.stamp

    for _ in range(MOST_STAMPS):
        try:
            await helpdesk.update(ticket_id, update, (), stamp)
            return True
        except Conflict:
            reading = await helpdesk.read(ticket_id, conversation.last_comment)

        if _is_there(reading, reply.id):
            return True
        if why := _why_draft(reading, conversation):
            note = _draft_of(replace(update, comment=reply.text), why)
            if not _is_there(reading, note.id):
                await write_once(helpdesk, ticket_id, note, stamp=reading.ticket.updated_at)
            return False
        if _has_new_line(reading):
            raise Withheld(reply.id)
        stamp = reading.ticket.updated_at
    raise TemporaryFailure("the ticket keeps changing")


def _is_there(reading: TicketReading, effect_id: str) -> bool:
    return any(comment.effect_id == effect_id for comment in reading.comments)


def _has_new_line(reading: TicketReading) -> bool:
    return any(is_said(comment) and not comment.author.is_staff for comment in reading.comments)


def _why_draft(reading: TicketReading, conversation: Conversation) -> str:
    """Return why people read the reply before anybody else does, empty where it may be sent."""
    if _a_human_has_it(reading, conversation):
        return TAKEN
    # What was written for one reader is theirs to see first who else reads now.
    return COPIED if _has_new_readers(reading, conversation) else ""


def _inherited(conversation: Conversation) -> tuple[str, ...]:
    """A follow-up is born with the tags of the ticket before it; nobody waits for people where the bot answers.

    https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/#creating-follow-up-tickets
    """
    tags = conversation.ticket.tags if conversation.ticket and conversation.owner is Owner.BOT else ()
    return (ESCALATED_TAG,) if ESCALATED_TAG in tags else ()


async def show_on_ticket(helpdesk: HelpDesk, conversation: Conversation, note: UpdateTicket) -> str:
    """Write a draft's note, unless nobody is to read it any more; return the stamp the next update may rely on.

    Nobody drafts against a human in charge, and what the customer has written since is answered together with it.

    Raises:
        Withheld: nothing was written, on purpose.
        TemporaryFailure: the ticket keeps changing under us.
        RemoteError: as the port says.
    """
    stamp = note.stamp
    for _ in range(MOST_STAMPS):
        try:
            ticket, _ = await helpdesk.update(conversation.ticket_id, note, (), stamp)
        except Conflict:
            reading = await helpdesk.read(conversation.ticket_id, conversation.last_comment)
            if _is_there(reading, note.id):
                return ""
            if _a_human_has_it(reading, conversation) or _has_new_line(reading):
                raise Withheld(note.id) from None
            stamp = reading.ticket.updated_at
        else:
            return ticket.updated_at
    raise TemporaryFailure("the ticket keeps changing")


async def update_ticket(
    helpdesk: HelpDesk, conversation: Conversation, update: UpdateTicket, files: Sequence[bytes], facts: Facts
) -> Facts:
    """Carry out an update; return what the next one may rely on.

    The bot's own note goes with the stamp it was decided on: where a human took the ticket meanwhile they get the
    note and keep group, priority, status and assignee as they set them. What repeats a person's words, or only
    moves tags, is right whatever else changed.

    Args:
        facts: what delivery has learnt of the conversation.

    Raises:
        TemporaryFailure: the ticket keeps changing under us.
        RemoteError: as the port says.
    """
    decided_on = max(update.stamp, facts.stamp)
    if update.comment and not update.author and decided_on:
        return Facts.stamped(await _noted(helpdesk, conversation, update, files, decided_on))
    known = conversation.ticket.updated_at if conversation.ticket else ""
    newest = max(decided_on, facts.seen_stamp, known)
    # No stamp for a reply: what a human changed before this would be passed over by it.
    ticket = await write_once(helpdesk, conversation.ticket_id, update, files, newest)
    return Facts.saw_stamp(ticket.updated_at)


async def _noted(
    helpdesk: HelpDesk, conversation: Conversation, note: UpdateTicket, files: Sequence[bytes], stamp: str
) -> str:
    """Write the bot's own note; return the stamp the next update may rely on, empty for none."""
    ticket_id = conversation.ticket_id
    for _ in range(MOST_STAMPS):
        try:
            ticket, _ = await helpdesk.update(ticket_id, note, files, stamp)
        except Conflict:
            reading = await helpdesk.read(ticket_id, conversation.last_comment)
            stamp = reading.ticket.updated_at
            if _is_there(reading, note.id):
                return ""
            if _a_human_has_it(reading, conversation):
                await write_once(helpdesk, ticket_id, _note_of(note), files, stamp)
                return ""
        else:
            return ticket.updated_at
    raise TemporaryFailure("the ticket keeps changing")


async def write_once(
    helpdesk: HelpDesk, ticket_id: str, update: UpdateTicket, files: Sequence[bytes] = (), stamp: str = ""
) -> Ticket:
    """Write what is right whatever else changed on the ticket, unless it is there; return the ticket after it.

    Args:
        stamp: `updated_at` of the ticket when the update was certainly not there, empty where none is known.

    Raises:
        TemporaryFailure: the ticket keeps changing under us.
        RemoteError: as the port says.
    """
    for _ in range(MOST_STAMPS):
        if not stamp:
            # The stamp first: what comes between it and the look makes it too old.
            ticket = (await helpdesk.read(ticket_id, NO_COMMENTS)).ticket
            if (await helpdesk.find_update(ticket_id, update.id))[0]:
                return ticket
            stamp = ticket.updated_at
        try:
            return (await helpdesk.update(ticket_id, update, files, stamp))[0]
        except Conflict:
            stamp = ""
    raise TemporaryFailure("the ticket keeps changing")


def _a_human_has_it(reading: TicketReading, conversation: Conversation) -> bool:
    """A new public comment of theirs, or a new assignee; the one who gave it back may still be assigned."""
    staff_wrote = any(comment.public and comment.author.is_staff and is_said(comment) for comment in reading.comments)
    known = conversation.ticket.assignee_id if conversation.ticket else ""
    return staff_wrote or (reading.ticket.assigned_to_person and reading.ticket.assignee_id != known)


def _note_of(update: UpdateTicket) -> UpdateTicket:
    return replace(update, group="", priority="", status="", add_tags=(), remove_tags=(), unassign=False)


def _has_new_readers(reading: TicketReading, conversation: Conversation) -> bool:
    known = conversation.ticket.copied if conversation.ticket else ()
    return bool(set(reading.ticket.copied) - set(known))


def _draft_of(update: UpdateTicket, why: str) -> UpdateTicket:
    """Return the note that keeps an answer; it has an id of its own, for whoever looks for the answer has it not."""
    text = f"**Draft, not sent** ({why}):\n\n{update.comment}"
    return replace(update, id=f"{update.id}:kept", comment=text, public=False, status="", add_tags=(), remove_tags=())
