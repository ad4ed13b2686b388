"""What arrives: one shape for a Slack line, a Zendesk comment, a `/chat` post and a button click."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    """Where a message was written, and the first part of every conversation id."""

    SLACK = "slack"
    ZENDESK = "zendesk"
    CHAT = "chat"


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

    id: str
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
        author: author id of who sent it.
    """

    author: str
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
    conversation: str
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


@dataclass(frozen=True)
class SlackThread:
    """The Slack side of a conversation, spelled out of its id."""

    team: str
    channel: str
    ts: str

    @property
    def is_direct(self) -> bool:
        """Whether the thread is in a DM with the bot (Slack's channel ids begin with D)."""
        return self.channel.startswith("D")


def person_of(author_id: str) -> str:
    """Return what an author id says of the person alone: in Slack the user, without a workspace.

    Slack's events name the workspace of one and the same person in several ways, or not at all; inside a conversation
    the user's id tells people apart.
    """
    surface, _, rest = author_id.partition(":")
    return f"{surface}:{rest.rpartition(':')[2]}" if surface == Origin.SLACK else author_id


def same_person(one: str, other: str) -> bool:
    """Return whether two author ids of one conversation mean the same person."""
    return person_of(one) == person_of(other)


def origin_of(conversation: str) -> Origin:
    """Return the surface a conversation began on.

    Raises:
        ValueError: the id has an unknown first part.
    """
    return Origin(conversation.partition(":")[0])


def slack_thread(conversation: str) -> SlackThread:
    """Return the thread that a `slack:…` conversation id names.

    Raises:
        ValueError: the id is not a Slack conversation's.
    """
    surface, team, channel, ts = conversation.split(":")
    if surface != Origin.SLACK:
        raise ValueError(f"not a Slack conversation: {surface}")
    return SlackThread(team, channel, ts)


def slack_conversation(team: str, channel: str, thread_ts: str) -> str:
    """Return the conversation id of a Slack thread."""
    return f"{Origin.SLACK}:{team}:{channel}:{thread_ts}"


def zendesk_conversation(ticket_id: str | int) -> str:
    """Return the conversation id of a ticket that did not begin elsewhere."""
    return f"{Origin.ZENDESK}:{ticket_id}"


TERMINAL = ".terminal"
"""The key under which `frontdesk chat` talks: its process alone works on its conversation."""


def is_at_terminal(conversation: str) -> bool:
    """Return whether the conversation is one of `frontdesk chat`."""
    return conversation.startswith(f"{Origin.CHAT}:{TERMINAL}:")


def chat_conversation(key_name: str, session_id: str) -> str:
    """Return the conversation id of a `/chat` session."""
    return f"{Origin.CHAT}:{key_name}:{session_id}"
