"""Works on one held conversation: delivers what is left, takes the turns that wait, and commits what they decide.

What was committed is delivered before anything new is decided, so that a successor of a dead worker says first what
that one had to say.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import structlog

from bot.delivery.dispatcher import Rest
from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.effects import OpenTicket
from bot.domain.events import CustomerMessage, InboundMessage, StopPressed
from bot.domain.facts import Facts
from bot.domain.ids import person_of, same_person
from bot.domain.text.redaction import mask_codes
from bot.domain.transcript import load_entries
from bot.runtime.tickets.ticket_sync import TicketSync, has_hints
from bot.runtime.timer_scheduler import TimerScheduler
from bot.runtime.turn_counts import count_turn
from bot.runtime.turn_spans import tell_turn, turn_span
from bot.runtime.worker_deps import WorkerDeps
from bot.store.codec import dump
from bot.store.queue.held import Held
from bot.telemetry import metrics
from bot.turn.agent.cancellation import stoppable
from bot.turn.agent.journal import journaled
from bot.turn.agent.model_cost import CostScope, paying
from bot.turn.audit import account_of
from bot.turn.context import TurnInput, TurnResult, batch_of
from bot.turn.drafts import published
from bot.turn.handoff import words
from bot.turn.results.handoffs import REACHES_PEOPLE

SLOWED_EVERY_SECONDS = 3_600.0
"""A thread whose lines wait is told so once, not with each part of them."""
MOST_FAILURES = 3
"""After so many attempts that failed a turn goes to people."""
MOST_ATTEMPTS = 10
"""The same for attempts that did not live to fail: a worker's death hits every conversation it held, and rarely one of
them caused it, so that deaths alone prove little."""

log = structlog.get_logger(__name__)


class HeldWork:
    """Takes the turns of conversations that the worker holds.

    Args:
        per_minute: messages of one customer per minute that reach the model.
    """

    def __init__(self, deps: WorkerDeps, timers: TimerScheduler, *, per_minute: int) -> None:
        self._deps = deps
        self._timers = timers
        self._per_minute = per_minute
        self._tickets = TicketSync(deps.leases, deps.inbox, deps.conversations, deps.at_work, deps.helpdesk, deps.clock)
        self._stops: dict[tuple[str, str], asyncio.Event] = {}

    def stop(self, conversation: str, author: str) -> None:
        """A customer wants no answer any more to what may be answered to them right now."""
        if stop := self._stops.get((conversation, person_of(author))):
            stop.set()

    async def take(self, held: Held) -> float:
        """Deliver what a predecessor left, then take the turns that wait; return the seconds to park, 0 for none.

        Raises:
            LeaseLost: another worker holds the conversation.
            TemporaryFailure: the store is down.
        """
        if _is_at_rest(held):
            return await self._fire_timer(held)

        rest = await self._deliver(held)
        if rest.blocks:
            return rest.seconds
        if has_hints(held.entries) and (delay := await self._tickets.look(held)):
            return delay

        while held.entries:
            if delay := await self._paced(held):
                return delay
            rest = await self._take_next(held)
            if rest.blocks:
                break
        return rest.seconds

    async def _deliver(self, held: Held, fresh: frozenset[str] = frozenset()) -> Rest:
        """Deliver what is on the outbox, and what follows for a customer who waits for their hand-over.

        Args:
            fresh: ids of effects that cannot have been carried out yet, so that none of them is looked up.
        """
        deps = self._deps
        rest = await deps.delivery.deliver(held, fresh) if held.outbox else Rest()
        while _has_news(_known(held)):
            history = load_entries(held.items)
            waiting = TurnInput(_known(held), (), history, deps.clock.now())
            outcome = await deps.at_work.turn.news(waiting, {stored.effect.id for stored in held.outbox})
            if outcome is None:
                return _until_late(rest, words.late_at(held.conversation) - waiting.now)
            await self._commit(held, waiting, outcome, monotonic())
            rest = await deps.delivery.deliver(held, frozenset(effect.id for effect in outcome.effects))
        return rest

    async def _take_next(self, held: Held) -> Rest:
        """Take the turn at the head of the inbox, and deliver what it decides."""
        with turn_span(held):
            return await self._decided_and_delivered(held)

    async def _decided_and_delivered(self, held: Held) -> Rest:
        known = {stored.effect.id for stored in held.outbox}
        looks_up = held.may_be_retaken(self._deps.clock.now())
        held.oldest = held.oldest_waiting
        await self._turn(held)
        fresh = frozenset(stored.effect.id for stored in held.outbox) - known
        return await self._deliver(held, frozenset() if looks_up else fresh)

    async def _turn(self, held: Held) -> None:
        waiting = TurnInput(
            conversation=_known(held),
            messages=self._at_once(held),
            history=load_entries(held.items),
            now=held.clock,
            preview=held.preview,
            before=await self._before(held),
            counted_for=held.counted_for,
        )
        began = monotonic()
        if held.failures >= MOST_FAILURES or held.attempts > MOST_ATTEMPTS:
            outcome = await self._give_up(held, waiting)
        else:
            waiting = await self._deps.at_work.turn.introduced(waiting)
            outcome = await self._answer(held, waiting)
        await self._commit(held, waiting, outcome, began)

    async def _answer(self, held: Held, waiting: TurnInput) -> TurnResult:
        """Let the desk decide; its customer may stop it meanwhile, and what it costs is counted."""
        deps = self._deps
        first = batch_of(waiting.messages)[0]
        cost = CostScope(deps.at_work.spending, held.id, first.author.id)
        with (
            self._stoppable_by(first, held) as stop,
            metrics.TURN_SECONDS.time(),
            journaled(deps.journal(held)),
            paying(cost),
            stoppable(stop),
        ):
            outcome = await deps.at_work.turn.take(waiting, deps.preview(held, first))

        outcome = replace(outcome, used=cost.used_since(held.conversation.spent))
        if cost.total is None:
            return outcome
        return replace(outcome, conversation=replace(outcome.conversation, spent=cost.total))

    @contextmanager
    def _stoppable_by(self, first: InboundMessage, held: Held) -> Iterator[asyncio.Event]:
        """Yield an event that is set once the author of the first line wants no answer any more."""
        who = (held.id, person_of(first.author.id))
        stop = self._stops[who] = asyncio.Event()
        if _is_stopped(held.entries):
            stop.set()
        try:
            yield stop
        finally:
            if self._stops.get(who) is stop:  # a turn that lost its lease ends after its successor began
                del self._stops[who]

    async def _fire_timer(self, held: Held) -> float:
        """Take the turn of a deadline that has passed while nothing waited; return the seconds to park, 0 for none."""
        began = monotonic()
        held.clock = self._deps.clock.now()
        history = load_entries(held.items)
        waiting = TurnInput(_known(held), (), history, held.clock)
        outcome = await self._timers.decide(held, waiting)
        if outcome is None:
            return 0.0
        await self._commit(held, waiting, outcome, began)
        # Rare, and nobody waits for it: all is looked up, for a failover may have forgotten that it was done.
        return (await self._deliver(held)).seconds

    async def _commit(self, held: Held, waiting: TurnInput, outcome: TurnResult, began: float) -> None:
        deps = self._deps
        entries = [entry.dump() for entry in outcome.entries]
        ticket_id = outcome.conversation.ticket_id
        if ticket_id and ticket_id != held.conversation.ticket_id and outcome.conversation.ticket:
            await deps.conversations.link(ticket_id, held.id)
        await deps.outbox.commit(
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
        count_turn(waiting, outcome)
        tell_turn(outcome)
        metrics.TURNS.labels(owner=str(outcome.conversation.owner), outcome=outcome.verdict.partition(":")[0]).inc()
        log.info("turn.taken", verdict=outcome.verdict, owner=str(outcome.conversation.owner), attempt=held.attempts)

    async def _give_up(self, held: Held, waiting: TurnInput) -> TurnResult:
        """Contain a turn that kills or fails every attempt; what it would have answered is kept as a dead letter.

        Lines that only had to reach people have reached them then: nothing is left to be taken again.
        """
        log.error("turn.given_up", failures=held.failures, attempts=held.attempts - 1)
        outcome = await self._deps.at_work.turn.give_up(waiting)
        if outcome.verdict in REACHES_PEOPLE:
            return outcome
        metrics.DEAD_LETTERS.labels(kind="turn").inc()
        reason = f"{held.failures} failures in {held.attempts - 1} attempts"
        for message in batch_of(waiting.messages):
            kept = dump(replace(message, text=mask_codes(message.text)))
            await self._deps.dead_letters.bury(held.id, "turn", kept, reason)
        return outcome

    async def _before(self, held: Held) -> str:
        """The summary of the same person's last conversation, for the first turn of a new one."""
        first = held.entries[0]
        previous = first.previous if isinstance(first, CustomerMessage) else ""
        if held.conversation.turns or not previous:
            return ""
        view = await self._deps.conversations.read(previous)
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
        person, deps = person_of(first.author.id), self._deps
        delay, counts = await asyncio.gather(  # in one round trip
            deps.rate.take(person, len(batch), self._per_minute),
            deps.matters.counts(person, held.id, deps.clock.now()),
        )
        held.counted_for = person if counts else ""
        if delay and self._deps.clock.now() - held.conversation.slowed_at > SLOWED_EVERY_SECONDS:
            conversation = replace(held.conversation, slowed_at=self._deps.clock.now())
            told = await self._deps.at_work.turn.slowed(conversation, first)
            await self._deps.outbox.commit(held, told.conversation, consumed=0, effects=told.effects)
            await self._deps.delivery.deliver(held, frozenset(effect.id for effect in told.effects))
        return delay


def _has_news(conversation: Conversation) -> bool:
    """Return whether something that was delivered has consequences that no turn has taken in yet."""
    return words.has_news(conversation) or published.has_news(conversation)


def _is_at_rest(held: Held) -> bool:
    """Return whether nothing waits, so that a passed deadline is why it is held."""
    return not held.entries and not held.outbox and not _has_news(_known(held))


def _until_late(rest: Rest, seconds: float) -> Rest:
    """Return the rest, ended early where the customer has to hear that their hand-over takes longer.

    Args:
        seconds: until then.
    """
    return replace(rest, seconds=min(rest.seconds, seconds)) if seconds > 0 and rest.seconds else rest


def _known(held: Held) -> Conversation:
    """Return the conversation with what delivery has learnt, and whether a ticket of it is on its way."""
    opens = any(isinstance(stored.effect, OpenTicket) for stored in held.outbox)
    return replace(held.conversation, facts=held.facts | Facts.opening() if opens else held.facts)


def _is_stopped(entries: Sequence[InboundMessage]) -> bool:
    """Return whether the author of the first lines pressed stop right after them."""
    batch = batch_of(entries)
    after = entries[len(batch) : len(batch) + 1]
    return any(isinstance(entry, StopPressed) and same_person(entry.author.id, batch[0].author.id) for entry in after)
