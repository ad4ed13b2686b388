"""What a channel can do: the rest of the bot asks this instead of the channel's name.

Each connector declares its own (`integrations/NAME/connector.py`), before anything is read or taken in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.ids import AuthorId, Origin


@dataclass(frozen=True)
class Capabilities:
    """What can be done where a conversation began; without any, answers are written there and that is all.

    Args:
        title: what people call it, empty where it is nobody else's.
        is_ticket: the conversation is a ticket: it is answered by a comment, people read it anyway, and its fields say
            who has it. Elsewhere a ticket is opened when people are asked for.
        waits_for_answer: who wrote waits for the answer in the same request; nothing can be written later.
        relays_staff: what a human agent writes on the ticket is written here too.
        has_threads: several people may write in a conversation and read it: who reads along is asked, a colleague
            takes over by writing, and the thread may have begun before the bot came. Ids are `NAME:TEAM:CHANNEL:TS`.
        direct_messages: a question can go on where nobody else reads.
        buttons: an answer can have buttons.
        edits: what was written can be changed and deleted afterwards, by us and by customers.
        seats_colleagues: colleagues have a channel here in which they are asked and told.
        clock_resolution: of the times that messages carry, in seconds; 0 for as fine as ours.
        link: returns where people read a conversation, by its address.
    """

    title: str = ""
    is_ticket: bool = False
    waits_for_answer: bool = False
    relays_staff: bool = False
    has_threads: bool = False
    direct_messages: bool = False
    buttons: bool = False
    edits: bool = False
    seats_colleagues: bool = False
    clock_resolution: float = 0.0
    link: Callable[[str], str] = str


class UnknownOrigin(ValueError):
    """Nobody declares what can be done where this began: a connector is missing, or the id is none."""


_declared: dict[str, Capabilities] = {}


def declare(table: Mapping[Origin, Capabilities]) -> None:
    """Let everybody know what can be done where conversations begin; what was declared before is forgotten.

    Where one of several is asked for (the help desk, the channel of colleagues), it is the first.
    """
    _declared.clear()
    _declared.update({origin.value: what for origin, what in table.items()})


def capabilities_of(name: str) -> Capabilities:
    """Return what can be done there.

    Args:
        name: an origin, or the id of a conversation.

    Raises:
        UnknownOrigin: no connector declares it.
    """
    origin = name.partition(":")[0]
    try:
        return _declared[origin]
    except KeyError:
        raise UnknownOrigin(f"no connector declares what can be done in {origin!r} conversations") from None


def capabilities_beside(author_id: str) -> Capabilities:
    """Return what can be done where an author is known, nothing for those who are known nowhere."""
    return _declared.get(AuthorId(author_id).origin or "", Capabilities())


def desk_user(author_id: str) -> str:
    """Return the help desk's own id of an author, empty for those whom it does not know by one."""
    return AuthorId(author_id).user if capabilities_beside(author_id).is_ticket else ""


def desk_origin() -> Origin:
    """Return where the help desk's news come from.

    Raises:
        UnknownOrigin: no connector declares tickets.
    """
    origin = _first(lambda what: what.is_ticket)
    if origin is None:
        raise UnknownOrigin("no connector declares tickets")
    return origin


def desk_title() -> str:
    """Return what people call the help desk."""
    return next((what.title for what in _declared.values() if what.is_ticket), "the help desk")


def colleagues_origin() -> Origin | None:
    """Return where colleagues have a channel, None where no connector declares one."""
    return _first(lambda what: what.seats_colleagues)


def _first(has: Callable[[Capabilities], bool]) -> Origin | None:
    return next((Origin(origin) for origin, what in _declared.items() if has(what)), None)
