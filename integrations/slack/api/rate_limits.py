"""Obeys Slack's limits: while a method or channel is limited, calls to it fail at once and locally.

A 429 for a message delays that method in that channel alone; Slack posts at most about one message per second and
channel, and tells the rest by `Retry-After`: https://docs.slack.dev/apis/web-api/rate-limits. Calls of the preview are
limited for the whole workspace, and nobody waits for them: for those this process alone remembers the method.
"""

from bot.domain.errors import Paced
from bot.domain.ports import Clock, RateLimiter

SECONDS_BETWEEN_POSTS = 1.0
_TRIMMINGS = frozenset(
    {"agents.sessions.setStatus", "assistant.threads.setStatus", "chat.startStream", "chat.appendStream"}
)
"""Calls of the preview: when these are limited, the answer itself may still be posted."""

_PRUNE_ABOVE = 1_000


class RestingPlaces:
    """Until when each place rests, in this process alone: the `RateLimiter` port where there is no store."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    async def enter(self, place: str, _caller: str, _every: float) -> None:
        """Return when the place does not rest.

        Raises:
            Paced: it does; `retry_after` says how long still.
        """
        rest = self._until.get(place, 0.0) - self._clock.now()
        if rest > 0:
            raise Paced("cooling down", retry_after=rest)

    async def rest(self, place: str, seconds: float) -> None:
        """Let a place rest for `seconds`."""
        now = self._clock.now()
        if len(self._until) > _PRUNE_ABOVE:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until[place] = max(self._until.get(place, 0.0), now + seconds)


class SlackPacing:
    """Who may call Slack now.

    Args:
        shared: keeps the limits for all workers; None for this process alone.
        workspace: whose limits these are, as Slack limits each on its own; empty where there is but one.
    """

    def __init__(self, clock: Clock, shared: RateLimiter | None = None, workspace: str = "") -> None:
        self._prefix = f"slack:{workspace}:" if workspace else "slack:"
        self._own = RestingPlaces(clock)
        self._shared = shared or self._own

    async def enter(self, method: str, channel: str = "", thread: str = "") -> None:
        """Return when the method may be called.

        Args:
            channel: where it writes, empty for a method that only reads.
            thread: whose place in the channel's queue is kept.

        Raises:
            Paced: it rests.
        """
        pacing = self._shared if channel and method not in _TRIMMINGS else self._own
        await pacing.enter(self._place(method, channel), thread, SECONDS_BETWEEN_POSTS)

    async def rest(self, method: str, channel: str, seconds: float) -> None:
        """Slack asked to wait."""
        pacing = self._shared if channel and method not in _TRIMMINGS else self._own
        await pacing.rest(self._place(method, channel), seconds)

    def _place(self, method: str, channel: str) -> str:
        return f"{self._prefix}{method}" if method in _TRIMMINGS else f"{self._prefix}{channel}:{method}"
