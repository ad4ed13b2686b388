"""Deadlines: when something happens in a conversation unless somebody does something before."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.proposals import Proposal


class Timer(StrEnum):
    """What a deadline is about."""

    HANDING = "hand-over made"
    PROMISE = "promise broken"
    OFFER = "offer expired"
    APPROVAL = "approval expired"
    DRAFT = "draft ignored"
    IDLE = "idle closed"
    WORDS = "words of a draft gone"


@dataclass(frozen=True)
class Deadline:
    """When something happens unless somebody does something before.

    Args:
        at: Unix seconds.
        proposal: what an offer's or an approval's deadline is about.
    """

    at: float
    timer: Timer
    proposal: Proposal | None = None
