"""Remembers how far a vendor's changes were read, and which one process reads them now."""

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.redis import Client, store_errors

EXPORT = "export"
THREADS = "threads"


class Cursors:
    """Named places in what is read again and again.

    Args:
        ttl: seconds after which a place that nobody moved is forgotten.
    """

    def __init__(self, client: Client, *, ttl: int) -> None:
        self._client = client
        self._ttl = ttl

    async def get(self, name: str) -> str:
        """Return the place, empty where there is none.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            found = await self._client.get(keys.mark(name))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return found.decode() if isinstance(found, bytes) else str(found or "")

    async def put(self, name: str, place: str) -> None:
        """Move on.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            await self._client.set(keys.mark(name), place, ex=self._ttl)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error


async def take_round(client: Client, name: str, seconds: float) -> bool:
    """Return whether this process does the next round of some work; for `seconds` no other does.

    Raises:
        TemporaryFailure: the store is down.
    """
    try:
        return bool(await client.set(keys.taken(name), b"1", nx=True, px=int(seconds * 1000)))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
