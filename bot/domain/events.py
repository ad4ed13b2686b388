"""What arrives, one type for each kind of event: a customer's words, a human agent's comment, a click, …"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never, cast

from bot.domain.ids import UNSAID, AuthorId, ConversationId, MessageRef, Origin
from bot.domain.tickets import Ticket


@dataclass(frozen=True)
class Author:
    """Who wrote a message.

    Args:
        id: stable across messages: `slack:TEAM:USER`, `zendesk:USER`, `chat:KEY:CUSTOMER`.
        name: as people see it; may be empty when the event does not carry it.
        more: fields of a newer version, kept as they were read.
    """

    id: AuthorId
    name: str = ""
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class File:
    """A file that travels with a message; its bytes stay with the vendor until delivery.

    Args:
        size: bytes, 0 when the vendor did not say.
        url: download address at the vendor; empty when it must be asked for by `id`.
        link: where people open it, empty when that is not known.
        is_elsewhere: whether the vendor has but the link: a document of another service.
        more: fields of a newer version, kept as they were read.
    """

    id: str
    name: str
    url: str = ""
    mime: str = "application/octet-stream"
    size: int = 0
    link: str = ""
    is_elsewhere: bool = False
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_known(self) -> bool:
        """Whether more than its id is known."""
        return bool(self.url) or self.is_elsewhere


@dataclass(frozen=True)
class Sent:
    """A file that waits in a conversation for the ticket it may become.

    Args:
        author: who sent it.
        at: Unix seconds, 0 where a version before did not say.
    """

    author: AuthorId
    file: File
    at: float = 0.0


@dataclass(frozen=True)
class InboundMessage:
    """What everything has that arrives for one conversation; what arrives is one of `Event`.

    Args:
        id: the vendor's id of the message; a second delivery with the same id is dropped.
        at: when the vendor says it was written, Unix seconds.
        retried: the dead letter that an operator had taken again, empty for none.
        more: fields of a newer version, kept as they were read.
    """

    id: str
    conversation: ConversationId
    author: Author
    text: str = ""
    at: float = 0.0
    surface: Origin = UNSAID
    files: tuple[File, ...] = ()
    retried: str = field(default="", kw_only=True)
    more: Mapping[str, Any] = field(default_factory=dict, compare=False, kw_only=True)

    @property
    def is_by_machine(self) -> bool:
        """Whether it came in a customer's name without anybody having said it."""
        return isinstance(self, CustomerMessage) and bool(self.machine)

    @property
    def is_said_by_customer(self) -> bool:
        """Whether a customer said it, and may wait for an answer."""
        return isinstance(self, CustomerMessage) and not self.machine

    @property
    def is_flagged(self) -> bool:
        """Whether Zendesk doubts who wrote it."""
        return isinstance(self, WrittenWords) and self.flagged

    @property
    def is_edit(self) -> bool:
        """Whether it is the new text of a line that was taken in before."""
        return isinstance(self, CustomerMessage) and self.edited

    @property
    def is_above(self) -> bool:
        """Whether it stood in the thread before the bot was called, and waits in no inbox."""
        return isinstance(self, CustomerMessage) and self.above

    @property
    def line_ts(self) -> str:
        """Slack's timestamp of the line, or of the message that was clicked; empty elsewhere."""
        return self.ts if isinstance(self, CustomerMessage | ButtonClicked | LineDeleted) else ""

    @property
    def ticket_stamp(self) -> str:
        """`updated_at` of the ticket it was read from, empty elsewhere."""
        return self.stamp if isinstance(self, WrittenWords | DraftDecided) else ""

    @property
    def comment_id(self) -> int:
        """The Zendesk comment that it is, 0 for none."""
        return self.comment if isinstance(self, WrittenWords) else 0


@dataclass(frozen=True, kw_only=True)
class WrittenWords(InboundMessage):
    """Somebody's words.

    Args:
        comment: the Zendesk comment's id, 0 elsewhere.
        stamp: `updated_at` of the ticket as the comment was read.
        email: the author's address, as Zendesk has it.
        verified: whether Zendesk vouches for the address.
        flagged: whether Zendesk doubts who wrote it.
        machine: what wrote it in the author's name, empty for a person.
        passed_on: a mail that the author forwards: nobody's own word.
    """

    comment: int = 0
    stamp: str = ""
    email: str = ""
    verified: bool = False
    flagged: bool = False
    machine: str = ""
    passed_on: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerMessage(WrittenWords):
    """A customer's words.

    Args:
        ts: the line in Slack, empty elsewhere.
        place: the kind of Slack channel, as the event names it; empty where it does not.
        shared: whether other companies' workspaces read the Slack channel (Connect), None where nobody said.
        previous: the same person's conversation before this one.
        edited: whether it is the new text of a line that was taken in before.
        before: what that line said, empty where nobody knows.
        above: whether it stood in the thread before the bot was called.
        customer_id: whom a `/chat` key vouches for.
        disclosed: whether the line above it, of ours, has said that an AI assistant writes.
    """

    ts: str = ""
    place: str = ""
    shared: bool | None = None
    previous: str = ""
    edited: bool = False
    before: str = ""
    above: bool = False
    customer_id: str = ""
    disclosed: bool = False


@dataclass(frozen=True, kw_only=True)
class StaffComment(WrittenWords):
    """A human agent's public words."""


@dataclass(frozen=True, kw_only=True)
class TicketUpdated(InboundMessage):
    """The ticket's fields as last read.

    Args:
        of: id of the ticket that was looked at, which may have been merged into this one; empty where it is this one.
        last_comment: the newest comment that was read.
    """

    ticket: Ticket
    of: str = ""
    last_comment: int = 0


@dataclass(frozen=True, kw_only=True)
class TicketDeleted(InboundMessage):
    """The ticket is not there any more."""

    ticket_id: str


@dataclass(frozen=True, kw_only=True)
class TicketHint(InboundMessage):
    """ "Look at this ticket"; the worker reads it, and puts what it finds in the place of the hint.

    Args:
        event: what the hint tells of, in Zendesk's or our own words.
        looks: how many looks before this one found nothing.
    """

    ticket_id: str
    event: str = ""
    looks: int = 0


@dataclass(frozen=True, kw_only=True)
class ButtonClicked(InboundMessage):
    """Somebody pressed a button, or set a tag that stands for one.

    Args:
        value: what it is about, opaque.
        channel: the Slack channel of the message with the button; `ts` is the message.
        staff: whether Zendesk knows who set the tag as a human agent.
        email: their address there.
    """

    action: str = ""
    value: str = ""
    channel: str = ""
    ts: str = ""
    staff: bool = False
    email: str = ""

    @property
    def message(self) -> MessageRef:
        """The Slack message with the button."""
        return MessageRef.of(self.channel, self.ts)


@dataclass(frozen=True, kw_only=True)
class DraftDecided(InboundMessage):
    """A human agent decided on a draft, on its card or by a tag; `text` is what is sent instead, empty for itself.

    Args:
        draft: its id; empty for a tag that was set while none was open, which decides on none.
        action: `send` or `discard`.
        channel: the colleagues' channel with the card, empty for a tag.
        ts: the card.
        staff: whether the help desk knows who set the tag as a human agent.
        stamp: `updated_at` of the ticket on which it was decided.
        answer_at: where whoever pressed the button can be told something, and nobody else; empty for nowhere.
    """

    draft: str = ""
    action: str = ""
    channel: str = ""
    ts: str = ""
    staff: bool = False
    stamp: str = ""
    answer_at: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class LineDeleted(InboundMessage):
    """A line that was taken in is gone; `text` is what it said.

    Args:
        ts: the line in Slack.
    """

    ts: str = ""


@dataclass(frozen=True, kw_only=True)
class ChannelMoved(InboundMessage):
    """The Slack channel has another id."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class ChannelGone(InboundMessage):
    """Nothing can be said in the Slack channel any more.

    Args:
        why: in words that people read.
    """

    why: str = ""


@dataclass(frozen=True, kw_only=True)
class CloseOrdered(InboundMessage):
    """An operator, or the customer, has the conversation closed."""


@dataclass(frozen=True, kw_only=True)
class HandOverOrdered(InboundMessage):
    """An operator has people take the conversation over.

    Args:
        why: what they saw, a `Reason`.
    """

    why: str = ""


@dataclass(frozen=True, kw_only=True)
class StopPressed(InboundMessage):
    """The customer pressed Slack's stop button."""


Event = (
    CustomerMessage
    | StaffComment
    | TicketUpdated
    | TicketDeleted
    | TicketHint
    | ButtonClicked
    | DraftDecided
    | LineDeleted
    | ChannelMoved
    | ChannelGone
    | CloseOrdered
    | HandOverOrdered
    | StopPressed
)
"""Whatever can arrive: what is stored of each is in `store/codec.py`, what follows from it in `turn/turn.py`."""

GROUP_DM = "mpim"
"""A line's `place` in a direct message of several people."""


def kind_of(event: InboundMessage) -> str:
    """Return the event's name as the store and the audit know it; a new event without one fails mypy here."""
    known = cast("Event", event)
    match known:
        case CustomerMessage():
            return "customer"
        case StaffComment():
            return "staff"
        case TicketUpdated() | TicketDeleted():
            return "ticket"
        case TicketHint():
            return "hint"
        case ButtonClicked() | DraftDecided():
            return _kind_of_decision(known)
        case LineDeleted():
            return "deleted"
        case ChannelMoved() | ChannelGone():
            return "place"
        case CloseOrdered() | HandOverOrdered():
            return _kind_of_order(known)
        case StopPressed():
            return "stop"
        case _:
            assert_never(known)


def _kind_of_order(event: CloseOrdered | HandOverOrdered) -> str:
    return "hand_over" if isinstance(event, HandOverOrdered) else "close"


def _kind_of_decision(event: ButtonClicked | DraftDecided) -> str:
    return "draft" if isinstance(event, DraftDecided) else "click"
