"""Tickets that are good for one time: issued for some minutes, and gone with their first use."""

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.redis import Client, store_errors


class OneTime:
    """Issues tickets and takes them back. Every method raises TemporaryFailure when the store is down.

    Args:
        purpose: keeps the tickets of one use apart from those of another.
        seconds: for which a ticket is good.
    """

    def __init__(self, client: Client, purpose: str, seconds: int) -> None:
        self._client = client
        self._purpose = purpose
        self._seconds = seconds

    async def issue(self, ticket: str) -> None:
        """Make a ticket good."""
        try:
            await self._client.set(keys.once(self._purpose, ticket), b"1", ex=self._seconds)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def spend(self, ticket: str) -> bool:
        """Return whether the ticket was good until now; of several who ask at once, one hears yes."""
        try:
            return bool(await self._client.delete(keys.once(self._purpose, ticket)))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
