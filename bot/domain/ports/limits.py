"""How often the vendors may be called."""

from typing import Protocol


class RateLimiter(Protocol):
    """The vendors' limits: a place is `slack:…` or `zendesk:…`, a channel and method or an account."""

    async def enter(self, place: str, caller: str, every: float) -> None:
        """Return when a call may be made; raises Paced when its caller has to come back later.

        Args:
            caller: whose place in the queue is kept, empty for nobody's.
            every: seconds between two calls, just after the place was limited.
        """

    async def rest(self, place: str, seconds: float) -> None:
        """Let nobody call the place for `seconds`: its vendor said so."""
