"""Counts what models cost: an estimate is added before a call and corrected after it.

They hold across processes and without any outside service, and they count what dead attempts spent. All of them share
one hash tag, so that one script sees a customer's and the desk's total together.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from bot.domain.ports import Clock, Refusal, Reservation
from bot.store import keys
from bot.store.redis import Scripts

_REFUSALS: Mapping[int, Refusal] = {1: Refusal.CUSTOMER, 2: Refusal.DESK}
"""What the script `spend` answers where a cap is in the way."""


class SpendingCounters:
    """The counters of one desk.

    Args:
        caps: of a customer's day and of the desk's month, in millionths of a dollar; None for none.
        ttl: seconds an idle conversation is kept.
    """

    def __init__(
        self, scripts: Scripts, desk: str, caps: tuple[int | None, int | None], clock: Clock, *, ttl: int
    ) -> None:
        self._scripts = scripts
        self._desk = desk
        self._caps = ["" if cap is None else str(cap) for cap in caps]
        self._clock = clock
        self._ttl = ttl

    async def set_aside(self, customer: str, conversation: str, estimate: int) -> Reservation | Refusal:
        """Count an estimate as spent, unless that would go over a cap.

        Raises:
            TemporaryFailure: the store is down.
        """
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        counted = (
            keys.spent_in_day(f"{now:%Y-%m-%d}", customer),
            keys.spent_in_month(f"{now:%Y-%m}", self._desk),
            keys.spent_on(conversation),
        )
        hold = keys.spending_hold(uuid4().hex)
        lives = (keys.HOLD_SECONDS, keys.DAY_SECONDS, keys.MONTH_SECONDS, self._ttl)
        [reply] = await self._scripts.run_all(("spend", [hold, *counted], [estimate, *self._caps, *lives]))
        refused, total = map(int, reply)
        return _REFUSALS.get(refused) or Reservation(hold, counted, estimate, total)

    def settle(self, held: Reservation, cost: int) -> None:
        """Put the real cost in the place of the estimate, with what is asked of the store next: the turn's commit."""
        self._scripts.later(("spent", [held.id, *held.counted], [cost]))
