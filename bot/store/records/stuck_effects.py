"""Tracks effects that a vendor does not take at present, and since when; for operators only.

Written only when an effect is put off, and when the last one that was has gone, so that normal running pays nothing. An
entry whose conversation was deleted meanwhile goes by itself after `KEEP_SECONDS`.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.store import keys
from bot.store.redis import Client, store_errors

KEEP_SECONDS = 3 * 86_400.0
MOST = 500
"""Conversations whose effects are counted; each further one counts as one."""


@dataclass(frozen=True)
class Backlog:
    """What waits for vendors to take it.

    Args:
        effects: how many, those behind the first of a conversation included.
        conversations: in how many conversations.
        oldest: seconds since the first of them was tried in vain.
    """

    effects: int = 0
    conversations: int = 0
    oldest: float = 0.0


class Stuck:
    """The index of conversations with effects put off. Every method raises TemporaryFailure when the store is down."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def add(self, conversation: str, since: float) -> None:
        """Remember that the conversation has had an effect put off since then (Unix seconds)."""
        await _asked(self._client.zadd(keys.STUCK, {conversation: since}))
        await _asked(self._client.expire(keys.STUCK, int(KEEP_SECONDS)))

    async def drop(self, conversation: str) -> None:
        """All of its effects have gone."""
        await _asked(self._client.zrem(keys.STUCK, conversation))

    async def look(self) -> Backlog:
        """Return what waits now."""
        now = self._clock.now()
        await _asked(self._client.zremrangebyscore(keys.STUCK, "-inf", now - KEEP_SECONDS))
        rows = await _asked(self._client.zrange(keys.STUCK, 0, MOST - 1, withscores=True))
        if not rows:
            return Backlog()
        total = int(await _asked(self._client.zcard(keys.STUCK)))
        counts = [int(await _asked(self._client.llen(keys.outbox(name.decode())))) for name, _ in rows]
        return Backlog(sum(counts) + total - len(rows), total, max(0.0, now - float(rows[0][1])))

    async def oldest(self, most: int) -> list[tuple[str, float]]:
        """Return conversations whose effects are put off, each with since when (Unix seconds), oldest first."""
        rows = await _asked(self._client.zrange(keys.STUCK, 0, most - 1, withscores=True))
        return [(name.decode(), float(since)) for name, since in rows]


async def _asked(reply: Awaitable[Any]) -> Any:
    try:
        return await reply
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
