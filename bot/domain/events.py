"""What arrives: one shape for a Slack line, a Zendesk comment, a `/chat` post and a button click."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.ids import AuthorId, ConversationId, Origin


class Kind(StrEnum):
    """What a message asks the turn to do."""

    CUSTOMER = "customer"  # a customer's words
    STAFF = "staff"  # a human agent's public words
    TICKET = "ticket"  # the ticket's fields as last read (status, tags, assignee, group)
    HINT = "hint"  # "look at this ticket"; the worker turns it into the kinds above
    CLICK = "click"  # a button or a menu
    PLACE = "place"  # what became of the Slack channel: another id, or gone
    CLOSE = "close"  # an operator closes the conversation
    STOP = "stop"  # the customer pressed Slack's stop button
    DELETED = "deleted"  # a line that was taken in is gone


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
    """

    author: AuthorId
    file: File


@dataclass(frozen=True)
class InboundMessage:
    """One thing that arrived for one conversation.

    Args:
        id: the vendor's id of the message; a second delivery with the same id is dropped.
        conversation: `slack:TEAM:CHANNEL:THREAD_TS`, `zendesk:TICKET` or `chat:KEY:SESSION`.
        at: when the vendor says it was written, Unix seconds.
        data: small extras by kind (a click's `action` and `value`, a ticket's fields, a line's `ts`, what `machine`
            wrote it).
        more: fields of a newer version, kept as they were read.
    """

    id: str
    conversation: ConversationId
    kind: Kind
    author: Author
    text: str = ""
    at: float = 0.0
    surface: Origin = Origin.SLACK
    files: tuple[File, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_by_machine(self) -> bool:
        """Whether it came in a customer's name without anybody having said it."""
        return bool(self.data.get("machine"))

    @property
    def is_said_by_customer(self) -> bool:
        """Whether a customer said it, and may wait for an answer."""
        return self.kind is Kind.CUSTOMER and not self.is_by_machine


NOT_SHARED, SHARED = "no", "yes"
"""What a Slack line's `data["shared"]` says of its channel: whether other companies' workspaces read it (Connect)."""
GROUP_DM = "mpim"
"""What `data["place"]` says where a line was written in a direct message of several people."""
