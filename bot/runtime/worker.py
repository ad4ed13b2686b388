"""Take one turn per conversation at a time: claim → lease → look → turn → commit → deliver → release.

A worker that dies loses nothing: its claim is due again after the redelivery time, its lease expires, and the next
holder delivers what was committed before it takes the turn that was not.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import random
from time import monotonic

import structlog

from bot.delivery.dispatcher import Delivery, Rest
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import OpenTicket
from bot.domain.errors import LeaseLost, TemporaryFailure
from bot.domain.events import CustomerMessage, InboundMessage, StopPressed
from bot.domain.facts import Facts
from bot.domain.ids import person_of, same_person
from bot.domain.ports import Clock, HelpDesk, Journal, Preview
from bot.domain.redaction import mask_codes
from bot.domain.transcript import load_entry
from bot.runtime.active_desk import AtWork
from bot.runtime.ticket_sync import TicketSync, has_hints
from bot.runtime.timer_scheduler import TimerScheduler
from bot.store.codec import dump
from bot.store.limits.customer_rate import MessageRate
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.due import Claim, DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import NEWER_SECONDS, Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.conversations import Conversations
from bot.store.tasks import end
from bot.telemetry import metrics
from bot.turn.agent.cancellation import stoppable
from bot.turn.agent.journal import journaled
from bot.turn.agent.model_cost import CostScope, paying
from bot.turn.audit import account_of
from bot.turn.context import TurnInput, TurnResult, batch_of
from bot.turn.handoff.words import has_news, late_at

PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Between two looks of a worker whose store is away, or that failed to look, each with as much again of chance."""
DRAIN_SECONDS = 30.0
SLOWED_EVERY_SECONDS = 3_600.0
"""A thread whose lines wait is told so once, not with each part of them."""
MOST_FAILURES = 3
"""After so many attempts that failed a turn goes to people."""
MOST_ATTEMPTS = 10
"""The same for attempts that did not live to fail: a worker's death hits every conversation it held, and rarely one of
them caused it, so that deaths alone prove little."""
FAILED_SECONDS = 1.0
IDLE_TOO_LONG_SECONDS = 20.0
"""A worker that has not looked for so long is not ready; with nothing to do it looks four times a second."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WorkerDeps:
    """Everything a worker works with."""

    due: DueQueue
    inbox: Inbox
    leases: Leases
    outbox: Outbox
    conversations: Conversations
    delivery: Delivery
    at_work: AtWork
    dead_letters: DeadLetters
    rate: MessageRate
    clock: Clock
    preview: Callable[[Held, InboundMessage], Preview]
    journal: Callable[[Held], Journal]
    helpdesk: HelpDesk | None = None


class Worker:
    """Works on up to `concurrency` conversations at once.

    Args:
        hold: seconds after which a dead worker's conversations are due again.
        per_minute: messages of one customer per minute that reach the model.
    """

    def __init__(self, desktop: WorkerDeps, *, concurrency: int, hold: float, per_minute: int) -> None:
        self._desktop = desktop
        self._concurrency = concurrency
        self._hold = hold
        self._per_minute = per_minute
        self._looking = TicketSync(
            desktop.leases, desktop.inbox, desktop.conversations, desktop.at_work, desktop.helpdesk, desktop.clock
        )
        reads_tickets = desktop.helpdesk is not None
        self._resting = TimerScheduler(
            desktop.due, desktop.inbox, desktop.at_work, desktop.clock, reads_tickets=reads_tickets
        )
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._looked = monotonic()
        self._stops: dict[tuple[str, str], asyncio.Event] = {}

    async def settled(self) -> None:
        """Return when the work that runs now is done, whatever began meanwhile."""
        if self._running:
            await asyncio.wait(set(self._running))

    def stop(self) -> None:
        """Take nothing new; `run` returns when what runs is done."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped; then let the turns that run finish, up to `DRAIN_SECONDS`."""
        listening = asyncio.create_task(self._desktop.due.listen(self._stop_turn))
        try:
            await self._work_on()
        finally:
            await end(listening)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
            await asyncio.gather(*[end(task) for task in late])

    def _stop_turn(self, conversation: str, author: str) -> None:
        """A customer wants no answer any more to what this worker may be answering them."""
        if stop := self._stops.get((conversation, person_of(author))):
            stop.set()

    async def _work_on(self) -> None:
        """Look and work until stopped, whatever one look or one conversation comes to."""
        failed = 0
        while not self._stopping.is_set():
            try:
                pause = await self._claim()
                self._looked = monotonic()
                failed = 0
            except TemporaryFailure as error:
                log.warning("worker.store_down", error=str(error))
                pause, failed = _pause(failed), failed + 1
            except Exception:
                log.exception("worker.stumbled")
                pause, failed = _pause(failed), failed + 1
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
        waits = [asyncio.ensure_future(self._desktop.due.sleep(seconds)), asyncio.ensure_future(self._stopping.wait())]
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _claim(self) -> float:
        """Start work on what is due; return the seconds until the next look (0: at once)."""
        free = self._concurrency - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        claims, pause = await self._desktop.due.claim(free, self._hold)
        for claim in claims:
            task = asyncio.create_task(self._work(claim))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return 0.0 if len(claims) == free else pause

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
                    await self._desktop.delivery.doubt(claim.conversation)
            except TemporaryFailure as error:
                log.info("worker.let_go", reason=type(error).__name__)
            except Exception:
                log.exception("worker.failed")

    async def _drain(self, claim: Claim) -> None:
        desktop = self._desktop
        task = f":{claim.score}"
        at_rest = False
        while True:
            held = await desktop.leases.acquire(claim.conversation, task, at_rest=at_rest)
            if held is None:
                if at_rest:  # it was forgotten meanwhile
                    return await desktop.due.finish(claim)
                if await self._resting.rests(claim, await desktop.conversations.at_rest(claim.conversation)):
                    return None
                at_rest = True
                continue
            if isinstance(held, float):
                # Somebody else holds it; look again when that lease could have expired.
                return await desktop.due.hold(claim, held)
            async with desktop.leases.heartbeat(held, claim):
                try:
                    parked = await self._take(held) or (NEWER_SECONDS if held.newer else 0.0)
                except (LeaseLost, TemporaryFailure):
                    raise
                except Exception:
                    log.exception("turn.failed", attempt=held.attempts)
                    return await self._again(claim, held)
                if parked:
                    # The turn at the head has not begun: what parks comes before it.
                    await desktop.leases.note(held, "attempts", "0")
                    await desktop.leases.release(held, park=True)
                    # A wake, not a longer hold: another wake may have moved the claim meanwhile.
                    return await desktop.due.wake(claim.conversation, parked)
                at_rest = not await desktop.leases.release(held)
            if at_rest and await self._resting.rests(claim, replace(held.conversation, facts=held.facts)):
                return None

    async def _again(self, claim: Claim, held: Held) -> None:
        """Let go of a turn that failed, and let it be taken again soon: as the same turn, which counts its failures."""
        desktop = self._desktop
        count, failed = ("failures", held.failures) if held.attempts else ("overdue", held.overdue)
        await desktop.leases.note(held, count, str(failed + 1))
        await desktop.leases.release(held, park=True)
        await desktop.due.wake(claim.conversation, FAILED_SECONDS * (failed + 1))

    async def _take(self, held: Held) -> float:
        """Deliver what a predecessor left, then take the turns that wait; return the seconds to park, 0 for none."""
        if not held.entries and not held.outbox and not has_news(_known(held)):
            return await self._ring(held)
        rest = await self._deliver(held)
        if rest.blocks:
            return rest.seconds
        if has_hints(held.entries) and (delay := await self._looking.look(held)):
            return delay
        while held.entries:
            if delay := await self._paced(held):
                return delay
            before = {stored.effect.id for stored in held.outbox}
            looks_up = held.may_be_retaken
            await self._turn(held)
            fresh = frozenset(stored.effect.id for stored in held.outbox if not looks_up) - before
            rest = await self._deliver(held, fresh)
            if rest.blocks:
                return rest.seconds
        return rest.seconds

    async def _deliver(self, held: Held, fresh: frozenset[str] = frozenset()) -> Rest:
        """Deliver what is on the outbox, and what follows for a customer who waits for their hand-over."""
        rest = await self._desktop.delivery.deliver(held, fresh) if held.outbox else Rest()
        while has_news(_known(held)):
            waiting = TurnInput(_known(held), (), [load_entry(text) for text in held.items], self._desktop.clock.now())
            outcome = self._desktop.at_work.turn.news(waiting, {stored.effect.id for stored in held.outbox})
            if outcome is None:
                late = late_at(held.conversation) - waiting.now
                return replace(rest, seconds=min(rest.seconds, late)) if late > 0 and rest.seconds else rest
            await self._commit(held, waiting, outcome, monotonic())
            rest = await self._desktop.delivery.deliver(held, frozenset(effect.id for effect in outcome.effects))
        return rest

    async def _turn(self, held: Held) -> None:
        desktop = self._desktop
        lines = self._at_once(held)
        waiting = TurnInput(
            conversation=_known(held),
            messages=lines,
            history=[load_entry(text) for text in held.items],
            now=held.clock,
            preview=held.preview,
            before=await self._before(held),
        )
        began = monotonic()
        if held.failures >= MOST_FAILURES or held.attempts > MOST_ATTEMPTS:
            outcome = await self._give_up(held, waiting)
        else:
            waiting = await desktop.at_work.turn.introduced(waiting)
            first = batch_of(waiting.messages)[0]
            purse = CostScope(desktop.at_work.spending, held.id, first.author.id)
            stopped = (held.id, person_of(first.author.id))
            stop = self._stops[stopped] = asyncio.Event()
            if _is_stopped(held.entries):
                stop.set()
            try:
                with metrics.TURN_SECONDS.time(), journaled(desktop.journal(held)), paying(purse), stoppable(stop):
                    outcome = await desktop.at_work.turn.take(waiting, desktop.preview(held, first))
            finally:
                del self._stops[stopped]
            if purse.total is not None:
                outcome = replace(outcome, conversation=replace(outcome.conversation, spent=purse.total))
        await self._commit(held, waiting, outcome, began)

    async def _ring(self, held: Held) -> float:
        """Take the turn of a deadline that has passed while nothing waited; return the seconds to park, 0 for none."""
        desktop, began = self._desktop, monotonic()
        held.clock = desktop.clock.now()
        history = [load_entry(text) for text in held.items]
        waiting = TurnInput(_known(held), (), history, held.clock)
        outcome = await self._resting.decide(held, waiting)
        if outcome is None:
            return 0.0
        await self._commit(held, waiting, outcome, began)
        # Rare, and nobody waits for it: all is looked up, for a failover may have forgotten that it was done.
        return (await self._deliver(held)).seconds

    async def _commit(self, held: Held, waiting: TurnInput, outcome: TurnResult, began: float) -> None:
        desktop = self._desktop
        entries = [entry.dump() for entry in outcome.entries]
        ticket_id = outcome.conversation.ticket_id
        if ticket_id and ticket_id != held.conversation.ticket_id and outcome.conversation.ticket:
            await desktop.conversations.link(ticket_id, held.id)
        await desktop.outbox.commit(
            held,
            outcome.conversation,
            consumed=outcome.consumed,
            items=entries,
            effects=outcome.effects,
            keep=outcome.keep,
            above=outcome.above,
            events=account_of(
                waiting, outcome, number=held.turn + 1, attempt=held.attempts, seconds=monotonic() - began
            ),
        )
        metrics.TURNS.labels(owner=str(outcome.conversation.owner), outcome=outcome.verdict.partition(":")[0]).inc()
        log.info("turn.taken", verdict=outcome.verdict, owner=str(outcome.conversation.owner), attempt=held.attempts)

    async def _give_up(self, held: Held, waiting: TurnInput) -> TurnResult:
        """Contain a turn that kills or fails every attempt; what it would have answered is kept as a dead letter."""
        log.error("turn.given_up", failures=held.failures, attempts=held.attempts - 1)
        metrics.DEAD_LETTERS.labels(kind="turn").inc()
        reason = f"{held.failures} failures in {held.attempts - 1} attempts"
        for message in batch_of(waiting.messages):
            kept = dump(replace(message, text=mask_codes(message.text)))
            await self._desktop.dead_letters.bury(held.id, "turn", kept, reason)
        return self._desktop.at_work.turn.give_up(waiting)

    async def _before(self, held: Held) -> str:
        """The summary of the same person's last conversation, for the first turn of a new one."""
        first = held.entries[0]
        previous = first.previous if isinstance(first, CustomerMessage) else ""
        if held.conversation.turns or not previous:
            return ""
        view = await self._desktop.conversations.read(previous)
        return view.conversation.summary if view else ""

    def _at_once(self, held: Held) -> Sequence[InboundMessage]:
        """Return what one turn may take: no more lines than reach a model in a minute; people read all at once."""
        waits = held.entries
        if not isinstance(waits[0], CustomerMessage) or held.conversation.is_with_human:
            return waits
        return waits[: self._per_minute]

    async def _paced(self, held: Held) -> float:
        """Hold back a customer who writes too much for the model; tell them once, drop nothing."""
        first = held.entries[0]
        if not first.is_said_by_customer or capabilities_of(first.surface).waits_for_answer or held.attempts > 1:
            return 0.0
        if held.conversation.is_with_human:
            return 0.0
        batch = batch_of(self._at_once(held))
        delay = await self._desktop.rate.take(person_of(first.author.id), len(batch), self._per_minute)
        if delay and self._desktop.clock.now() - held.conversation.slowed_at > SLOWED_EVERY_SECONDS:
            conversation = replace(held.conversation, slowed_at=self._desktop.clock.now())
            notice = self._desktop.at_work.turn.slowed(conversation, first)
            await self._desktop.outbox.commit(held, conversation, consumed=0, effects=[notice])
            await self._desktop.delivery.deliver(held, frozenset({notice.id}))
        return delay


def _known(held: Held) -> Conversation:
    """Return the conversation with what delivery has learnt, and whether a ticket of it is on its way."""
    opens = any(isinstance(stored.effect, OpenTicket) for stored in held.outbox)
    return replace(held.conversation, facts=held.facts | Facts.opening() if opens else held.facts)


def _pause(failed: int) -> float:
    return PAUSES[min(failed, len(PAUSES) - 1)] * (1 + random())  # noqa: S311 (spreads the looks of many workers)


def _is_stopped(entries: Sequence[InboundMessage]) -> bool:
    """Return whether the author of the first lines pressed stop right after them."""
    batch = batch_of(entries)
    after = entries[len(batch) : len(batch) + 1]
    return any(isinstance(entry, StopPressed) and same_person(entry.author.id, batch[0].author.id) for entry in after)
