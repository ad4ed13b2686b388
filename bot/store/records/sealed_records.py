"""Keeps records by name for as long as the store lives; what is secret in them was encrypted before it comes here."""

from collections.abc import Mapping, Sequence

from bot.domain.errors import TemporaryFailure
from bot.store.redis import Scripts, fetched_hash, store_errors


class SealedRecords:
    """One hash of Redis. Every method raises TemporaryFailure when the store is down.

    Args:
        key: of the hash.
    """

    def __init__(self, scripts: Scripts, key: str) -> None:
        self._scripts = scripts
        self._client = scripts.client
        self._key = key

    async def get(self, names: Sequence[str]) -> list[str]:
        """Return what stands under each name, empty for nothing; all as of one moment."""
        try:
            found = await self._client.hmget(self._key, list(names))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return [value.decode() if isinstance(value, bytes) else str(value or "") for value in found]

    async def all(self) -> Mapping[str, str]:
        """Return all records by name."""
        try:
            return await fetched_hash(self._client, self._key)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def put(self, name: str, record: str) -> None:
        """Write a record; one that was there before is replaced."""
        try:
            await self._client.hset(self._key, name, record)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def swap(self, name: str, before: str, record: str) -> bool:
        """Replace a record that still stands as it was read; return whether it did."""
        return bool(await self._scripts.run("swap", [self._key], name, before, record))

    async def remove(self, name: str) -> bool:
        """Take a record out; return whether it was there."""
        try:
            return bool(await self._client.hdel(self._key, name))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
