"""Handles operators' commands: closing a conversation, retrying a turn that was given up. Pure."""

from dataclasses import replace

from bot.domain.conversation import Move, Owner
from bot.domain.effects import Effect, UpdateTicket
from bot.domain.events import InboundMessage
from bot.turn.context import TurnInput, TurnResult
from bot.turn.handoff.escalation import release
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.ticket_effects import ESCALATED_TAG, RESUME_TAG, TAG
from bot.turn.turn_context import Incoming

CLOSED = "An operator has closed this conversation. If the customer writes, it goes on."
TAKEN_AGAIN = "An operator has had the failed answer tried again: Frontdesk answers from here on."


def close(waiting: TurnInput, order: InboundMessage) -> TurnResult:
    """Close a conversation that no human has; its ticket is solved. It goes on when the customer writes."""
    before = waiting.conversation
    conversation = release(before) if before.owner is Owner.ESCALATED else before
    ticket = conversation.ticket
    if not conversation.can(Move.IDLE) or (ticket and ticket.assigned_to_person):
        return TurnResult(before, 1, verdict="not closed")
    is_open = bool(conversation.ticket_id) and not (ticket and ticket.status in DONE)
    solved = UpdateTicket(
        f"{order.id}:solved",
        comment=CLOSED,
        status="solved",
        add_tags=(TAG,),
        remove_tags=(RESUME_TAG, ESCALATED_TAG),
        source=order.id,
        stamp=ticket.updated_at if ticket else "",
    )
    return TurnResult(
        conversation.move(Move.IDLE), 1, effects=(solved,) if is_open else (), verdict="closed by operator"
    )


def taken_again(waiting: TurnInput, line: InboundMessage) -> tuple[TurnInput, tuple[Effect, ...]] | None:
    """Return the conversation in which a line that was given up is answered after all; None where people have it.

    Its failure had brought people, and while none of them has taken it the operator's word takes it back.
    """
    conversation = waiting.conversation
    if conversation.owner in {Owner.BOT, Owner.IDLE_CLOSED}:
        return waiting, ()
    if conversation.owner is not Owner.ESCALATED:
        return None
    note = UpdateTicket(
        f"dead:{line.retried}:release",
        comment=TAKEN_AGAIN,
        remove_tags=(RESUME_TAG, ESCALATED_TAG),
        source=line.id,
    )
    after = replace(waiting, conversation=release(conversation))
    return after, (note,) if conversation.ticket_id else ()


async def ordered_to_close(incoming: Incoming) -> TurnResult:
    """Take an operator's order to close the conversation."""
    return close(incoming.waiting, incoming.first)
