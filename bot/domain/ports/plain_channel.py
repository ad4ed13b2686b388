"""A channel in which answers are written and nothing else: what a new one begins with.

Each of these methods belongs to a capability (`bot/domain/capabilities.py`) and is not called without it; whoever
declares one writes its methods.
"""

from collections.abc import Sequence
from typing import Self

from bot.domain.conversation import Conversation
from bot.domain.effects import EditMessage, PostToChannel
from bot.domain.errors import PermanentFailure
from bot.domain.events import File, InboundMessage
from bot.domain.ids import AuthorId, MessageRef
from bot.domain.ports.channel import Known, Preview
from bot.domain.ports.people import Profile


class NoPreview:
    """Nothing is shown before the answer is written."""

    ref = ""
    is_seen = False
    is_costly = False

    async def status(self, text: str) -> None:
        """Show nothing."""

    async def text(self, markdown: str) -> None:
        """Show nothing."""

    async def clear(self) -> None:
        """Nothing is shown."""


class PlainChannel:
    """The part of the `Channel` port that a channel without special capabilities shares with others of its kind."""

    def within(self, conversation: str, place: str = "") -> Self:  # noqa: ARG002
        """Return itself: there is but one workspace."""
        return self

    async def profile(self, author_id: str) -> Profile:
        """Return nothing about the author but their id: nobody vouches for them."""
        return Profile(AuthorId(author_id), "")

    def preview(self, conversation: Conversation, message: InboundMessage, ref: str, known: Known) -> Preview:  # noqa: ARG002
        """Show nothing before the answer."""
        return NoPreview()

    async def download(self, file: File) -> bytes:
        """Refuse: no file travels here."""
        raise _cannot(f"fetch {file.id}")

    async def described(self, file: File) -> File:
        """Return the file as it came."""
        return file

    async def take_back(self, conversation: Conversation, preview: str) -> None:
        """Do nothing: there is no preview (`edits`)."""

    async def tidy(self, place: str, since: float) -> int:  # noqa: ARG002
        """Delete nothing (`edits`)."""
        return 0

    async def amend(self, effect: EditMessage) -> None:
        """Refuse (`seats_colleagues`)."""
        raise _cannot(f"change {effect.message}")

    async def announce(self, conversation: Conversation, effect: PostToChannel) -> MessageRef:  # noqa: ARG002
        """Refuse (`seats_colleagues`)."""
        raise _cannot(f"post in {effect.channel}")

    async def whisper(self, channel: str, author_id: str, text: str, answer_at: str = "") -> None:  # noqa: ARG002
        """Refuse (`seats_colleagues`)."""
        raise _cannot(f"say anything in {channel}")

    async def find_announced(self, effect: PostToChannel, since: float) -> MessageRef:  # noqa: ARG002
        """Find nothing (`seats_colleagues`)."""
        return MessageRef("")

    async def open_direct(self, author_id: str) -> str:
        """Refuse (`direct_messages`)."""
        raise _cannot(f"write to {author_id} alone")

    async def other_teams(self, channel: str) -> frozenset[str]:  # noqa: ARG002
        """Return none (`has_threads`)."""
        return frozenset()

    async def guests(self, channel: str) -> Sequence[Profile]:  # noqa: ARG002
        """Return nobody (`has_threads`)."""
        return ()

    async def is_member(self, channel: str, author_id: str) -> bool:  # noqa: ARG002
        """Return that they are not (`has_threads`)."""
        return False

    async def lines_above(self, conversation: str, before: str) -> Sequence[InboundMessage]:  # noqa: ARG002
        """Return nothing (`has_threads`)."""
        return ()


def _cannot(what: str) -> PermanentFailure:
    return PermanentFailure(f"this channel cannot {what}", "not_possible")
