"""Where a turn shows its answer while it is written: the channel itself, whoever listens to `/chat`, or nowhere."""

import json
from collections.abc import Mapping, Sequence
from functools import partial

from bot.domain.capabilities import capabilities_of
from bot.domain.events import InboundMessage
from bot.domain.ids import origin_of
from bot.domain.ports import Audience, Channel, Preview
from bot.domain.ports.plain_channel import NoPreview
from bot.store.queue.held import Held
from bot.store.queue.lease import Leases
from bot.turn.context import batch_of


class LivePreview:
    """Sends status lines and checked sentences to whoever listens to a `/chat` session.

    Args:
        answers: ids of the posts that this turn answers, so that each listener knows its own.
        retaken: whether a listener may have sentences of an attempt that died: they get no others beside those, but
            the answer as a whole.
    """

    ref = ""
    is_costly = False

    def __init__(self, audience: Audience, conversation: str, answers: Sequence[str], *, retaken: bool = False) -> None:
        self.is_seen = not retaken
        self._audience = audience
        self._conversation = conversation
        self._answers = answers
        self._is_heard: bool | None = None

    async def status(self, text: str) -> None:
        """Send a status line."""
        await self._send("status", text)

    async def text(self, markdown: str) -> None:
        """Send sentences."""
        if self.is_seen:
            await self._send("delta", markdown)

    async def clear(self) -> None:
        """Take the status line back."""
        await self._send("status", "")

    async def _send(self, event: str, data: str) -> None:
        if self._is_heard is None:
            begin = json.dumps(list(self._answers))
            self._is_heard = await self._audience.publish(self._conversation, "begin", begin)
        if self._is_heard:  # whoever comes later does not know that these are for them
            await self._audience.publish(self._conversation, event, data)


class Previews:
    """Opens the preview of one turn."""

    def __init__(self, channels: Mapping[str, Channel], audience: Audience, leases: Leases) -> None:
        self._channels = channels
        self._audience = audience
        self._leases = leases

    def __call__(self, held: Held, message: InboundMessage) -> Preview:
        if channel := self._channels.get(origin_of(held.id)):
            channel = channel.within(held.id)
            # An attempt that died may have left a message: its answer takes that over instead of standing beside it.
            lost = f"lost:{held.clock}" if held.attempts > 1 else ""
            known = partial(self._leases.note, held, "preview")
            return channel.preview(held.conversation, message, held.preview or lost, known)
        if capabilities_of(held.id).waits_for_answer:
            answers = [line.id for line in batch_of(held.entries)]
            return LivePreview(self._audience, held.id, answers, retaken=held.attempts > 1)
        return NoPreview()
