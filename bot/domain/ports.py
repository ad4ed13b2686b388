"""The ports: what the bot needs from vendors and store; `integrations` and `bot/store` implement them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.domain.conversation import Conversation, Ticket
from bot.domain.effects import EditMessage, OpenTicket, PostToChannel, Relay, Reply, UpdateTicket
from bot.domain.events import File, InboundMessage


class Clock(Protocol):
    """Wall-clock time, so that tests move it."""

    def now(self) -> float:
        """Return Unix seconds."""


@dataclass(frozen=True)
class Profile:
    """What a vendor says about an author.

    Args:
        email: as the vendor has it; a claim unless `verified`.
        verified: whether the address may stand for the person: a full member of the installing workspace, a member
            of a connected one that the desk trusts for the address's domain, or a ticket's requester with a verified
            identity in an unflagged comment.
        confirmed: whether the vendor says that the person has confirmed the address.
        is_member: whether they are a full member of the installing workspace.
        timezone: IANA name, empty when unknown.
        teams: the Slack workspaces they belong to, their home first.
        shown: the name that others see beside what they write, empty where it is the same.
        unread: whether the vendor could not be asked, so that nothing here is known to be so.
    """

    id: str
    name: str
    email: str = ""
    verified: bool = False
    confirmed: bool = False
    is_member: bool = False
    is_staff: bool = False
    is_bot: bool = False
    timezone: str = ""
    teams: tuple[str, ...] = ()
    shown: str = ""
    unread: bool = False


class Journal(Protocol):
    """What one turn has already learnt, across its attempts; forgotten when it commits."""

    async def recall(self, key: str) -> str | None:
        """Return what an earlier attempt recorded, None when there is nothing."""

    async def record(self, key: str, value: str) -> None:
        """Keep a result before anything follows from it; raises LeaseLost where another worker goes on."""


class RateLimiter(Protocol):
    """The vendors' limits: a place is `slack:…` or `zendesk:…`, a channel and method or an account."""

    async def enter(self, place: str, caller: str, every: float) -> None:
        """Return when a call may be made; raises Paced when its caller has to come back later.

        Args:
            caller: whose place in the queue is kept, empty for nobody's.
            every: seconds between two calls, just after the place was limited.
        """

    async def rest(self, place: str, seconds: float) -> None:
        """Let nobody call the place for `seconds`: its vendor said so."""


class Refusal(StrEnum):
    """Whose cap does not allow a model call."""

    CUSTOMER = "customer"
    DESK = "desk"


@dataclass(frozen=True)
class Reservation:
    """An estimate that counts as spent until its call is settled.

    Args:
        id: of this estimate.
        counted: where it is counted.
    """

    id: str
    counted: tuple[str, ...]


class SpendingLedger(Protocol):
    """What models cost, across all workers; amounts are millionths of a dollar."""

    async def set_aside(self, customer: str, conversation: str, estimate: int) -> Reservation | Refusal:
        """Count an estimate as spent before the call, unless that would go over a cap."""

    async def settle(self, held: Reservation, cost: int) -> int:
        """Put the real cost in the estimate's place; return what the conversation has cost so far."""


class Preview(Protocol):
    """What the customer sees while a turn runs: best effort, never the record.

    None of the methods raises for the vendor's failures: the committed reply replaces the preview.
    """

    async def status(self, text: str) -> None:
        """Show a short line such as "is looking up your order"; an empty text clears it."""

    async def text(self, markdown: str) -> None:
        """Append checked sentences to the visible answer."""

    async def clear(self) -> None:
        """Take back the status line when nothing will be said."""

    @property
    def is_seen(self) -> bool:
        """Whether anybody reads what is shown."""

    @property
    def is_costly(self) -> bool:
        """Whether a call costs a vendor's round trip, so that late text is better left to the reply."""

    @property
    def ref(self) -> str:
        """Reference of the message that shows the preview, empty while there is none."""


class Channel(Protocol):
    """The Slack side of a conversation. Every method raises the `RemoteError` family."""

    async def reply(self, conversation: Conversation, effect: Reply) -> str:
        """Post the reply in the thread, or finish its preview; return the message's `ts`."""

    async def take_back(self, conversation: Conversation, preview: str) -> None:
        """Delete the message of a preview whose answer is not given; a message that is gone needs nothing."""

    async def relay(self, conversation: Conversation, effect: Relay, files: Sequence[bytes]) -> str:
        """Post a human agent's words in the thread with their files; return the message's `ts`."""

    async def announce(self, conversation: Conversation, effect: PostToChannel) -> str:
        """Post a message of its own in the effect's channel; return `CHANNEL:TS`."""

    async def amend(self, effect: EditMessage) -> None:
        """Replace the text of a message of ours and take its buttons away; twice changes nothing."""

    async def open_direct(self, author_id: str) -> str:
        """Return the id of the direct-message channel with a `slack:TEAM:USER` author, opened where there is none."""

    async def find_announced(self, effect: PostToChannel, since: float) -> str:
        """Return `CHANNEL:TS` of the message that carries the effect id, empty when the channel has none."""

    async def other_teams(self, channel: str) -> frozenset[str]:
        """Return the workspaces, beside the installing one, whose people read the channel; empty for none."""

    async def guests(self, channel: str) -> Sequence[Profile]:
        """Return the people in the channel who are no full members of the installing workspace."""

    async def is_member(self, channel: str, author_id: str) -> bool:
        """Return whether a `slack:TEAM:USER` author is in the channel."""

    async def lines_above(self, conversation: str, before: str) -> Sequence[InboundMessage]:
        """Return what was written in a thread before the message `before`, oldest first."""

    async def find(self, conversation: Conversation, effect_id: str, since: float) -> str:
        """Return the `ts` of the message that carries the effect id, empty when the thread has none."""

    async def tidy(self, place: str, since: float) -> int:
        """Delete all but the first of what stands twice under one effect id; return how many messages were deleted.

        Args:
            place: a conversation's id, or `slack::CHANNEL:` for a channel itself.
            since: how far to look back, Unix seconds.
        """

    async def profile(self, author_id: str) -> Profile:
        """Return who a `slack:TEAM:USER` author is."""

    async def download(self, file: File) -> bytes:
        """Return the bytes of a file a customer posted; at most 20 MiB, from Slack's hosts only."""

    async def described(self, file: File) -> File:
        """Return a file with its name, type and address, of which an event told no more than its id."""

    def preview(self, conversation: Conversation, message: InboundMessage, ref: str) -> Preview:
        """Return the preview of the answer to `message`; `ref` continues one that a dead worker began."""


@dataclass(frozen=True)
class Comment:
    """A ticket comment as the API has it.

    Args:
        flagged: whether Zendesk marks the sender as not proven (spoofed or unauthenticated mail).
        effect_id: the effect of ours that wrote it, empty for a person's comment.
        html: the same as HTML, empty for none.
        sender: the address that a mail came from, empty for none.
        automatic: what the vendor says of a machine that wrote it (`call`, `auto_reply`), empty for a person.
    """

    id: int
    author: Profile
    text: str
    public: bool
    at: float
    files: tuple[File, ...] = ()
    flagged: bool = False
    effect_id: str = ""
    html: str = ""
    sender: str = ""
    automatic: str = ""


@dataclass(frozen=True)
class TicketReading:
    """A ticket and the comments newer than the last one seen, oldest first."""

    ticket: Ticket
    comments: tuple[Comment, ...]


@dataclass(frozen=True)
class ChangedTicket:
    """What a list of changed tickets says of one.

    Args:
        updated_at: exactly as the API gave it.
        created_at: Unix seconds.
        is_assigned: whether somebody is, whoever it is.
    """

    id: str
    status: str = ""
    via: str = ""
    tags: tuple[str, ...] = ()
    updated_at: str = ""
    created_at: float = 0.0
    is_assigned: bool = False


@dataclass(frozen=True)
class Changes:
    """A part of the tickets that changed.

    Args:
        cursor: where the next part begins.
        is_last: whether nothing has changed after it so far.
    """

    tickets: tuple[ChangedTicket, ...]
    cursor: str
    is_last: bool


@dataclass(frozen=True)
class Tagging:
    """That a person put a tag on a ticket.

    Args:
        id: of the audit, another one each time the tag is set.
    """

    id: int
    author: Profile


class HelpDesk(Protocol):
    """The Zendesk side of a conversation. Every method raises the `RemoteError` family."""

    async def read(self, ticket_id: str, after: int) -> TicketReading:
        """Return the ticket, and its comments with an id above `after`."""

    async def open(self, effect: OpenTicket, files: Sequence[bytes]) -> Ticket:
        """Create the ticket under the effect's id as idempotency key; return it."""

    async def find_ticket(self, external_id: str, effect_id: str) -> Ticket | None:
        """Return the ticket that the effect created, None when there is none."""

    async def update(
        self, ticket_id: str, effect: UpdateTicket, files: Sequence[bytes], stamp: str = ""
    ) -> tuple[Ticket, int]:
        """Carry out the update; return the ticket after it and the new comment's id (0 for none).

        Args:
            stamp: `updated_at` of the ticket the update was decided on; sent as `safe_update` when set.

        Raises:
            Conflict: the ticket changed since `stamp`.
        """

    async def find_update(self, ticket_id: str, effect_id: str) -> tuple[bool, int]:
        """Return whether the effect's update is in the ticket's audits, and its comment id (0 for none)."""

    async def who_tagged(self, ticket_id: str, tag: str) -> Tagging | None:
        """Return who put the tag on the ticket last, as its audits tell; None for nobody, or a rule of the account."""

    async def download(self, file: File) -> bytes:
        """Return the bytes of an attachment; at most 20 MiB, without credentials to foreign hosts."""

    async def group_id(self, name: str) -> str:
        """Return a group's id by its name, empty when the account has none of that name."""


class Readers(StrEnum):
    """Who reads a conversation beside the customer and our own people."""

    NOBODY = "nobody"  # or people of the customer's own company
    OTHERS = "others"
    UNKNOWN = "unknown"  # the vendor does not say at the moment


class Directory(Protocol):
    """Who wrote a message: the vendor's profile of an author."""

    async def profile(self, message: InboundMessage) -> Profile:
        """Return what is known of the author; never raises for a vendor's failure (unverified then)."""

    async def above(self, conversation: str, line: InboundMessage) -> Sequence[InboundMessage]:
        """Return what was written in the conversation's thread before the line, with names; people's as customers'.

        Never raises for a vendor's failure: nothing is known then.
        """

    async def with_files(self, lines: Sequence[InboundMessage]) -> Sequence[InboundMessage]:
        """Return the lines with all that is known of their files; never raises for a vendor's failure."""

    async def readers(self, conversation: Conversation, line: InboundMessage, profile: Profile) -> Readers:
        """Return whether people outside the customer's own company, and ours, read the conversation.

        Args:
            line: what was asked there; the vendor's word on the place came with it.
            profile: of the customer; without an address where that is only claimed.
        """

    async def is_in(self, channel: str, author_id: str) -> bool:
        """Return whether a `slack:TEAM:USER` author is in a channel of the installing workspace.

        Raises:
            TemporaryFailure: the vendor does not say at the moment.
        """


@dataclass(frozen=True)
class Letter:
    """A mail to one person.

    Args:
        id: the same for the same letter, however often it is sent.
    """

    id: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Mail(Protocol):
    """Sends mail. Every method raises the `RemoteError` family."""

    async def send(self, letter: Letter) -> None:
        """Send the letter; one that arrives twice has the same `Message-ID`, so that mailboxes keep one."""

    async def reach(self) -> None:
        """Do all that sending takes but the sending."""


class CodeLimits(Protocol):
    """How many one-time codes may go out and be guessed at, whatever conversation it is in, and which went out."""

    async def allows(self, asker: str, address: str, effect_id: str) -> bool:
        """Count one code that an author wants for an address; a repeated call with the same effect counts once.

        Args:
            address: the address's digest.
        """

    async def may_try(self, asker: str, address: str, message_id: str) -> bool:
        """Count one guess of an author at an address's code; a repeated call with the same message counts once."""

    async def sent(self, effect_id: str) -> None:
        """Note that a code has gone out: before that nothing opens."""

    async def was_sent(self, effect_id: str) -> bool:
        """Return whether it has."""


class PastConversations(Protocol):
    """What a customer came for before, wherever that was."""

    async def begin(self, customer: str, conversation: str, now: float) -> Sequence[str]:
        """Note that the customer begins a conversation; return the summaries of their last ones, newest first."""


class Room(StrEnum):
    """Whether a person may have one more conversation open."""

    YES = "yes"
    LAST = "last"
    """No; and this is the first for which there is none, so that people hear of it once."""
    NO = "no"


class OpenMatters(Protocol):
    """Which conversations of one person are open, wherever they are."""

    async def enter(self, person: str, conversation: str, now: float, most: int) -> Room:
        """Count the conversation as open while there are fewer than `most`; one that counts already stays."""

    async def leave(self, person: str, conversation: str) -> None:
        """The conversation is settled."""


class Audience(Protocol):
    """Where live text of a `/chat` turn goes."""

    async def publish(self, conversation: str, event: str, data: str) -> None:
        """Send one event to whoever listens to the conversation now."""
