"""The chat side of a conversation: posting in its thread, reading it, and showing a preview of the answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.domain.conversation import Conversation
from bot.domain.effects import EditMessage, PostToChannel, Relay, Reply
from bot.domain.events import File, InboundMessage
from bot.domain.ids import MessageRef
from bot.domain.ports.people import Profile

Known = Callable[[str], Awaitable[None]]
"""Keeps the reference of a message that shows a preview; raises LeaseLost where another worker goes on."""


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
    """Where a conversation is written, such as a Slack thread. Every method raises the `RemoteError` family.

    What names no conversation is asked in the colleagues' own workspace, unless `within` was called before.
    """

    def within(self, conversation: str, place: str = "") -> "Channel":
        """Return the channel as the conversation's own workspace has it; where there is but one, itself.

        Args:
            place: id of a channel that something happened in; the colleagues' own are in their workspace, whichever
                conversation it is about.
        """

    async def reply(self, conversation: Conversation, effect: Reply) -> str:
        """Post the reply in the thread, or finish its preview; return the message's id, in Slack its `ts`."""

    async def take_back(self, conversation: Conversation, preview: str) -> None:
        """Delete the message of a preview whose answer is not given; a message that is gone needs nothing."""

    async def relay(self, conversation: Conversation, effect: Relay, files: Sequence[bytes]) -> str:
        """Post a human agent's words in the thread with their files; return the message's id."""

    async def announce(self, conversation: Conversation, effect: PostToChannel) -> MessageRef:
        """Post a message of its own in the effect's channel; return `CHANNEL:TS`."""

    async def amend(self, effect: EditMessage) -> None:
        """Replace the text of a message of ours and take its buttons away; twice changes nothing."""

    async def whisper(self, channel: str, author_id: str, text: str, answer_at: str = "") -> None:
        """Tell one person something that nobody else in the channel sees; who is out of reach is not told.

        Args:
            answer_at: the address at which what they pressed is answered, empty for none.
        """

    async def open_direct(self, author_id: str) -> str:
        """Return the id of the direct-message channel with a `slack:TEAM:USER` author, opened where there is none."""

    async def find_announced(self, effect: PostToChannel, since: float) -> MessageRef:
        """Return `CHANNEL:TS` of the message that carries the effect id, empty when the channel has none.

        Args:
            since: how far to look back, Unix seconds.
        """

    async def other_teams(self, channel: str) -> frozenset[str]:
        """Return the workspaces, beside the installing one, whose people read the channel; empty for none."""

    async def guests(self, channel: str) -> Sequence[Profile]:
        """Return the people in the channel who are no full members of the installing workspace."""

    async def is_member(self, channel: str, author_id: str) -> bool:
        """Return whether a `slack:TEAM:USER` author is in the channel."""

    async def lines_above(self, conversation: str, before: str) -> Sequence[InboundMessage]:
        """Return what was written in a thread before the message `before`, oldest first."""

    async def find(self, conversation: Conversation, effect_id: str, since: float) -> str:
        """Return the id of the message that carries the effect id, empty when the conversation has none.

        Args:
            since: how far to look back, Unix seconds.
        """

    async def tidy(self, place: str, since: float) -> int:
        """Delete all but the first of what stands twice under one effect id; return how many messages were deleted.

        Args:
            place: a conversation's id, or `slack::CHANNEL:` for a channel itself.
            since: how far to look back, Unix seconds.
        """

    async def profile(self, author_id: str) -> Profile:
        """Return who an author is; `verified` where the vendor vouches for their address."""

    async def download(self, file: File) -> bytes:
        """Return the bytes of a file a customer posted; at most 20 MiB, from Slack's hosts only."""

    async def described(self, file: File) -> File:
        """Return a file with its name, type and address, of which an event told no more than its id."""

    def preview(self, conversation: Conversation, message: InboundMessage, ref: str, known: Known) -> Preview:
        """Return the preview of the answer to `message`; `ref` continues one that a dead worker began.

        A caller that does not know whether a dead worker began one passes `lost:SINCE` (Unix seconds).

        Args:
            known: told the preview's reference before anything else is shown; its LeaseLost takes the message back.
        """


class Audience(Protocol):
    """Where live text of a `/chat` turn goes."""

    async def publish(self, conversation: str, event: str, data: str) -> bool:
        """Send one event to whoever listens to the conversation now; return False where surely nobody listens."""
