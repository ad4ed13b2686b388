"""Carries out each committed effect once, in order within its lane.

The commit stored the exact request before any call, so an effect that is found on the outbox by a new holder may
have been carried out already: it is looked up first and adopted, else sent again.

How each effect is found again, or why it need not be, is declared by its handler: `handlers/`.

Nothing stops a process that was frozen in the middle of a Slack post from sending it when it thaws. Every look-up
deletes all but the first message of an effect id, and has the thread read back again later:
`bot/store/records/duplicate_checks.py`.

Effects of one conversation that go to one vendor keep their order: `lanes.py`. What becomes of one that fails:
`retry.py`; where words go whose ticket has ended, or that Zendesk refuses: `tickets.py`; who hears of what was given
up: `given_up.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from bot.delivery.braked import BrakedAnswers, HeldBack
from bot.delivery.direct_message import DirectMessages
from bot.delivery.given_up import told_people
from bot.delivery.handlers import HANDLERS
from bot.delivery.handlers.contract import Delivered, DeliveryLinks, Outgoing, Ports, needed
from bot.delivery.handlers.reply import undisclosed
from bot.delivery.lanes import Lane, customers_lane, is_ahead, lane_of
from bot.delivery.one_time_codes import OneTimeCodes
from bot.delivery.retry import Retries, told
from bot.delivery.tickets import TicketDelivery
from bot.domain.effects import Effect, PublishDraft, Reply, kind_of
from bot.domain.errors import RemoteError, TemporaryFailure, UnknownOutcome
from bot.domain.facts import Facts
from bot.domain.ports import Channel, Clock, HelpDesk
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.held import Held, StoredEffect
from bot.store.queue.outbox import Outbox
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.records.stuck_effects import Stuck
from bot.telemetry import metrics, span_names, traces

FILE_SECONDS = 15.0
"""For so long words wait for a file that cannot be fetched just now."""


def delivery_span(held: Held, effect: Effect) -> AbstractContextManager[traces.Span]:
    """Return the span of one attempt to carry out an effect; what failed for now is another span the next time."""
    if not traces.are_sent():
        return traces.NO_SPAN
    kind = kind_of(effect)
    attributes = {
        span_names.OPERATION: span_names.DELIVER,
        span_names.EFFECT_KIND: kind,
        span_names.EFFECT: effect.id,
        span_names.CONVERSATION: held.id,
    }
    return traces.span(f"{span_names.DELIVER} {kind}", attributes, calls_out=True)


@dataclass(frozen=True)
class Rest:
    """What could not be delivered yet.

    Args:
        seconds: until something can be tried again, 0 where nothing waits.
        blocks: whether the customer cannot be answered meanwhile.
    """

    seconds: float = 0.0
    blocks: bool = False


class Delivery:
    """Delivers a held conversation's outbox.

    Args:
        channels: where customers are answered, by origin.
        helpdesk: None where none is connected.
        codes: returns what sends one-time codes in the name of the desk at work; None where none are asked for.
        directly: goes on in direct messages, None where no channel has any.
        doubts: has threads read back later, None for never.
        stuck: shows operators what waits, None for nobody.
        braked: holds answers back while the brake is on, None where nobody can pull one.
        colleagues: id of the channel where people hear of what was given up, empty for none.
        learn: remembers a fact of the conversation, such as since when an effect fails.
    """

    def __init__(
        self,
        outbox: Outbox,
        links: DeliveryLinks,
        dead_letters: DeadLetters,
        learn: Callable[[Held, Facts], Awaitable[None]],
        clock: Clock,
        *,
        channels: Mapping[str, Channel] | None = None,
        helpdesk: HelpDesk | None = None,
        codes: Callable[[], OneTimeCodes] | None = None,
        directly: DirectMessages | None = None,
        doubts: DuplicateChecks | None = None,
        stuck: Stuck | None = None,
        braked: BrakedAnswers | None = None,
        colleagues: str = "",
    ) -> None:
        self._outbox = outbox
        self._retries = Retries(outbox, dead_letters, learn, clock, stuck)
        self._clock = clock
        self._braked = braked
        self._ports = Ports(
            links=links,
            deleted=outbox.deleted,
            clock=clock,
            overtaken=outbox.is_overtaken,
            channels=channels or {},
            helpdesk=helpdesk,
            tickets=TicketDelivery(helpdesk, links, learn) if helpdesk else None,
            codes=codes,
            directly=directly,
            doubts=doubts,
        )
        self._colleagues = colleagues if self._ports.colleagues else ""

    async def deliver(self, held: Held, fresh: frozenset[str] = frozenset()) -> Rest:
        """Carry out what is on the outbox, in order; what a vendor does not take now keeps only its own lane back.

        Args:
            fresh: ids of effects this holder has just committed; they need no look-up.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        waiting: dict[Lane, float] = {}
        while stored := _next(held, waiting):
            if delay := self._retries.rest(held, stored) or await self._tried(held, stored, fresh):
                waiting[lane_of(held.id, stored.effect)] = delay
            held.gone = None  # a vendor was asked meanwhile: a line may have been deleted
        await self._retries.cleared(held)
        return Rest(min(waiting.values(), default=0.0), customers_lane(held.id) in waiting)

    async def _tried(self, held: Held, stored: StoredEffect, fresh: frozenset[str]) -> float:
        """Carry out one effect; return the seconds until it is tried again, 0 when it is done or given up."""
        effect, began = stored.effect, monotonic()
        try:
            with delivery_span(held, effect) as span:
                done = await self._once(held, stored, fresh=effect.id in fresh)
                span.tell({span_names.OUTCOME: done.outcome})
        except HeldBack as braked:
            await needed(self._braked).keep(held, stored, braked.mode)
        except TemporaryFailure as error:
            delay = await self._retries.put_off(held, stored, error)
            if not delay:
                await self._give_up(held, stored, error)
            return delay
        except RemoteError as error:
            await self._give_up(held, stored, error)
        else:
            metrics.EFFECTS.labels(kind=kind_of(effect), outcome="done").inc()
            event = told(held, stored, done.outcome, self._clock.now(), monotonic() - began)
            facts = _said_after_all(held, effect, done) | done.facts
            settled = partial(self._outbox.settle, held, stored, facts=facts, answer=done.answer, answers=done.answers)
            await settled(event=event, with_next=_is_the_end(held))
        return 0.0

    async def _give_up(self, held: Held, stored: StoredEffect, error: RemoteError) -> None:
        """Bury an effect; people hear of it, and the model knows of an answer that was not given."""
        effect = stored.effect
        effects = told_people(
            held.conversation, effect, self._colleagues, has_helpdesk=self._ports.helpdesk is not None
        )
        if effects:
            await self._outbox.commit(held, held.conversation, consumed=0, effects=effects)
        facts = _unsaid(effect)
        if handing := held.conversation.handing:
            facts |= Facts.was_refused(effect.id) if effect.id == handing.effects[0] else Facts()
        await self._retries.bury(held, stored, error, facts)

    async def _once(self, held: Held, stored: StoredEffect, *, fresh: bool) -> Delivered:
        """Carry out one effect; after an unknown outcome look it up once before giving up for now."""
        effect = stored.effect
        handler = HANDLERS[type(effect)]
        patient = self._retries.waited(held, stored) < FILE_SECONDS
        outgoing = Outgoing(held, stored, self._ports, patient=patient)

        if not fresh and (found := await handler.find(outgoing, effect)) is not None:
            metrics.EFFECTS.labels(kind=kind_of(effect), outcome="adopted").inc()
            return replace(found, outcome="adopted")

        if self._braked:
            await self._braked.stop(held, effect)
        began = monotonic()
        try:
            done = await handler.send(outgoing, effect)
        except UnknownOutcome:
            found = await handler.find(outgoing, effect)
            if found is None:
                metrics.OUTBOX_UNKNOWN.labels(kind=kind_of(effect)).inc()
                raise
            return replace(found, outcome="adopted")
        metrics.EFFECT_SECONDS.labels(kind=kind_of(effect)).observe(monotonic() - began)
        return done

    async def doubt(self, place: str) -> None:
        """Have a Slack thread read back later: what was posted in it may stand there twice.

        Raises:
            TemporaryFailure: the store is down.
        """
        await self._ports.doubt(place)


def _said_after_all(held: Held, effect: Effect, done: Delivered) -> Facts:
    """An answer that was given up or held back before, and is delivered now, was said."""
    text = effect.text if isinstance(effect, Reply) else ""
    if isinstance(effect, PublishDraft) and done.outcome in {"done", "adopted"}:
        text = effect.text
    is_said = text and held.facts.unsent == text
    is_disclosed = held.facts.undisclosed == effect.id and done.outcome in {"done", "adopted"}
    heard = Facts.left_unsaid("") if is_said else Facts()
    return heard | Facts.left_undisclosed("") if is_disclosed else heard


def _unsaid(effect: Effect) -> Facts:
    """An answer that is given up was not said; a draft may be sent once more."""
    if isinstance(effect, PublishDraft):
        return Facts.was_published(effect.decision, "dead") | undisclosed(effect, "dead")
    if isinstance(effect, Reply) and effect.text:
        return Facts.left_unsaid(effect.text) | undisclosed(effect, "dead")
    return Facts()


def _is_the_end(held: Held) -> bool:
    """Return whether its holder lets go of the conversation after the effect that was carried out just now."""
    return len(held.outbox) == 1 and not held.entries and not held.more and not held.facts.failing


def _next(held: Held, waiting: Mapping[Lane, float]) -> StoredEffect | None:
    """Return the next effect to carry out: what goes ahead of others first, nothing of a lane in which one waits."""
    open_ones = [stored for stored in held.outbox if lane_of(held.id, stored.effect) not in waiting]
    return next((stored for stored in open_ones if is_ahead(stored.effect)), next(iter(open_ones), None))
