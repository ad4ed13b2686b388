"""Who gets a hand-over, and whether they can answer where the customer writes: nothing else is promised. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation


class Reach(StrEnum):
    """Who gets a hand-over, and whether they can answer."""

    TICKET = "a ticket is opened, and people answer it"
    THREAD = "colleagues are told, and can write where the customer does"
    TOLD = "colleagues are told, and cannot answer there"
    NOBODY = "nobody is told"

    @property
    def answers(self) -> bool:
        """Whether people can answer the customer, so that a time may be promised."""
        return self in {Reach.TICKET, Reach.THREAD}


@dataclass(frozen=True)
class Team:
    """What an installation has to reach people by.

    Args:
        has_helpdesk: whether tickets can be opened.
        channel: where colleagues are told that somebody asks for them, empty for nowhere.
    """

    has_helpdesk: bool
    channel: str = ""

    def reach(self, conversation: Conversation) -> Reach:
        """Return who would get a hand-over of the conversation."""
        if self.has_helpdesk:
            return Reach.TICKET
        if not self.channel:
            return Reach.NOBODY
        return Reach.THREAD if capabilities_of(conversation.id).has_threads else Reach.TOLD
