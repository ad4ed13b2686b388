"""How much of one customer is let through: messages to the model in a minute, one-time codes in an hour."""

import time
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.mailbox import keys
from bot.mailbox.connection import Client, store_errors

SHORTEST_WAIT = 0.1
MOST_THREADS = 10
"""Threads that one customer may open in a minute while their lines wait for the rate."""


class _SharedStorage(RedisStorage):
    """limits' Redis storage on the client that everything else uses: its pool, its timeouts, unix sockets, Cluster."""

    def __init__(self, client: Client) -> None:
        self._shared = client
        super().__init__("async+redis://", implementation="redispy", key_prefix=keys.RATE)

    def configure_bridge(self) -> None:
        bridge: Any = self.bridge
        bridge.storage = self._shared
        bridge.connection_getter = lambda _readonly: self._shared


class MessageRate:
    """Counts messages per customer."""

    def __init__(self, client: Client) -> None:
        self._window = MovingWindowRateLimiter(_SharedStorage(client))

    async def take(self, customer: str, cost: int, per_minute: int) -> float:
        """Count `cost` messages of `customer`; return 0, or the seconds to wait when nothing was counted.

        Args:
            customer: whose messages; any text.
            cost: more than the limit counts as the limit, or it could never pass.
            per_minute: the limit.

        Raises:
            TemporaryFailure: the store is down.
        """
        limit = RateLimitItemPerMinute(per_minute)
        try:
            if await self._window.hit(limit, customer, cost=min(cost, per_minute)):
                return 0.0
            stats = await self._window.get_window_stats(limit, customer)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        # The window is limits', and so is its clock.
        return max(SHORTEST_WAIT, stats.reset_time - time.time())


class Matters:
    """Tells a customer's next matter from the flood it comes in."""

    def __init__(self, client: Client, per_minute: int) -> None:
        self._window = MovingWindowRateLimiter(_SharedStorage(client))
        self._limit = RateLimitItemPerMinute(per_minute)
        self._threads = RateLimitItemPerMinute(MOST_THREADS, namespace="threads")

    async def apart(self, customer: str) -> bool:
        """Return whether a new top-level line is a conversation of its own, since those before it wait for the rate.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            if await self._window.test(self._limit, customer):
                return False
            return await self._window.hit(self._threads, customer)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error


MOST_CODES_AN_HOUR = 5


class CodeRate:
    """The `CodeLimits` port. `limits` counts calls; here a call that is repeated must count once."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def allows(self, who: str, effect_id: str) -> bool:
        """Count one code for an author or an address; return whether it is within the limit.

        Raises:
            TemporaryFailure: the store is down.
        """
        key, now = keys.codes(who), self._clock.now()
        pipe = self._client.pipeline(transaction=False)
        pipe.zremrangebyscore(key, "-inf", now - keys.CODES_SECONDS)
        pipe.zadd(key, {effect_id: now}, nx=True)
        pipe.expire(key, keys.CODES_SECONDS)
        pipe.zrank(key, effect_id)
        try:
            rank = (await pipe.execute())[-1]
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return rank is not None and int(rank) < MOST_CODES_AN_HOUR
