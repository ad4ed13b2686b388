"""Builds the tickets that people answer, and what goes to them: the customer's words, in their name. Pure."""

from collections.abc import Sequence

from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import OpenTicket, Person, UpdateTicket
from bot.domain.events import File, InboundMessage
from bot.domain.ids import same_person
from bot.domain.tickets import Ticket
from bot.domain.transcript import Entry, Role
from bot.turn.handoff.request import Requester

TAG = "frontdesk"
ESCALATED_TAG = "frontdesk_escalated"
OFF_TAG = "frontdesk_off"
RESUME_TAG = "frontdesk_resume"
SUBJECT_CHARS = 80


def open_ticket(
    conversation: Conversation,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    cause: str,
    *,
    group: str,
    priority: str,
) -> OpenTicket:
    """Return the ticket of a Slack or `/chat` conversation: the customer's own words, in their name."""
    own = [
        entry.text for entry in history if entry.role is Role.USER and same_person(entry.author, requester.author.id)
    ]
    lines = [text for text in [*own, *[line.text for line in batch]] if text]
    return OpenTicket(
        id=f"{cause}:ticket",
        subject=_subject(lines),
        words="\n\n".join(lines) or "(no text)",
        requester=requester.person,
        group=group,
        priority=priority,
        tags=(TAG, ESCALATED_TAG, *channel_tags(conversation)),
        external_id=conversation.id,
        files=_files_of(conversation, requester.author.id, batch),
    )


def follow_up(conversation: Conversation, effect: UpdateTicket, target: Ticket | None) -> OpenTicket:
    """Return the ticket in which a person's words go on after `target` was closed; None when it was deleted.

    https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#creating-a-follow-up-ticket
    """
    return OpenTicket(
        id=effect.id,
        subject=target.subject if target and target.subject else _subject([effect.comment]),
        words=effect.comment,
        requester=effect.author or Person(external_id=conversation.requester),
        group=conversation.group,
        priority=(target.priority if target else conversation.priority) or "normal",
        tags=target.tags if target else (TAG, ESCALATED_TAG, *channel_tags(conversation)),
        external_id=conversation.id,
        files=effect.files,
        follows=target.id if target else "",
    )


def relay_to_ticket(
    conversation: Conversation, batch: Sequence[InboundMessage], requester: Requester, cause: str
) -> tuple[UpdateTicket, ...]:
    """Return the lines as one public comment of their author; nothing for lines from the ticket itself.

    Only the requester may be known to Zendesk by an address: another person who writes in the thread is a user of
    their own, who gets no mail of somebody else's ticket.
    """
    lines = [line for line in batch if not capabilities_of(line.surface).is_ticket]
    if not conversation.has_ticket or not lines:
        return ()

    files = _files_of(conversation, requester.author.id, lines)
    text = "\n\n".join(line.text for line in lines if line.text)
    if not text and not files:
        return ()
    comment = UpdateTicket(
        id=f"{cause}:relay",
        comment=text or "(file)",
        public=True,
        author=_person_on_ticket(conversation, requester),
        files=files,
        source=cause,
    )
    return (comment,)


def _person_on_ticket(conversation: Conversation, requester: Requester) -> Person:
    name = requester.person.name
    if not same_person(requester.author.id, conversation.requester):
        return Person(name=name, external_id=requester.author.id)
    if conversation.ticket and conversation.ticket.requester_id:
        # Whether their address is known may have changed since the ticket was opened; who they are there has not.
        return Person(name=name, id=conversation.ticket.requester_id)
    return requester.person


def channel_tags(conversation: Conversation) -> tuple[str, ...]:
    """Return the tag that says where a ticket's conversation takes place; none where that is the ticket itself."""
    return () if capabilities_of(conversation.id).is_ticket else (f"{TAG}_{conversation.id.origin}",)


def _subject(lines: Sequence[str]) -> str:
    first = " ".join((lines[0] if lines else "Conversation with a customer").split())
    return first if len(first) <= SUBJECT_CHARS else first[: SUBJECT_CHARS - 1].rstrip() + "…"


def _files_of(conversation: Conversation, author: str, batch: Sequence[InboundMessage]) -> tuple[File, ...]:
    """What came with the lines, and before it what their author sent while the bot answered."""
    before = [sent.file for sent in conversation.files if same_person(sent.author, author)]
    found = {file.id: file for file in (*before, *(file for line in batch for file in line.files))}
    return tuple(found.values())
