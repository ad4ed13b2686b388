"""Handles operators' commands: closing a conversation, handing it to people, retrying a turn that was given up."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.conversation import Move, Owner
from bot.domain.effects import Effect, UpdateTicket
from bot.domain.events import Author, HandOverOrdered, InboundMessage
from bot.domain.handoffs import HandoffRequest, Reason
from bot.turn.context import Batch, TurnInput, TurnResult
from bot.turn.handoff.escalation import release
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.request import Requester
from bot.turn.handoff.ticket_effects import ESCALATED_TAG, RESUME_TAG, TAG
from bot.turn.turn_context import Incoming, hand_over

CLOSED = "An operator has closed this conversation. If the customer writes, it goes on."
SEEN: Mapping[str, str] = {
    Reason.UNRESOLVED: "an operator saw in the console that the answers do not settle it",
    Reason.REPEATED: "an operator saw in the console that the customer asks the same again",
    Reason.UPSET: "an operator saw in the console that the customer's mood gets worse",
}
"""Why an operator hands over, as people read it in the note."""
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


async def ordered_to_hand_over(incoming: Incoming) -> TurnResult:
    """People take the conversation over; the customer hears of it as of any hand-over, once people have it.

    Where they have it already, or nobody answers there, nothing changes, however many have pressed.
    """
    order, conversation = incoming.only(HandOverOrdered), incoming.conversation
    if not conversation.can(Move.ESCALATE) or not conversation.requester:
        return TurnResult(conversation, 1, verdict="not handed over")
    author = Author(conversation.requester, conversation.requester_name)
    requester = Requester(author, await incoming.deps.directory.profile(replace(order, author=author)))
    request = HandoffRequest(SEEN.get(order.why, SEEN[Reason.UNRESOLVED]), rule=order.why)
    return hand_over(incoming.deps, incoming.waiting, Batch([order], requester), request, "operator")


async def ordered_to_close(incoming: Incoming) -> TurnResult:
    """Take an operator's order to close the conversation."""
    return close(incoming.waiting, incoming.first)
