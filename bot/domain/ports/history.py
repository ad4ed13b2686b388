"""What is remembered beyond one conversation or one attempt: open and past conversations, a turn's journal."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol


class Journal(Protocol):
    """What one turn has already learnt, across its attempts; forgotten when it commits."""

    @property
    def holds_something(self) -> bool:
        """Whether an earlier attempt may have recorded anything."""

    async def recall(self, key: str) -> str | None:
        """Return what an earlier attempt recorded, None when there is nothing."""

    async def record(self, key: str, value: str) -> None:
        """Keep a result before anything follows from it; raises LeaseLost where another worker goes on."""


class PastConversations(Protocol):
    """What a customer came for before, wherever that was."""

    async def begin(self, customer: str, conversation: str, now: float) -> Sequence[str]:
        """Note that the customer begins a conversation; return the summaries of their last ones, newest first.

        Args:
            now: Unix seconds.
        """


class Room(StrEnum):
    """Whether a person may have one more conversation open."""

    YES = "yes"
    LAST = "last"
    """No; and this is the first for which there is none, so that people hear of it once."""
    NO = "no"


class OpenMatters(Protocol):
    """Which conversations of one person are open, wherever they are."""

    async def enter(self, person: str, conversation: str, now: float, most: int) -> Room:
        """Count the conversation as open while there are fewer than `most`; one that counts already stays.

        Args:
            now: Unix seconds.
            most: conversations that one person may have open.
        """

    def stay(self, person: str, conversation: str, now: float, most: int) -> None:
        """Let a conversation that counts as open do so for longer, soon."""

    async def leave(self, person: str, conversation: str) -> None:
        """The conversation is settled."""
