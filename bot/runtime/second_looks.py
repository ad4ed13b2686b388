"""Schedules further looks at a ticket whose webhook came before there was anything to read.

Zendesk tells of a comment by webhook before its own lists have it: a look at once may find nothing, and no second
webhook comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.capabilities import desk_origin
from bot.domain.events import Author, TicketHint
from bot.domain.ids import AuthorId, ConversationId

AGAIN = "again"
"""The fact of a conversation in which the next look stands."""
DEADLINE = "deadline"
"""The event of a hint by which a ticket is read before something follows from a deadline."""
CHANGED = "changed"
"""The event of a hint that the export of changed tickets led to, which leaves out the last minute itself."""
LOOK_AGAIN_SECONDS = (2.0, 10.0, 60.0)
"""Counted from the first look that found nothing."""


@dataclass(frozen=True)
class Again:
    """The next look.

    Args:
        since: Unix seconds of the first look, which found nothing.
        looks: how many have followed it.
        event: what the hint told of.
    """

    ticket_id: str
    since: float
    looks: int
    event: str

    @property
    def at(self) -> float:
        """Unix seconds of the next look."""
        return self.since + LOOK_AGAIN_SECONDS[self.looks]

    def dump(self) -> str:
        """Return it as text."""
        return f"{self.ticket_id} {self.since:.3f} {self.looks} {self.event}"

    def hint(self, conversation: ConversationId) -> TicketHint:
        """Return the hint that leads to the look."""
        name = f"hint:again:{self.ticket_id}:{self.since:.3f}:{self.looks}"
        desk = desk_origin()
        author = Author(AuthorId(f"{desk}:again"))
        return TicketHint(
            id=name,
            conversation=conversation,
            author=author,
            surface=desk,
            ticket_id=self.ticket_id,
            event=self.event,
            looks=self.looks + 1,
        )


def again_of(facts: Mapping[str, str]) -> Again | None:
    """Return the next look, None where none is due."""
    parts = facts.get(AGAIN, "").split(" ", 3)
    if len(parts) < 4:
        return None
    return Again(parts[0], float(parts[1]), min(int(parts[2]), len(LOOK_AGAIN_SECONDS) - 1), parts[3])


def next_look(known: Again | None, vain: TicketHint | None, now: float) -> Again | None:
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
    return Again(vain.ticket_id, known.since if known else now, looks, vain.event)
