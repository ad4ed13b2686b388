"""Vendor rate limits as token buckets.

Slack: https://docs.slack.dev/apis/web-api/rate-limits ·
Zendesk: https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

import math
from dataclasses import dataclass

from integrations.sandbox.core.clock import Clock


@dataclass(slots=True)
class _Bucket:
    level: float
    stamp: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a limit: `wait` is 0 when the call may go, else seconds to wait."""

    total: int
    left: int
    resets: int
    wait: int


class Limits:
    """Buckets by name; one `take` per call."""

    def __init__(self, clock: Clock) -> None:
        self.enabled = True
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def clear(self) -> None:
        """Forget what was used."""
        self._buckets.clear()

    def take(self, name: str, capacity: int, seconds: float) -> Budget:
        """Use one of `capacity` calls that grow back evenly over `seconds`."""
        if not self.enabled:
            return Budget(capacity, capacity, 0, 0)
        now = self._clock.now()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(float(capacity), now)
        rate = capacity / seconds
        bucket.level = min(float(capacity), bucket.level + (now - bucket.stamp) * rate)
        bucket.stamp = now
        wait = 0
        # A hair of tolerance: a level rebuilt from float seconds may read 0.9999999.
        if bucket.level >= 1 - 1e-6:
            bucket.level -= 1
        else:
            wait = max(1, math.ceil((1 - bucket.level) / rate))
        resets = math.ceil((capacity - bucket.level) / rate)
        return Budget(capacity, max(0, int(bucket.level)), resets, wait)
