"""Ids of conversations, people and Slack messages: text that is a key everywhere, and knows its own parts.

An id is made once, where something arrives or is read from the store. No other module puts one together or takes it
apart.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Origin(StrEnum):
    """Where a message was written, and the first part of every conversation id."""

    SLACK = "slack"
    ZENDESK = "zendesk"
    CHAT = "chat"


TICKETS, THREADS = Origin.ZENDESK, Origin.SLACK
"""Where conversations are tickets, of a group and a brand; and where they are threads in channels."""
UNSAID = Origin.SLACK
"""Where a message was written that does not say so: stored ones left the first channel out."""
_ORIGINS = {str(origin): origin for origin in Origin}

TERMINAL = ".terminal"
"""The key under which `frontdesk chat` talks: its process alone works on its conversation."""
EVAL = ".eval"
"""The key under which a desk's cases are played."""


@dataclass(frozen=True)
class Thread:
    """A thread in a channel of a workspace."""

    team: str
    channel: str
    ts: str

    @property
    def is_direct(self) -> bool:
        """Whether the thread is in a DM with the bot (Slack's channel ids begin with D)."""
        return self.channel.startswith("D")


class ConversationId(str):
    """`slack:TEAM:CHANNEL:THREAD_TS`, `zendesk:TICKET` or `chat:KEY:SESSION`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "ConversationId | None":
        """Return the id in a text, None where it is none that this version knows."""
        first, colon, _ = text.partition(":")
        return cls(text) if colon and first in _ORIGINS else None

    @classmethod
    def in_slack(cls, team: str, channel: str, thread_ts: str) -> "ConversationId":
        """Return the id of a Slack thread's conversation."""
        return cls(f"{Origin.SLACK}:{team}:{channel}:{thread_ts}")

    @classmethod
    def in_thread(cls, origin: Origin, team: str, channel: str, ts: str) -> "ConversationId":
        """Return the id of a thread's conversation; `*` for any, and empty for none, where it is no whole id."""
        return cls(f"{origin}:{team}:{channel}:{ts}")

    @classmethod
    def of_ticket(cls, ticket_id: str | int, origin: Origin = Origin.ZENDESK) -> "ConversationId":
        """Return the id of a conversation that began as a ticket."""
        return cls(f"{origin}:{ticket_id}")

    @classmethod
    def of_chat(cls, key_name: str, session_id: str) -> "ConversationId":
        """Return the id of a `/chat` session's conversation."""
        return cls(f"{Origin.CHAT}:{key_name}:{session_id}")

    @property
    def origin(self) -> Origin:
        """Where the conversation began.

        Raises:
            ValueError: the first part is unknown: the id is of a newer version, or none.
        """
        return Origin(self.partition(":")[0])

    @property
    def began_in(self) -> str:
        """The first part: where the conversation began, also where only a newer version knows it."""
        return self.partition(":")[0]

    @property
    def place(self) -> str:
        """What it shares with others: a Slack channel or direct message, a `/chat` key; all tickets are one."""
        return self.rpartition(":")[0] or str(self)

    @property
    def session(self) -> str:
        """How a `/chat` key calls it, empty for what is none of `/chat`."""
        return self.rpartition(":")[2] if self.began_in == Origin.CHAT else ""

    @property
    def is_in_thread(self) -> bool:
        """Whether the id names a thread in a workspace."""
        return self.count(":") == 3

    @property
    def thread(self) -> Thread:
        """The thread that the id names.

        Raises:
            ValueError: the conversation did not begin in one.
        """
        if not self.is_in_thread:
            raise ValueError(f"not a thread's conversation: {self.partition(':')[0]}")
        return Thread(*self.split(":")[1:])

    def moved_to(self, channel: str) -> "ConversationId":
        """Return the id that the same thread would have in another channel."""
        return self.beside(channel, self.thread.ts)

    def beside(self, channel: str, ts: str) -> "ConversationId":
        """Return the id of another thread in the same workspace."""
        return self.in_thread(self.origin, self.thread.team, channel, ts)

    @property
    def is_at_terminal(self) -> bool:
        """Whether the conversation is one of `frontdesk chat`."""
        return self.startswith(f"{Origin.CHAT}:{TERMINAL}:")

    @property
    def is_evaluated(self) -> bool:
        """Whether a case is played in it."""
        return self.startswith(f"{Origin.CHAT}:{EVAL}:")

    @property
    def is_rehearsal(self) -> bool:
        """Whether nobody is a customer in it: somebody tries the desk."""
        return self.is_at_terminal or self.is_evaluated


class AuthorId(str):
    """`slack:TEAM:USER`, `zendesk:USER` or `chat:KEY:CUSTOMER`; a word alone where no person wrote."""

    __slots__ = ()

    @classmethod
    def in_slack(cls, team: str, user: str = "") -> "AuthorId":
        """Return the id of a person in Slack, without a user that of a workspace.

        Args:
            team: the author's own workspace, which may not be the installing one.
        """
        return cls(f"{Origin.SLACK}:{team}:{user}" if user else f"{Origin.SLACK}:{team}")

    @classmethod
    def in_zendesk(cls, user: str | int) -> "AuthorId":
        """Return the id of a Zendesk user."""
        return cls(f"{Origin.ZENDESK}:{user}")

    @classmethod
    def in_chat(cls, key_name: str, customer: str) -> "AuthorId":
        """Return the id of the customer whom a `/chat` key speaks for."""
        return cls(f"{Origin.CHAT}:{key_name}:{customer}")

    @property
    def origin(self) -> Origin | None:
        """Where the author is known, None for nobody."""
        return _ORIGINS.get(self.partition(":")[0])

    @property
    def user(self) -> str:
        """The last part: what the vendor itself calls the person."""
        return self.rpartition(":")[2]

    @property
    def team(self) -> str:
        """The workspace that a Slack author's id names, empty for everybody else."""
        return self.split(":")[1] if self.origin is Origin.SLACK else ""

    @property
    def is_in_workspace(self) -> bool:
        """Whether the id names a workspace and a person in it."""
        return self.count(":") > 1

    @property
    def person(self) -> str:
        """What the id says of the person alone: in Slack the user, without a workspace.

        Slack's events name the workspace of one and the same person in several ways, or not at all; inside a
        conversation the user's id tells people apart.
        """
        return f"{Origin.SLACK}:{self.user}" if self.origin is Origin.SLACK else str(self)

    def colleague(self, user: str) -> "AuthorId":
        """Return the id of another person in the same workspace."""
        return self.in_slack(self.team, user)


NOBODY = AuthorId("")


class MessageRef(str):
    """`CHANNEL:TS`: a message in Slack; empty for none."""

    __slots__ = ()

    @classmethod
    def of(cls, channel: str, ts: str) -> "MessageRef":
        """Return the reference of a message."""
        return cls(f"{channel}:{ts}")

    @property
    def channel(self) -> str:
        """The channel that it stands in."""
        return self.partition(":")[0]

    @property
    def ts(self) -> str:
        """Slack's timestamp, which names it there."""
        return self.partition(":")[2]


@lru_cache(4_096)
def person_of(author_id: str) -> str:
    """Return what an author id says of the person alone."""
    return AuthorId(author_id).person


def same_person(one: str, other: str) -> bool:
    """Return whether two author ids of one conversation mean the same person."""
    return one == other or person_of(one) == person_of(other)


def origin_of(conversation: str) -> Origin:
    """Return where a conversation began.

    Raises:
        ValueError: the id has an unknown first part.
    """
    return ConversationId(conversation).origin
