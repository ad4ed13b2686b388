"""Posts messages to colleagues in their channel: what is too long for one goes on in the thread under it."""

from collections.abc import Awaitable, Callable

from bot.domain.effects import EditMessage, PostToChannel
from bot.domain.errors import PermanentFailure
from bot.domain.ids import MessageRef, Thread
from integrations.slack.outbound.blocks import Draft, label
from integrations.slack.outbound.own_messages import OwnMessage, by_effect, part_id
from integrations.slack.outbound.poster import Poster

Own = Callable[[Thread, float], Awaitable[list[OwnMessage]]]
"""Reads our messages back that are not older than so many Unix seconds."""

GOES_ON = "\n\n_…_"
_NOTHING_TO_AMEND = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})


class Announcer:
    """Says each message once, and finds it again by its effect's id."""

    def __init__(self, poster: Poster, own: Own) -> None:
        self._poster = poster
        self._own = own

    async def post(self, effect: PostToChannel, conversation: str) -> MessageRef:
        """Post the message, its buttons under the first part; what stands there already is not posted again.

        Raises:
            RemoteError: after `UnknownOutcome` ask `find` before calling again.
        """
        parts = self._parts(effect.text)
        channel = Thread("", effect.channel, "")
        # Of a long message some parts may stand there already, from an attempt that was cut short.
        known = by_effect(await self._own(channel, 0.0)) if len(parts) > 1 else {}
        first = known[effect.id][0].ts if effect.id in known else ""
        if not first:
            draft = Draft(parts[0], label(effect.id, len(parts)), buttons=effect.buttons, conversation=conversation)
            first = await self._poster.post(channel, draft)
        await self._continue(Thread("", effect.channel, first), effect.id, parts)
        return MessageRef.of(effect.channel, first)

    async def _continue(self, thread: Thread, effect_id: str, parts: list[str]) -> None:
        if len(parts) == 1:
            return
        known = by_effect(await self._own(thread, 0.0))
        for number, part in enumerate(parts[1:], 2):
            if (key := part_id(effect_id, number)) not in known:
                await self._poster.post(thread, Draft(part, label(key)))

    async def find(self, effect: PostToChannel, since: float) -> MessageRef:
        """Return the message that carries the effect id; empty where the channel has none, or not all of it.

        Raises:
            RemoteError: the channel cannot be read.
        """
        found = by_effect(await self._own(Thread("", effect.channel, ""), since)).get(effect.id, [])
        if not found or not await self._is_whole(effect, found[0]):
            return MessageRef()
        return MessageRef.of(effect.channel, found[0].ts)

    async def _is_whole(self, effect: PostToChannel, first: OwnMessage) -> bool:
        if first.parts == 1:
            return True
        known = by_effect(await self._own(Thread("", effect.channel, first.ts), 0.0))
        return all(part_id(effect.id, number) in known for number in range(2, first.parts + 1))

    async def amend(self, effect: EditMessage) -> None:
        """Replace the text of a message and take its buttons away; one that is gone needs neither.

        A text that is too long for it is cut: what it told before stands in the thread.

        Raises:
            RemoteError: as for `SlackApi.write`; it may be called again.
        """
        thread = Thread("", effect.message.channel, "")
        try:
            draft = Draft(self._parts(effect.text)[0], ends_buttons=True)
            await self._poster.update(thread, effect.message.ts, draft)
        except PermanentFailure as error:
            if error.code not in _NOTHING_TO_AMEND:
                raise

    def _parts(self, text: str) -> list[str]:
        """Return the text in parts, of which the first says that it goes on."""
        parts = self._poster.parts(text)
        if len(parts) == 1:
            return parts
        first, *rest = self._poster.parts(text, GOES_ON)  # which leaves room for it
        return [first + GOES_ON, *rest]
