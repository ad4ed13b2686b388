"""Rate limits per customer: messages that reach a model per minute, one-time codes per hour."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.store import keys
from bot.store.redis import Client, Scripts, store_errors

SHORTEST_WAIT = 0.1
MOST_THREADS = 10
"""Threads that one customer may open in a minute while their lines wait for the rate."""


class _SharedClient:
    """The client that everything else uses; limits' scripts share round trips with ours."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._scripts = Scripts(client)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def register_script(self, text: bytes) -> Callable[[Sequence[str], Sequence[float]], Awaitable[Any]]:
        """Return what runs the script."""
        name = self._scripts.add(text.decode())

        async def run(names: Sequence[str], args: Sequence[float]) -> Any:
            return await self._scripts.run(name, names, *args)

        return run


class _SharedStorage(RedisStorage):
    """limits' Redis storage on the client that everything else uses: its pool, its timeouts, unix sockets, Cluster."""

    def __init__(self, client: Client) -> None:
        self._shared = _SharedClient(client)
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


class Flood:
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
"""For one author, whatever addresses they name."""
MOST_CODES_OF_ONE = 3
"""For one author and one address."""
MOST_CODES_TO_ONE = 15
"""To one address, whoever asks: more than one author, or a few, can use up for somebody else."""
MOST_GUESSES_AN_HOUR = 10
"""By one author."""
MOST_GUESSES_AT_ONE = 40
"""At the codes of one address, whoever guesses."""


class CodeRate:
    """The `CodeLimits` port. `limits` counts calls; here a call that is repeated must count once."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def allows(self, asker: str, address: str, effect_id: str) -> bool:
        """Count one code; return whether it is within the limits. What an author's own limit stops costs nobody else.

        Raises:
            TemporaryFailure: the store is down.
        """
        bounds = (
            (asker, MOST_CODES_AN_HOUR),
            (f"{asker}>{address}", MOST_CODES_OF_ONE),
            (f"to:{address}", MOST_CODES_TO_ONE),
        )
        for who, most in bounds:
            if not await self._counts(who, effect_id, most):
                return False
        return True

    async def may_try(self, asker: str, address: str, message_id: str) -> bool:
        """Count one guess; return whether it is within the limits.

        Raises:
            TemporaryFailure: the store is down.
        """
        if not await self._counts(f"guess:{asker}", message_id, MOST_GUESSES_AN_HOUR):
            return False
        return not address or await self._counts(f"guess:to:{address}", message_id, MOST_GUESSES_AT_ONE)

    async def sent(self, effect_id: str) -> None:
        """Note that a code has gone out.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            await self._client.set(keys.codes(f"sent:{effect_id}"), "1", ex=keys.CODES_SECONDS)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def was_sent(self, effect_id: str) -> bool:
        """Return whether the code of this effect has gone out.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            return bool(await self._client.exists(keys.codes(f"sent:{effect_id}")))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error

    async def _counts(self, who: str, what: str, most: int) -> bool:
        """Count `what` once within the hour; return whether it is among the first `most`; else it does not count."""
        key = keys.codes(who)
        now = self._clock.now()
        pipe = self._client.pipeline(transaction=False)
        pipe.zremrangebyscore(key, "-inf", now - keys.CODES_SECONDS)
        pipe.zscore(key, what)
        pipe.zadd(key, {what: now}, nx=True)
        pipe.expire(key, keys.CODES_SECONDS)
        pipe.zcard(key)
        try:
            _, before, _, _, count = await pipe.execute()
            if before is not None or int(count) <= most:
                return True
            await self._client.zrem(key, what)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return False
