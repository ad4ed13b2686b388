"""Keeps the account's requests per minute, as its answers state them, for all workers together.

A 429 lets the whole account rest, unless its headers show that the account has requests left: then the one ticket was
updated too often (30 times in 10 minutes by one user), and its conversation alone waits. When less than a tenth of the
minute's requests is left, they are spread over the seconds until it begins anew.
https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.errors import TemporaryFailure
from bot.domain.ports import RateLimiter
from integrations.zendesk.api.errors import RateLimit

LONGEST_REST_SECONDS = 60.0
"""An account's requests are counted by the minute; a longer wait is not the account's."""

_SCARCE = 10
_MINUTE = 60.0


@dataclass
class Seen:
    """What the answers to one piece of work said of the budgets; written by its thread, read when that is done."""

    limits: Mapping[str, RateLimit] = field(default_factory=dict)


class RequestBudget:
    """Who may call Zendesk now.

    Args:
        account: the account's address.
        shared: keeps the limits for all workers; None lets every request go.
    """

    def __init__(self, account: str, shared: RateLimiter | None) -> None:
        self._place = f"zendesk:{account}"
        self._shared = shared
        self._every = 0.0

    async def enter(self, caller: str) -> None:
        """Return when a request may be sent.

        Raises:
            Paced: the account rests.
        """
        if self._shared:
            await self._shared.enter(self._place, caller, self._every)

    async def learn(self, seen: Seen, failure: Exception | None) -> None:
        """Take in what answers said, and how they failed."""
        if self._shared is None:
            return
        account = seen.limits.get("account")
        if account and account.total:
            self._every = _MINUTE / account.total
        rest = _rest_after(seen, failure)
        if rest is not None:
            await self._shared.rest(self._place, rest)


def _rest_after(seen: Seen, failure: Exception | None) -> float | None:
    """Return how many seconds the whole account rests, None for not at all."""
    account = seen.limits.get("account")
    wait = failure.retry_after if isinstance(failure, TemporaryFailure) else None
    if wait and (exhausted(seen.limits) or not account):
        return min(wait, LONGEST_REST_SECONDS)
    if account and account.remaining * _SCARCE < account.total:
        left = _MINUTE if account.resets is None else float(account.resets)
        return min(left, _MINUTE) / (account.remaining + 1)
    return None


def exhausted(limits: Mapping[str, RateLimit]) -> bool:
    """Return whether a budget that the account's requests share is used up."""
    return any(limit.remaining <= 0 for limit in limits.values())
