"""Who wrote a message, and who else reads it: what the bot asks of a vendor's directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.ids import AuthorId


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

    id: AuthorId
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
