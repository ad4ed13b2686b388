"""Which thread a DM's next line belongs to: a user's newest one, and where earlier lines went."""

import json
from dataclasses import asdict, dataclass

from bot.domain.errors import TemporaryFailure
from bot.mailbox import keys
from bot.mailbox.connection import Client, Scripts, store_errors


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

    def __init__(self, client: Client, scripts: Scripts) -> None:
        self._client = client
        self._scripts = scripts

    async def look(self, team: str, channel: str, user: str, ts: str) -> tuple[Newest | None, str]:
        """Return the user's newest thread, and the conversation that the line `ts` already joined (or empty).

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            newest = await self._client.get(keys.direct(team, channel, user))
            joined = await self.joined(team, channel, ts)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return (Newest(**json.loads(newest)) if newest else None), joined

    async def joined(self, team: str, channel: str, ts: str) -> str:
        """Return the conversation that the top-level line `ts` joined, empty for its own.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            found = await self._client.get(keys.line(team, channel, ts))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return found.decode() if isinstance(found, bytes) else str(found or "")

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
