"""Claims due conversations and works on each: claim → lease → look → turn → commit → deliver → release.

A worker that dies loses nothing: its claim is due again after the redelivery time, its lease expires, and the next
holder delivers what was committed before it takes the turn that was not.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from math import ceil
from random import random
from time import monotonic

import structlog

from bot.domain.changed import replace
from bot.domain.errors import LeaseLost, TemporaryFailure
from bot.runtime.held_work import HeldWork
from bot.runtime.timer_scheduler import TimerScheduler
from bot.runtime.worker_deps import WorkerDeps
from bot.store.queue.due import Claim, Shares, place_of
from bot.store.queue.held import Held
from bot.store.queue.lease import NEWER_SECONDS
from bot.store.tasks import end
from bot.telemetry import metrics

PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Between two looks of a worker whose store is away, or that failed to look, each with as much again of chance."""
DRAIN_SECONDS = 30.0
FAILED_SECONDS = 1.0
SHARE = 0.75
"""Of its hands that a worker gives to one place: the next customer of another one finds some free."""
IDLE_TOO_LONG_SECONDS = 20.0
"""A worker that has not looked for so long is not ready; with nothing to do it looks four times a second."""

log = structlog.get_logger(__name__)


class _After(Enum):
    """How the work on a held conversation has ended."""

    LET_GO = auto()
    MORE_WAITS = auto()
    AT_REST = auto()


class Worker:
    """Works on up to `concurrency` conversations at once.

    Args:
        hold_seconds: after these a dead worker's conversations are due again.
        per_minute: messages of one customer per minute that reach the model.
    """

    def __init__(self, deps: WorkerDeps, *, concurrency: int, hold_seconds: float, per_minute: int) -> None:
        self._deps = deps
        self._concurrency = concurrency
        self._hold_seconds = hold_seconds
        reads_tickets = deps.helpdesk is not None
        self._timers = TimerScheduler(
            deps.due, deps.inbox, deps.at_work, deps.clock, reads_tickets=reads_tickets, kept=deps.retention_seconds
        )
        self._held_work = HeldWork(deps, self._timers, per_minute=per_minute)
        self._running: set[asyncio.Task[None]] = set()
        self._at_work: Counter[str] = Counter()
        self._by_author: Counter[str] = Counter()
        self._share = max(1, ceil(concurrency * SHARE))
        self._stopping = asyncio.Event()
        self._resting: asyncio.Future[None] | None = None
        self._looked = monotonic()

    async def settled(self) -> None:
        """Return when the work that runs now is done, whatever began meanwhile."""
        if self._running:
            await asyncio.wait(set(self._running))

    async def rest(self) -> None:
        """Take nothing new until `go_on`; return when what runs is done."""
        self._resting = asyncio.get_running_loop().create_future()
        await self._resting
        await self.settled()

    def go_on(self) -> None:
        """Take work again."""
        self._resting = None

    def stop(self) -> None:
        """Take nothing new; `run` returns when what runs is done."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped; then let the turns that run finish, up to `DRAIN_SECONDS`."""
        listening = asyncio.create_task(self._deps.due.listen(self._held_work.stop))
        try:
            await self._work_on()
        finally:
            await end(listening)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
            await asyncio.gather(*[end(task) for task in late])

    async def _work_on(self) -> None:
        """Look and work until stopped, whatever one look or one conversation comes to."""
        failed = 0
        while not self._stopping.is_set():
            try:
                pause = await self._claim() if self._resting is None else self._rested()
                self._looked = monotonic()
                failed = 0
            except TemporaryFailure as error:
                log.warning("worker.store_down", error=str(error))
                pause = _pause(failed)
                failed += 1
            except Exception:
                log.exception("worker.stumbled")
                pause = _pause(failed)
                failed += 1
            if pause:
                await self._sleep(pause)

    async def ping(self) -> None:
        """Return where this worker takes work: it looked a moment ago, or has its hands full.

        Raises:
            TemporaryFailure: it does not; its process is of no use until it looks again.
        """
        if len(self._running) < self._concurrency and monotonic() - self._looked > IDLE_TOO_LONG_SECONDS:
            raise TemporaryFailure("the worker takes no work")

    async def _sleep(self, seconds: float) -> None:
        waits = [asyncio.ensure_future(self._deps.due.sleep(seconds)), asyncio.ensure_future(self._stopping.wait())]
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _rested(self) -> float:
        """Tell who waits for it that nothing more is begun; return the seconds until the next look."""
        if self._resting is not None and not self._resting.done():
            self._resting.set_result(None)
        return PAUSES[0]

    async def _claim(self) -> float:
        """Start work on what is due; return the seconds until the next look (0: at once)."""
        free = self._concurrency - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        shares = Shares(self._share, self._at_work, self._by_author)
        claims, pause = await self._deps.due.claim(free, self._hold_seconds, shares)
        for claim in claims:
            self._begin(claim)
        return 0.0 if len(claims) == free else pause

    def _begin(self, claim: Claim) -> None:
        place = place_of(claim.conversation)
        author = claim.author or claim.conversation
        self._at_work[place] += 1
        self._by_author[author] += 1
        task = asyncio.create_task(self._work(claim))
        self._running.add(task)
        task.add_done_callback(partial(self._ended, place, author))

    def _ended(self, place: str, author: str, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._at_work -= Counter((place,))  # a place without any goes out of it
        self._by_author -= Counter((author,))

    async def _work(self, claim: Claim) -> None:
        """Work on one conversation; whatever goes wrong, the claim makes it due again."""
        structlog.contextvars.bind_contextvars(conversation=claim.conversation)
        with metrics.HELD.track_inprogress():
            try:
                await self._drain(claim)
            except LeaseLost:
                log.info("worker.let_go", reason="LeaseLost")
                with suppress(TemporaryFailure):
                    # What was on its way when the lease was lost may have been posted after somebody else's.
                    await self._deps.delivery.doubt(claim.conversation)
            except TemporaryFailure as error:
                log.info("worker.let_go", reason=type(error).__name__)
            except Exception:
                log.exception("worker.failed")

    async def _drain(self, claim: Claim) -> None:
        """Work until nothing waits in the conversation, and no deadline has passed, or somebody else has to go on."""
        deps = self._deps
        task = f":{claim.score}"  # as it was claimed: a heartbeat moves the claim, and the lease is kept by its name
        at_rest = False
        while True:
            held = await deps.leases.acquire(claim.conversation, task, at_rest=at_rest)
            if isinstance(held, float):
                # Somebody else holds it; look again when that lease could have expired.
                return await deps.due.hold(claim, held)
            if held is None and at_rest:  # it was forgotten meanwhile
                return await deps.due.finish(claim)
            if held is None:
                conversation = await deps.conversations.at_rest(claim.conversation)
            else:
                after = await self._take(held, claim)
                if after is _After.LET_GO:
                    return None
                if after is _After.MORE_WAITS:
                    at_rest = False
                    continue
                conversation = replace(held.conversation, facts=held.facts)
            if await self._timers.rests(claim, conversation):
                return None
            at_rest = True

    async def _take(self, held: Held, claim: Claim) -> _After:
        leases = self._deps.leases
        async with leases.heartbeat(held, claim):
            try:
                parked = await self._held_work.take(held)
            except (LeaseLost, TemporaryFailure):
                raise
            except Exception:
                log.exception("turn.failed", attempt=held.attempts)
                await self._again(claim, held)
                return _After.LET_GO

            if not parked and held.newer:
                parked = NEWER_SECONDS
            if parked:
                await self._park(held, claim, parked)
                return _After.LET_GO
            return await self._let_go(held, claim)

    async def _let_go(self, held: Held, claim: Claim) -> _After:
        """Let go of a conversation in which all is done; where nobody wrote meanwhile it is left for later in one step.

        A line that comes between the last commit and this moment brings its own wake, which no step of ours undoes:
        either it has changed the claim, or it comes after.
        """
        leaves = None if held.more else self._timers.leaves(claim, replace(held.conversation, facts=held.facts))
        if await self._deps.leases.release(held, leaves=leaves):
            return _After.MORE_WAITS
        return _After.LET_GO if leaves else _After.AT_REST

    async def _park(self, held: Held, claim: Claim, seconds: float) -> None:
        """Let go of a conversation whose next turn has to wait: it has not begun, for what parks comes before it."""
        await self._deps.leases.note(held, "attempts", "0")
        await self._deps.leases.release(held, park=True)
        # A wake, not a longer hold: another wake may have moved the claim meanwhile.
        await self._deps.due.wake(claim.conversation, seconds, claim.author)

    async def _again(self, claim: Claim, held: Held) -> None:
        """Let go of a turn that failed, and let it be taken again soon: as the same turn, which counts its failures."""
        deps = self._deps
        count, failed = ("failures", held.failures) if held.attempts else ("overdue", held.overdue)
        await deps.leases.note(held, count, str(failed + 1))
        await deps.leases.release(held, park=True)
        await deps.due.wake(claim.conversation, FAILED_SECONDS * (failed + 1), claim.author)


def _pause(failed: int) -> float:
    return PAUSES[min(failed, len(PAUSES) - 1)] * (1 + random())  # noqa: S311 (spreads the looks of many workers)
