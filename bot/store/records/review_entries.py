"""Keeps what people review: entries with words for some days, and what was decided for good, in nobody's words."""

import json
from collections.abc import AsyncIterator, Sequence

from bot.domain.errors import TemporaryFailure
from bot.domain.ids import person_of
from bot.domain.review import Decided, ReviewEntry, Verdict, load_entry
from bot.store import keys
from bot.store.redis import Client, store_errors

PAGE = 50
_BATCH = 200


class ReviewEntries:
    """Every method raises TemporaryFailure when the store is down.

    Args:
        days: after which an entry loses its words, and is no more.
    """

    def __init__(self, client: Client, days: float) -> None:
        self._client = client
        self._seconds = days * 86_400

    async def put(self, entry: ReviewEntry, now: float) -> bool:
        """Keep an entry unless it is there, was decided, or would be too old; return whether it is new."""
        left = int(entry.at + self._seconds - now)
        if left <= 0:
            return False
        try:
            if await self._client.hexists(keys.REVIEWED, entry.id):
                return False
            is_new = bool(await self._client.set(keys.review(entry.id), entry.dump(), nx=True, ex=left))
            await self._client.zadd(keys.REVIEW, {entry.id: entry.at})
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return is_new

    async def add_reason(self, name: str, reason: str) -> None:
        """Let an entry tell what somebody said was wrong, where it is still kept."""
        entry = await self.read(name)
        if entry is None:
            return
        try:
            await self._client.set(keys.review(name), entry.with_reason(reason).dump(), xx=True, keepttl=True)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def read(self, name: str) -> ReviewEntry | None:
        """Return an entry, None where it is gone."""
        try:
            found = await self._client.get(keys.review(name))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return load_entry(found) if found else None

    async def open(self, count: int = PAGE) -> list[ReviewEntry]:
        """Return entries on which nobody has decided, the newest first."""
        decided = set(await self._raw_decided())
        found = [entry async for entry in self._all() if entry.id not in decided]
        return found[:count]

    async def decide(self, entry: ReviewEntry, verdict: Verdict, at: float, by: str) -> bool:
        """Keep what somebody says of an entry; return whether nobody has said anything of it before."""
        told = json.dumps([entry.topic, str(verdict), round(at, 3), by])
        try:
            return bool(await self._client.hsetnx(keys.REVIEWED, entry.id, told))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def decided(self) -> list[Decided]:
        """Return everything that was decided."""
        return [Decided(*json.loads(told)[:4]) for told in (await self._raw_decided()).values()]

    async def tidy(self, now: float) -> None:
        """Forget the places of entries whose words are gone."""
        try:
            await self._client.zremrangebyscore(keys.REVIEW, "-inf", now - self._seconds)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def export(self, person: str) -> list[ReviewEntry]:
        """Return the entries of a person: an author id, the desk's id of a customer, or a conversation's id."""
        return [entry async for entry in self._all() if _is_of(entry, person)]

    async def forget(self, person: str) -> int:
        """Delete the entries of a person; return how many. What was decided on them stays, as counts."""
        names = [entry.id for entry in await self.export(person)]
        try:
            for name in names:
                await self._client.delete(keys.review(name))
                await self._client.zrem(keys.REVIEW, name)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return len(names)

    async def _raw_decided(self) -> dict[str, str]:
        try:
            found = await self._client.hgetall(keys.REVIEWED)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return {name.decode(): told.decode() for name, told in found.items()}

    async def _all(self) -> AsyncIterator[ReviewEntry]:
        """Yield all entries, the newest first."""
        start = 0
        while True:
            texts = await self._texts(start)
            if not texts:
                return
            for text in texts:
                if text:
                    yield load_entry(text)
            start += _BATCH

    async def _texts(self, start: int) -> Sequence[bytes | None]:
        try:
            names = await self._client.zrevrange(keys.REVIEW, start, start + _BATCH - 1)
            return await self._client.mget([keys.review(name.decode()) for name in names]) if names else []
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error


def _is_of(entry: ReviewEntry, person: str) -> bool:
    if person in {entry.customer, entry.conversation, entry.person}:
        return True
    return bool(entry.person) and person_of(entry.person) == person_of(person)
