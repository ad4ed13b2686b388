"""Schedules further looks at a ticket whose webhook came before there was anything to read.

Zendesk tells of a comment by webhook before its own lists have it: a look at once may find nothing, and no second
webhook comes.
"""

from bot.domain.capabilities import desk_origin
from bot.domain.events import Author, TicketHint
from bot.domain.facts import TicketLook
from bot.domain.ids import AuthorId, ConversationId

DEADLINE = "deadline"
"""The event of a hint by which a ticket is read before something follows from a deadline."""
CHANGED = "changed"
"""The event of a hint that the export of changed tickets led to, which leaves out the last minute itself."""
LOOK_AGAIN_SECONDS = (2.0, 10.0, 60.0)
"""Counted from the first look that found nothing."""


def at_of(look: TicketLook) -> float:
    """Return when the look is due, Unix seconds."""
    return look.since + LOOK_AGAIN_SECONDS[min(look.looks, len(LOOK_AGAIN_SECONDS) - 1)]


def hint_of(look: TicketLook, conversation: ConversationId) -> TicketHint:
    """Return the hint that leads to the look."""
    looks = min(look.looks, len(LOOK_AGAIN_SECONDS) - 1)
    desk = desk_origin()
    return TicketHint(
        id=f"hint:again:{look.ticket_id}:{look.since:.3f}:{looks}",
        conversation=conversation,
        author=Author(AuthorId(f"{desk}:again")),
        surface=desk,
        ticket_id=look.ticket_id,
        event=look.event,
        looks=looks + 1,
    )


def next_look(known: TicketLook | None, vain: TicketHint | None, now: float) -> TicketLook | None:
    """Return the look that follows one, None where it found what it was made for.

    Args:
        known: the look that was due, or is.
        vain: a hint that found nothing, None where every one of them did.
    """
    if vain is None:
        return None
    looks = vain.looks
    if known and not looks:
        return known
    if vain.event in {DEADLINE, CHANGED} or looks >= len(LOOK_AGAIN_SECONDS):
        return None
    return TicketLook(vain.ticket_id, known.since if known else now, looks, vain.event)
