"""Keeps the key that links to rate are signed with: made once, the same for all processes, without expiry."""

from secrets import token_bytes

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.redis import Client, store_errors

_LENGTH = 32


async def rating_key(client: Client) -> bytes:
    """Return the key; of several processes that ask first, one makes it.

    Raises:
        TemporaryFailure: the store is down.
    """
    try:
        await client.set(keys.RATING_KEY, token_bytes(_LENGTH), nx=True)
        return bytes(await client.get(keys.RATING_KEY))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
