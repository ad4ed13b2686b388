"""Counts how many conversations one person has open: the `OpenMatters` port on Redis."""

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Room
from bot.store import keys
from bot.store.redis import Call, Client, Scripts, store_errors


class Matters:
    """A person's open conversations, by when somebody last wrote in them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._scripts = Scripts(client)

    async def counts(self, person: str, conversation: str, now: float) -> bool:
        """Return whether the conversation counts as open already, so that there is room for it.

        Args:
            now: Unix seconds.

        Raises:
            TemporaryFailure: the store is down.
        """
        reply = await self._scripts.run("counts", [keys.open_matters(person)], conversation, now, keys.OPEN_SECONDS)
        return int(reply) == 1

    def stay(self, person: str, conversation: str, now: float, most: int) -> None:
        """Let a conversation that counts as open do so for longer: somebody writes in it."""
        self._scripts.later(_entering(person, conversation, now, most))

    async def enter(self, person: str, conversation: str, now: float, most: int) -> Room:
        """Count the conversation as open while there are fewer than `most`; one that counts already stays.

        Args:
            now: Unix seconds.

        Raises:
            TemporaryFailure: the store is down.
        """
        [entered] = await self._scripts.run_all(_entering(person, conversation, now, most))
        if int(entered):
            return Room.YES
        try:
            # The same conversation hears the same on a second attempt.
            told = keys.crowded(person)
            await self._client.set(told, conversation, nx=True, ex=keys.OPEN_SECONDS)
            first = await self._client.get(told)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return Room.LAST if first == conversation.encode() else Room.NO

    async def leave(self, person: str, conversation: str) -> None:
        """The conversation is settled.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            await self._client.zrem(keys.open_matters(person), conversation)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error


def _entering(person: str, conversation: str, now: float, most: int) -> Call:
    return "enter", [keys.open_matters(person)], (conversation, now, keys.OPEN_SECONDS, most)
