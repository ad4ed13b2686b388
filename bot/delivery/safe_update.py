"""Writes comments to a ticket with `safe_update`: where a human changed it meanwhile, the human wins.

Every reply is sent with the stamp of the ticket it was decided on. When Zendesk says that the ticket changed, what
changed decides: our own reply is there already → adopt; a human took it, or a stranger came into copy → the reply
becomes an internal draft; the customer wrote more → the reply is withheld and the next turn answers both; anything else
(a trigger) → new stamp.
https://developer.zendesk.com/documentation/ticketing/managing-tickets/creating-and-updating-tickets/
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Reply, UpdateTicket
from bot.domain.errors import Conflict, TemporaryFailure
from bot.domain.ports import HelpDesk, TicketReading
from bot.mail.comments import is_said
from bot.turn.handoff.ticket_effects import ESCALATED_TAG

TAG = "frontdesk"
MOST_STAMPS = 3
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
                await helpdesk.update(ticket_id, note, ())
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
    helpdesk: HelpDesk, conversation: Conversation, update: UpdateTicket, files: Sequence[bytes], stamp: str
) -> str:
    """Carry out an update; return the stamp the next one may rely on, empty for none.

    The bot's own note goes with the stamp it was decided on: where a human took the ticket meanwhile they get the
    note and keep group, priority, status and assignee as they set them. What repeats a person's words, or only
    moves tags, is right whatever else changed.

    Raises:
        TemporaryFailure: the ticket keeps changing under us.
        RemoteError: as the port says.
    """
    ticket_id = conversation.ticket_id
    if not update.comment or update.author or not stamp:
        await helpdesk.update(ticket_id, update, files)
        return ""
    for _ in range(MOST_STAMPS):
        try:
            ticket, _ = await helpdesk.update(ticket_id, update, files, stamp)
        except Conflict:
            reading = await helpdesk.read(ticket_id, conversation.last_comment)
            if _is_there(reading, update.id):
                return ""
            if _a_human_has_it(reading, conversation):
                await helpdesk.update(ticket_id, _note_of(update), files)
                return ""
            stamp = reading.ticket.updated_at
        else:
            return ticket.updated_at
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
