"""What Slack tells us, each as a value: a line, its edit or deletion, a stop, a channel that moved or is gone."""

from dataclasses import dataclass

from bot.domain.events import Author, CustomerMessage, File, InboundMessage, LineDeleted
from bot.domain.ids import ConversationId
from bot.domain.text.redaction import mask


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """Where in Slack something happened.

    Args:
        team: the installing workspace.
        ts: the message; `thread_ts` its thread's root, None for a top-level message.
    """

    team: str
    channel: str
    ts: str
    thread_ts: str | None

    @property
    def message_id(self) -> str:
        """The id that dedupes the message: `message` and `app_mention` of one post share it."""
        return f"slack:{self.team}:{self.channel}:{self.ts}"

    @property
    def conversation(self) -> ConversationId:
        """The conversation of the message's own thread."""
        return ConversationId.in_slack(self.team, self.channel, self.thread_ts or self.ts)


@dataclass(frozen=True, slots=True)
class SlackMessage(MessagePlace):
    """A person's line, and what decides whether and where it is answered.

    Args:
        client_id: second id for dedupe, empty when Slack gave none.
        author: `slack:TEAM:USER` with the author's own workspace, which may not be the installing one.
        text: plain text, the mention of the bot removed; may be empty for a bare mention or a file.
        mentioned: whether the line addresses the bot.
        shared: whether other companies' workspaces read the channel, as the event says; None where it does not.
    """

    channel_type: str
    user: str
    author: Author
    text: str
    files: tuple[File, ...] = ()
    mentioned: bool = False
    client_id: str = ""
    shared: bool | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it was written in a DM with the bot."""
        return self.channel_type == "im" or (not self.channel_type and self.channel.startswith("D"))

    def message(self, conversation: ConversationId | None = None) -> CustomerMessage:
        """Return the line as a message of `conversation`, by default of its own thread."""
        return CustomerMessage(
            id=self.message_id,
            conversation=conversation or self.conversation,
            author=self.author,
            text=self.text,
            at=float(self.ts),
            files=self.files,
            ts=self.ts,
            place=self.channel_type,
            shared=self.shared,
        )


@dataclass(frozen=True, slots=True)
class Edit(MessagePlace):
    """A person changed the text of a line.

    Args:
        before: what it said, empty where Slack does not tell.
        at: Slack's time of the change, another one for each.
    """

    user: str
    text: str
    author: Author
    before: str = ""
    at: str = ""

    def message(self, conversation: ConversationId) -> InboundMessage:
        """Return the changed line as one that comes after the line it changes."""
        return CustomerMessage(
            id=f"edit:{self.message_id}:{self.at}",
            conversation=conversation,
            author=self.author,
            text=self.text,
            at=float(self.at or self.ts),
            ts=self.ts,
            edited=True,
            before=mask(self.before),
        )


@dataclass(frozen=True, slots=True)
class Deletion(MessagePlace):
    """A line was deleted.

    Args:
        text: what it said, empty where Slack does not tell.
    """

    user: str
    author: Author
    text: str = ""

    def message(self, conversation: ConversationId) -> InboundMessage:
        """Return the news that a line is gone."""
        return LineDeleted(
            id=f"gone:{self.message_id}",
            conversation=conversation,
            author=self.author,
            text=self.text,
            at=float(self.ts),
            ts=self.ts,
        )


@dataclass(frozen=True, slots=True)
class Stop(MessagePlace):
    """The customer pressed Slack's stop button in a thread."""

    user: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A channel has another id, as when it begins to be shared."""

    team: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A channel was archived or deleted, or the bot is no longer in it.

    Args:
        why: in words that people read.
        at: Slack's time of the event, which tells two archivings apart.
    """

    team: str
    channel: str
    why: str
    at: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The app was removed from a workspace, or its token was taken back.

    Args:
        organisation: whose installation it was, empty for the workspace's own.
        at: Slack's time of the event, Unix seconds, 0 where it does not say.
    """

    team: str
    why: str
    organisation: str = ""
    at: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole organisation's installation that ended."""
        return bool(self.organisation)


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """An organisation's administrators gave the app to workspaces, or took it from them; that is no removal.

    Args:
        at: Slack's time of the event, Unix seconds, 0 where it does not say.
    """

    teams: tuple[str, ...]
    is_granted: bool
    organisation: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class UrlVerification:
    """Slack asks whether this address is ours."""

    challenge: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Slack held events back: more than 30,000 in an hour for one workspace."""

    team: str
    minute: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """Valid, and nothing follows from it."""

    reason: str


Incoming = (
    SlackMessage
    | Edit
    | Deletion
    | Stop
    | Moved
    | Gone
    | Removed
    | AccessChanged
    | UrlVerification
    | RateLimited
    | Ignored
)
