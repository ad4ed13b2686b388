"""Which thread a DM's next line belongs to: a user's newest one, and where earlier lines went."""

import json
from dataclasses import asdict, dataclass

from bot.mailbox import keys
from bot.mailbox.connection import Scripts


@dataclass(frozen=True)
class Newest:
    """A user's newest top-level line in a DM.

    Args:
        message: id of that line.
        at: Unix seconds it was written.
    """

    conversation: str
    message: str
    at: float


class Threads:
    """Pointers beside the conversations; losing one costs a thread of its own, never a message."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def look(self, team: str, channel: str, user: str, ts: str) -> tuple[Newest | None, str]:
        """Return the user's newest thread, and the conversation that the line `ts` already joined (or empty).

        Raises:
            TemporaryFailure: the store is down.
        """
        newest, joined = await self._scripts.fetch(keys.direct(team, channel, user), keys.line(team, channel, ts))
        return (Newest(**json.loads(newest)) if newest else None), joined

    async def joined(self, team: str, channel: str, ts: str) -> str:
        """Return the conversation that the top-level line `ts` joined, empty for its own.

        Raises:
            TemporaryFailure: the store is down.
        """
        [found] = await self._scripts.fetch(keys.line(team, channel, ts))
        return found

    async def join(self, team: str, channel: str, ts: str, conversation: str) -> None:
        """Remember that a line belongs to an earlier line's conversation, so that its redelivery goes there too."""
        await self._scripts.run("remember", [keys.line(team, channel, ts)], conversation, keys.LINE_SECONDS)

    async def leave(self, team: str, channel: str, ts: str, own: str) -> None:
        """The conversation to be joined was answered meanwhile: the line is its own."""
        await self.join(team, channel, ts, own)

    @staticmethod
    def pointer(team: str, channel: str, user: str, newest: Newest) -> tuple[str, str]:
        """Return key and value of the pointer, for `Inbox.accept(remember=…)`."""
        return keys.direct(team, channel, user), json.dumps(asdict(newest), separators=(",", ":"))
