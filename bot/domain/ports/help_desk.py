"""The ticket side of a conversation: reading tickets with their comments, and writing to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.events import File
from bot.domain.ports.people import Profile
from bot.domain.tickets import Ticket


@dataclass(frozen=True)
class Comment:
    """A ticket comment as the API has it.

    Args:
        at: when it was written, Unix seconds.
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
    """The Zendesk side of a conversation. Every method raises the `RemoteError` family, but `link`."""

    def link(self, ticket_id: str) -> str:
        """Return where people open the ticket."""

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

    async def brand_names(self, brand_id: str) -> tuple[str, ...]:
        """Return what people call a brand: its id, and its name and subdomain where the account tells them."""
