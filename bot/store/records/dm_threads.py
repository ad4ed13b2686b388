"""Remembers a user's newest DM thread, which their next line joins, and which thread each line joined."""

import json
from dataclasses import asdict, dataclass

from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId, MessageRef, Origin
from bot.domain.text.storable import to_json
from bot.store import keys
from bot.store.records.time_index import ensure
from bot.store.redis import Scripts, store_errors


@dataclass(frozen=True)
class NewestThread:
    """A user's newest top-level line in a DM.

    Args:
        message: id of that line.
        at: Unix seconds it was written.
    """

    conversation: ConversationId
    message: str
    at: float


class DmThreads:
    """Pointers beside the conversations; losing one costs a thread of its own, never a message."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def look(self, team: str, channel: str, user: str, ts: str) -> tuple[NewestThread | None, ConversationId]:
        """Return the user's newest thread, and the conversation that the line `ts` already joined (or empty).

        Raises:
            TemporaryFailure: the store is down.
        """
        newest, joined = await self._scripts.fetch(keys.direct(team, channel, user), keys.line(team, channel, ts))
        return (_newest(newest) if newest else None), ConversationId(joined)

    async def joined(self, team: str, channel: str, ts: str) -> ConversationId:
        """Return the conversation that the top-level line `ts` joined, empty for its own.

        Raises:
            TemporaryFailure: the store is down.
        """
        [found] = await self._scripts.fetch(keys.line(team, channel, ts))
        return ConversationId(found)

    async def announced(self, message: MessageRef) -> ConversationId:
        """Return the conversation that a message to colleagues (`CHANNEL:TS`) is about, empty for none.

        Raises:
            TemporaryFailure: the store is down.
        """
        [found] = await self._scripts.fetch(keys.announced(message))
        return ConversationId(found)

    async def join(self, team: str, channel: str, ts: str, conversation: str) -> None:
        """Remember that a line belongs to an earlier line's conversation, so that its redelivery goes there too."""
        await self._scripts.run("remember", [keys.line(team, channel, ts)], conversation, keys.LINE_SECONDS)

    async def leave(self, team: str, channel: str, ts: str, own: str) -> None:
        """The conversation to be joined was answered meanwhile: the line is its own."""
        await self.join(team, channel, ts, own)

    async def home_of(self, team: str, channel: str) -> str:
        """Return the id under which the conversations of a channel are kept whose id has changed, else its own.

        Raises:
            TemporaryFailure: the store is down.
        """
        [found] = await self._scripts.fetch(keys.moved(team, channel))
        return found or channel

    async def move(self, team: str, old: str, new: str) -> None:
        """Remember that a channel has another id from now on; its conversations keep theirs.

        Raises:
            TemporaryFailure: the store is down.
        """
        home = await self.home_of(team, old)
        try:
            await self._scripts.client.set(keys.moved(team, new), home)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def conversations_in(self, origin: Origin, team: str, channel: str) -> list[ConversationId]:
        """Return the conversations kept under a channel's id.

        Raises:
            TemporaryFailure: the store is down.
        """
        found: dict[ConversationId, None] = {}
        await ensure(self._scripts)
        try:
            pattern = ConversationId.in_thread(origin, team, channel, "*")
            async for raw, _ in self._scripts.client.zscan_iter(keys.ALL, match=pattern, count=1000):
                found[ConversationId(raw.decode())] = None
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return list(found)

    @staticmethod
    def pointer(team: str, channel: str, user: str, newest: NewestThread) -> tuple[str, str]:
        """Return key and value of the pointer, for `Inbox.accept(remember=…)`."""
        return keys.direct(team, channel, user), to_json(asdict(newest))


def _newest(text: str) -> NewestThread:
    raw = json.loads(text)
    return NewestThread(ConversationId(raw["conversation"]), raw["message"], raw["at"])
