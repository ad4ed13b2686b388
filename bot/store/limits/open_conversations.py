"""Counts how many conversations one person has open: the `OpenMatters` port on Redis."""

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Room
from bot.store import keys
from bot.store.redis import Client, store_errors


class Matters:
    """A person's open conversations, by when somebody last wrote in them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def enter(self, person: str, conversation: str, now: float, most: int) -> Room:
        """Count the conversation as open while there are fewer than `most`; one that counts already stays.

        Args:
            now: Unix seconds.

        Raises:
            TemporaryFailure: the store is down.
        """
        name = keys.open_matters(person)
        pipe = self._client.pipeline(transaction=False)
        pipe.zremrangebyscore(name, "-inf", now - keys.OPEN_SECONDS)
        pipe.zscore(name, conversation)
        pipe.zadd(name, {conversation: now})
        pipe.expire(name, keys.OPEN_SECONDS)
        pipe.zcard(name)
        try:
            _, before, _, _, count = await pipe.execute()
            if before is not None or int(count) <= most:
                return Room.YES
            await self._client.zrem(name, conversation)
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
