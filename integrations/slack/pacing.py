"""Slack's `Retry-After` obeyed: while something cools down, calls to it fail at once and cost nothing."""

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock

_PRUNE_ABOVE = 1_000


class Pacing:
    """Until when each channel or method rests; in this process alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def check(self, *keys: str) -> None:
        """Return when none of `keys` rests.

        Raises:
            TemporaryFailure: one does; `retry_after` says how long still.
        """
        now = self._clock.now()
        rest = max((self._until.get(key, 0.0) - now for key in keys), default=0.0)
        if rest > 0:
            raise TemporaryFailure("cooling down", retry_after=rest)

    def cool(self, key: str, seconds: float) -> None:
        """Let `key` rest for `seconds`."""
        now = self._clock.now()
        if len(self._until) > _PRUNE_ABOVE:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until[key] = max(self._until.get(key, 0.0), now + seconds)
