"""How many messages of one customer may reach the model in a minute: a moving window, kept by `limits`."""

import time
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from bot.domain.errors import TemporaryFailure
from bot.mailbox import keys
from bot.mailbox.connection import Client, store_errors

SHORTEST_WAIT = 0.1


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
