"""Rate limits of vendors, shared by all workers: one queue per limited channel or account.

Nothing is held back before a vendor says no. From its 429 on the calls to that one place keep their distance, at first
the one the vendor documents, then less and less until half a minute after the 429: a channel that bears more is found
out, one that does not says so again. Each caller gets a place of its own in the queue, so that a hundred conversations
of one busy channel do not all hit the limit again at the same moment, and every other place goes on as before.
(`limits`, which counts customers' messages, can only say no: whoever asks again at the right moment would win.)

It costs no round trip while nobody is limited: each process looks once a second whether anybody is. Beyond that it is
one per call to a vendor that delivers something.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

from bot.domain.errors import Paced, TemporaryFailure
from bot.store import keys
from bot.store.redis import Scripts, store_errors
from bot.telemetry import metrics

RECOVERY_SECONDS = 30.0
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 1.0
"""Shorter waits are waited for in place: parking a conversation costs more than that."""


class VendorRate:
    """The `Pacing` port on Redis. Every method raises TemporaryFailure when the store is down.

    Args:
        elapsed: seconds, for how often to look.
        recovery: seconds after a 429 until calls need no distance again.
    """

    def __init__(
        self, scripts: Scripts, elapsed: Callable[[], float] = monotonic, recovery: float = RECOVERY_SECONDS
    ) -> None:
        self._scripts = scripts
        self._elapsed = elapsed
        self._recovery = int(recovery * 1000)
        self._looked = float("-inf")
        self._limited = False

    async def enter(self, place: str, caller: str, every: float) -> None:
        """Return when a call to `place` may be made, at once where it is not limited.

        Args:
            caller: who asks; its place in the queue is kept for it. Empty for nobody who would come back.
            every: seconds between two calls just after a 429.

        Raises:
            Paced: it has to come back after `retry_after` seconds.
        """
        if not await self._anybody_limited():
            return
        args = (caller, int(every * 1000), int(PATIENCE_SECONDS * 1000), self._recovery)
        [reply] = await self._scripts.run_all(("pace", [keys.pace(place)], args))
        goes = int(reply[0])
        wait = int(reply[1]) / 1000
        vendor = place.partition(":")[0]
        if not goes:
            metrics.PACED.labels(vendor=vendor, outcome="put_off").inc()
            raise Paced(f"{vendor} is limited", retry_after=wait)
        if wait:
            metrics.PACED.labels(vendor=vendor, outcome="waited").inc()
            await asyncio.sleep(wait)

    async def rest(self, place: str, seconds: float) -> None:
        """Let nobody call `place` for `seconds`: its vendor said so.

        Raises:
            TemporaryFailure: the store is down.
        """
        metrics.LIMITED.labels(vendor=place.partition(":")[0]).inc()
        try:
            await self._scripts.client.set(keys.LIMITED, b"1", px=int(seconds * 1000) + self._recovery)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        self._limited = True
        self._looked = self._elapsed()
        await self._scripts.run("rest", [keys.pace(place)], int(seconds * 1000), self._recovery)

    async def _anybody_limited(self) -> bool:
        if self._elapsed() - self._looked >= LOOK_SECONDS:
            self._looked = self._elapsed()
            try:
                self._limited = bool(await self._scripts.client.exists(keys.LIMITED))
            except store_errors as error:
                raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return self._limited
