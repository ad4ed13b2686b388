"""A third channel and a help desk of our own, in memory: what a new vendor's folder holds, and not a line more.

The one line that a test cannot write is the member of `Origin`: `new_origin` stands for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.domain.capabilities import Capabilities
from bot.domain.conversation import Conversation
from bot.domain.effects import Relay, Reply
from bot.domain.events import Author, CustomerMessage, TicketHint
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.ports import Profile
from bot.domain.ports.plain_channel import PlainChannel
from bot.runtime.connectors import Connector, Core, Side, Surroundings
from tests.doubles.account import Account
from tests.doubles.help_desk import InMemoryHelpDesk


@contextmanager
def new_origin(name: str) -> Iterator[Origin]:
    """Do what the line `NAME = "name"` in `Origin` does, while the body runs."""
    member = str.__new__(Origin, name)
    member._name_, member._value_ = name.upper(), name
    Origin._member_names_.append(member._name_)
    Origin._member_map_[member._name_] = member
    Origin._value2member_map_[name] = member
    try:
        yield member
    finally:
        Origin._member_names_.remove(member._name_)
        del Origin._member_map_[member._name_], Origin._value2member_map_[name]


@dataclass(frozen=True)
class Line:
    """What stands in a room of the toy channel.

    Args:
        effect_id: the effect of ours that wrote it, empty for a customer's line.
    """

    room: str
    name: str
    text: str
    effect_id: str = ""


@dataclass
class Rooms:
    """What customers see: lines, by the room they stand in."""

    lines: list[Line] = field(default_factory=list)

    def read(self, room: str) -> list[str]:
        """Return what was said in a room by others than its customer."""
        return [f"{line.name}: {line.text}" for line in self.lines if line.room == room and line.effect_id]


class ToyChannel(PlainChannel):
    """Writes answers, and what human agents say; finds again what it wrote."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def reply(self, conversation: Conversation, effect: Reply) -> str:
        """Write the answer."""
        return self._write(conversation, Line(conversation.id.partition(":")[2], "bot", effect.text, effect.id))

    async def relay(self, conversation: Conversation, effect: Relay, files: Sequence[bytes]) -> str:
        """Write what a human agent says, under their name."""
        return self._write(conversation, Line(conversation.id.partition(":")[2], effect.name, effect.text, effect.id))

    async def find(self, conversation: Conversation, effect_id: str, since: float) -> str:
        """Return the line that an effect wrote."""
        found = [place for place, line in enumerate(self._rooms.lines) if line.effect_id == effect_id]
        return str(found[0]) if found else ""

    async def profile(self, author_id: str) -> Profile:
        """Return who a customer is: the rooms have seen to it that the address is theirs."""
        name = author_id.rpartition(":")[2].replace(".", " ").title()
        return Profile(AuthorId(author_id), name, f"{author_id.rpartition(':')[2]}@example.com", verified=True)

    def _write(self, _conversation: Conversation, line: Line) -> str:
        self._rooms.lines.append(line)
        return str(len(self._rooms.lines) - 1)


class ToySide(Side):
    """The rooms, connected."""

    def __init__(self, rooms: Rooms, origin: Origin) -> None:
        self.channel = ToyChannel(rooms)
        self._rooms = rooms
        self._origin = origin

    async def hear(self, core: Core, room: str, text: str) -> None:
        """Take in what a customer writes, as a vendor's delivery is taken in: stored before it is acknowledged."""
        self._rooms.lines.append(Line(room, room, text))
        message = CustomerMessage(
            id=f"{self._origin}:{len(self._rooms.lines)}",
            conversation=ConversationId(f"{self._origin}:{room}"),
            author=Author(AuthorId(f"{self._origin}:{room}"), room.title()),
            text=text,
            at=core.clock.now(),
            surface=self._origin,
        )
        await core.inbox.accept(message)


class MemoryDeskSide(Side):
    """A help desk in memory, connected."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.helpdesk = InMemoryHelpDesk(account)

    @property
    def address(self) -> str:
        """Where the account is."""
        return "memory"

    async def tell(self, core: Core, ticket_id: str, news: str) -> None:
        """Take in that a ticket has changed, as a webhook would say it: a hint, under an id of its own."""
        linked = await core.conversations.conversation_of(ticket_id)
        hint = TicketHint(
            id=f"hint:{news}",
            conversation=ConversationId(linked or f"{Origin.ZENDESK}:{ticket_id}"),
            author=Author(AuthorId(f"{Origin.ZENDESK}:webhook")),
            surface=Origin.ZENDESK,
            ticket_id=ticket_id,
            event="changed",
        )
        requester = self._account.record(ticket_id).requester_id
        await core.inbox.accept(hint, writer=AuthorId(f"{Origin.ZENDESK}:{requester}"))


@dataclass(frozen=True)
class NoValues:
    """Nothing is needed of the settings."""


def toy_connector(rooms: Rooms, origin: Origin) -> Connector[NoValues]:
    """Return the connector of the rooms: what `integrations/toy/connector.py` would end with."""
    can = Capabilities(title="Toy", relays_staff=True)
    return Connector(origin, can, NoValues, _opening(lambda: ToySide(rooms, origin)))


def desk_connector(account: Account) -> Connector[NoValues]:
    """Return the connector of the help desk."""
    can = Capabilities(title="Memory", is_ticket=True)
    return Connector(Origin.ZENDESK, can, NoValues, _opening(lambda: MemoryDeskSide(account)))


def _opening(side: Callable[[], Side]) -> Callable[[NoValues, Surroundings], Side]:
    return lambda _values, _around: side()
