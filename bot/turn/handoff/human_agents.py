"""Turns what human agents do (comments, ticket fields, lines in the thread) into owner changes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.desk.policy.policy import Policy
from bot.domain.audit import AuditEvent
from bot.domain.capabilities import capabilities_of, desk_title
from bot.domain.conversation import Conversation, Move, Owner
from bot.domain.effects import Effect, Relay, Reply, UpdateTicket
from bot.domain.events import ChannelGone, ChannelMoved, InboundMessage, StaffComment, TicketDeleted, TicketUpdated
from bot.domain.tickets import Ticket
from bot.domain.transcript import Entry, Role
from bot.turn.agent.session import said_by_bot, said_by_customer, said_by_human
from bot.turn.handoff.escalation import release
from bot.turn.handoff.note import link_of
from bot.turn.handoff.request import Requester
from bot.turn.handoff.ticket_effects import ESCALATED_TAG, OFF_TAG, RESUME_TAG, open_ticket
from bot.turn.stages import edits
from bot.turn.texts import say

DONE = frozenset({"solved", "closed"})
DELETED = "deleted"
UNREACHABLE = (
    "**The customer cannot be reached in {channel}:** {why}. What is written here does not get there any more."
)
DOUBTED = (
    "The public comment above was **not** carried to the customer's {channel} thread: {desk} doubts that the sender "
    "wrote it. Please write it again while signed in."
)
GIVEN_BACK = "A human agent has settled this and given the conversation back."


@dataclass(frozen=True)
class OwnerChange:
    """The conversation after what people did, with the entry and the effects it leads to."""

    conversation: Conversation
    entries: tuple[Entry, ...] = ()
    effects: tuple[Effect, ...] = ()
    verdict: str = "people"
    events: tuple[AuditEvent, ...] = ()


def follow_ticket(conversation: Conversation, message: TicketUpdated) -> OwnerChange:
    """Apply the ticket's fields as last read: off and on, taken, given back, unassigned, merged."""
    if conversation.ticket_id not in {"", message.of or conversation.ticket_id}:
        return OwnerChange(conversation, verdict="late news")  # a follow-up has replaced that ticket meanwhile
    ticket = message.ticket
    after = _switched(_with_ticket(conversation, message), ticket)
    if after.owner is Owner.OFF:
        return OwnerChange(after, verdict="off")

    resume = RESUME_TAG in ticket.tags
    tags = _tags_off(ticket, message.id)
    if (resume or _is_newly_done(conversation, ticket)) and after.can(Move.RELEASE):
        released = replace(release(after), ours=after.ours or resume)
        return OwnerChange(released, (_given_back(message),), tags, "released")
    if resume:
        return OwnerChange(replace(after, ours=True), effects=tags)
    return OwnerChange(_reassigned(after, conversation.ticket, ticket))


def _with_ticket(conversation: Conversation, message: TicketUpdated) -> Conversation:
    """Return the conversation with its ticket as last read; what a newer version knew of it stays."""
    before = conversation.ticket
    ticket = message.ticket
    return replace(
        conversation,
        ticket=replace(ticket, more={**before.more, **ticket.more}) if before else ticket,
        last_comment=max(conversation.last_comment, message.last_comment),
        ticket_id=ticket.id,
    )


def _is_newly_done(conversation: Conversation, ticket: Ticket) -> bool:
    """Return whether people have settled it just now, or while the bot was switched off."""
    before = conversation.ticket
    was_done = before is not None and before.status in DONE
    return ticket.status in DONE and (not was_done or conversation.owner is Owner.OFF)


def ticket_gone(conversation: Conversation, message: TicketDeleted) -> OwnerChange:
    """The ticket was deleted, and nobody answers there any more.

    A conversation that began as a ticket is over with it, until it is restored. Elsewhere the bot is there again, and
    says so to whom people had promised an answer; the next escalation opens a ticket of its own.
    """
    if capabilities_of(conversation.id).is_ticket:
        ticket = replace(conversation.ticket, status=DELETED) if conversation.ticket else None
        return OwnerChange(replace(conversation, ticket=ticket, ours=False, promised_until=0.0), verdict="ticket gone")
    after = replace(conversation, ticket_id="", ticket=None)
    after = after.move(Move.SWITCH_ON) if after.owner is Owner.OFF else after
    if not after.can(Move.RELEASE):
        return OwnerChange(after, verdict="ticket gone")
    words = say("human.ticket_gone", conversation.spoken)
    back = Reply(f"{message.id}:back", words, after.specialist, recipient=conversation.requester, status="")
    entry = Entry(Role.ASSISTANT, words, message.at, after.specialist, items=(said_by_bot(words),))
    return OwnerChange(release(after), (entry,), (back,), "ticket gone")


def channel_moved(conversation: Conversation, message: ChannelMoved) -> OwnerChange:
    """The Slack channel has another id: the conversation goes on there."""
    return OwnerChange(replace(conversation, channel=message.channel), verdict="moved")


def channel_gone(conversation: Conversation, message: ChannelGone) -> OwnerChange:
    """Nothing can be said in the Slack channel any more.

    Whoever has the conversation hears of that on the ticket; where nobody has it, it is over until somebody writes.
    """
    if conversation.can(Move.IDLE):
        return OwnerChange(conversation.move(Move.IDLE), verdict="channel gone")
    if not (conversation.is_with_human and conversation.ticket_id):
        return OwnerChange(conversation, verdict="channel gone")
    note = UNREACHABLE.format(
        channel=capabilities_of(conversation.id).title, why=f"their channel was {message.why or 'closed'}"
    )
    told = UpdateTicket(id=f"{message.id}:note", comment=note, source=message.id)
    return OwnerChange(conversation, effects=(told,), verdict="channel gone")


def _tags_off(ticket: Ticket, cause: str) -> tuple[Effect, ...]:
    """Return the update that takes both tags off, nothing where there is nothing to take off or it is closed."""
    tags = tuple(tag for tag in (RESUME_TAG, ESCALATED_TAG) if tag in ticket.tags)
    if not tags or ticket.status == "closed":
        return ()
    return (UpdateTicket(id=f"{cause}:release", remove_tags=tags, source=cause),)


def _switched(conversation: Conversation, ticket: Ticket) -> Conversation:
    return _moved(conversation, Move.SWITCH_OFF if OFF_TAG in ticket.tags else Move.SWITCH_ON)


def _reassigned(conversation: Conversation, before: Ticket | None, ticket: Ticket) -> Conversation:
    was_assigned = before is not None and before.assigned_to_person
    if ticket.assigned_to_person:
        is_taken = not was_assigned and ticket.status not in DONE
        return _moved(conversation, Move.TAKE_OVER) if is_taken else conversation

    changed_group = before is not None and before.group_id != ticket.group_id
    return _moved(conversation, Move.UNASSIGN) if was_assigned or changed_group else conversation


def _moved(conversation: Conversation, move: Move) -> Conversation:
    """Return the conversation after the move, as it is where its owner has no such move."""
    return conversation.move(move) if conversation.can(move) else conversation


def relay_to_thread(conversation: Conversation, message: StaffComment) -> OwnerChange:
    """Staff answered on the ticket: they own the conversation, and the customer reads them where they wrote.

    A mail that Zendesk doubts is theirs is nobody's word: it takes nothing over and is not carried on.
    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
    """
    if message.flagged:
        return _doubted(conversation, message)
    after = replace(
        _moved(conversation, Move.TAKE_OVER),
        turns=conversation.turns + 1,
        last_comment=max(conversation.last_comment, message.comment),
    )
    relay = Relay(id=f"{message.id}:relay", text=message.text, name=message.author.name, files=message.files)
    effects = (relay,) if capabilities_of(conversation.id).relays_staff else ()
    return OwnerChange(after, _human_said(message), effects, "relayed")


def _doubted(conversation: Conversation, message: StaffComment) -> OwnerChange:
    after = replace(conversation, last_comment=max(conversation.last_comment, message.comment))
    doubted = DOUBTED.format(channel=capabilities_of(conversation.id).title, desk=desk_title())
    note = UpdateTicket(id=f"{message.id}:doubted", comment=doubted, source=message.id)
    effects = (note,) if capabilities_of(conversation.id).relays_staff else ()
    return OwnerChange(after, effects=effects, verdict="doubted")


def takeover_in_thread(
    conversation: Conversation,
    message: InboundMessage,
    requester: Requester,
    history: Sequence[Entry],
    policy: Policy,
    *,
    has_helpdesk: bool,
) -> OwnerChange:
    """A colleague wrote in the customer's thread: they own it now, and the ticket gets a copy."""
    after = replace(_moved(conversation, Move.TAKE_OVER), turns=conversation.turns + 1)
    effects: list[Effect] = []
    if has_helpdesk:
        after = replace(after, files=())
        if not conversation.ticket_id:
            effects.append(
                open_ticket(
                    conversation, requester, [], history, message.id, group=policy.default_group, priority="normal"
                )
            )
        place = capabilities_of(conversation.id).title
        copy = f"{message.author.name} (in {place}): {message.text}\n\n{link_of(conversation.address)}"
        effects.append(
            UpdateTicket(id=f"{message.id}:copy", comment=copy, public=True, files=message.files, source=message.id)
        )
    return OwnerChange(after, _human_said(message), tuple(effects), "taken over")


def line_changed(conversation: Conversation, line: InboundMessage, name: str) -> OwnerChange:
    """Somebody changed a line that people have: they read both in a note."""
    if not edits.was_changed(line):
        return OwnerChange(conversation, verdict="edited without a difference")
    item = said_by_customer(f"{edits.marked(line)}\n{line.text}")
    items = (item,) if isinstance(item, dict) else ()
    entry = Entry(Role.USER, f"[edited] {line.text}", line.at, "", line.author.id, name, items)
    return OwnerChange(conversation, (entry,), edits.change_told(conversation, line), "edit told")


def line_deleted(conversation: Conversation, line: InboundMessage) -> OwnerChange:
    """Somebody deleted a line that was taken in: people who have it are told, its answer is held back elsewhere."""
    with_people = conversation.is_with_human or conversation.before_off in {Owner.HUMAN, Owner.ESCALATED}
    effects = edits.deletion_told(conversation, line) if with_people else ()
    return OwnerChange(conversation, effects=effects, verdict="line deleted")


def _given_back(message: InboundMessage) -> Entry:
    """The model must know that a human has settled what was said until here: it answers what comes after."""
    return Entry(Role.HUMAN, GIVEN_BACK, message.at, "human", items=(said_by_bot(f"[{GIVEN_BACK}]"),))


def _human_said(message: InboundMessage) -> tuple[Entry, ...]:
    name = message.author.name or "A colleague"
    item = said_by_human(name, message.text)
    items = (item,) if isinstance(item, dict) else ()
    return (Entry(Role.HUMAN, message.text, message.at, "human", message.author.id, name, items),)
