"""Decides what becomes of an effect that failed: retried with growing delays for a day, then a dead letter.

The budget is time, counted from the first failure and kept with the conversation, so that neither a busy customer nor
the death of a worker uses it up. A try is as far away as a quarter of the time that was waited already, with jitter, so
that an outage of a minute is over a quarter of a minute late, and one of hours does not end in a stampede. The vendor's
own word on the wait is kept where it is longer, also when a customer's next line wakes the conversation before.
https://docs.slack.dev/apis/web-api/rate-limits/ · https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog

from bot.domain.audit import AuditEvent, Deed
from bot.domain.effects import Reply, SendCode, dump_effect, kind_of
from bot.domain.errors import Paced, PermanentFailure, RemoteError, TemporaryFailure
from bot.domain.facts import Facts, Failing
from bot.domain.ports import Clock
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.held import Held, StoredEffect
from bot.store.queue.outbox import Outbox
from bot.store.records.stuck_effects import Stuck
from bot.telemetry import metrics

BUDGET_SECONDS = 86_400.0
"""From the first failure of an effect until it is given up."""
SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 300.0
WAITED_PART = 0.25
JITTER = (0.9, 1.2)

log = structlog.get_logger(__name__)


class Retries:
    """Counts the time that the effects of an outbox have failed, across holders.

    Args:
        learn: remembers a fact of the conversation.
        stuck: shows operators what waits, None for nobody.
    """

    def __init__(
        self,
        outbox: Outbox,
        dead_letters: DeadLetters,
        learn: Callable[[Held, Facts], Awaitable[None]],
        clock: Clock,
        stuck: Stuck | None = None,
    ) -> None:
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._learn = learn
        self._clock = clock
        self._stuck = stuck

    def rest(self, held: Held, stored: StoredEffect) -> float:
        """Return the seconds to leave the effect alone, 0 when it may be tried."""
        known = failing(held).get(stored.effect.id)
        return max(0.0, known.until - self._clock.now()) if known else 0.0

    def waited(self, held: Held, stored: StoredEffect) -> float:
        """Return the seconds for which the effect has failed, 0 when it has not."""
        known = failing(held).get(stored.effect.id)
        return max(0.0, self._clock.now() - known.since) if known else 0.0

    async def put_off(self, held: Held, stored: StoredEffect, error: TemporaryFailure) -> float:
        """Return the seconds until the next try; 0 when its time is over.

        Waiting for its place in a channel's queue is no failure: nothing was sent.
        """
        kind = kind_of(stored.effect)
        if isinstance(error, Paced):
            metrics.EFFECTS.labels(kind=kind, outcome="paced").inc()
            return error.retry_after or SHORTEST_SECONDS
        now = self._clock.now()
        known = failing(held)
        before = known.get(stored.effect.id) or Failing(now)
        waited = now - before.since
        if waited >= BUDGET_SECONDS:
            return 0.0
        delay = max(error.retry_after or 0.0, delay_after(waited) * random.uniform(*JITTER))  # noqa: S311
        known[stored.effect.id] = Failing(before.since, now + delay, before.tries + 1)
        await self._remember(held, known)
        metrics.EFFECTS.labels(kind=kind, outcome="retry").inc()
        reason = type(error).__name__
        log.warning(
            "delivery.retried",
            effect=stored.effect.id,
            kind=kind,
            tries=before.tries + 1,
            waited=round(waited),
            reason=reason,
        )
        return delay

    async def cleared(self, held: Held) -> None:
        """Nothing that failed is left: operators need not see the conversation any more."""
        if held.facts.failing and not failing(held):
            if self._stuck:
                await self._stuck.drop(held.id)
            await self._learn(held, Facts.fails({}))

    async def bury(self, held: Held, stored: StoredEffect, error: RemoteError, facts: Facts | None = None) -> None:
        """Give the effect up: keep it as a dead letter, and let those behind it go on.

        Args:
            facts: what its end teaches.
        """
        kind = kind_of(stored.effect)
        code = error.code if isinstance(error, PermanentFailure) else type(error).__name__
        metrics.EFFECTS.labels(kind=kind, outcome="dead").inc()
        metrics.DEAD_LETTERS.labels(kind=kind).inc()
        log.error("delivery.dead_letter", effect=stored.effect.id, kind=kind, code=code)
        effect = stored.effect
        kept = replace(effect, code="", email="") if isinstance(effect, SendCode) else effect
        await self._dead_letters.bury(held.id, kind, dump_effect(kept), code, since=stored.intent_at)
        answers = stored.effect.answers if isinstance(stored.effect, Reply) else ()
        answer = {"response": "", "agent": "human"}
        event = told(held, stored, f"dead: {code}", self._clock.now())
        await self._outbox.settle(held, stored, facts=facts, answers=answers, answer=answer, event=event)

    async def _remember(self, held: Held, known: Mapping[str, Failing]) -> None:
        await self._learn(held, Facts.fails(known))
        if self._stuck:
            await self._stuck.add(held.id, min(one.since for one in known.values()))


def delay_after(waited: float) -> float:
    """Return the seconds until the next try of what has failed for so long already, before jitter."""
    return min(max(SHORTEST_SECONDS, waited * WAITED_PART), LONGEST_SECONDS)


def failing(held: Held) -> dict[str, Failing]:
    """Return what fails of what is still on the outbox, by effect id."""
    left = {stored.effect.id for stored in held.outbox}
    return {name: one for name, one in held.facts.failing.items() if name in left}


def told(held: Held, stored: StoredEffect, outcome: str, at: float, seconds: float = 0.0) -> AuditEvent:
    """Return how an effect ended, for the audit.

    Args:
        at: Unix seconds.
        seconds: how long it took.
    """
    effect = stored.effect
    details = {"effect": kind_of(effect), "ticket": held.conversation.ticket_id}
    return AuditEvent(
        Deed.DELIVERY,
        outcome,
        effect.recipient if isinstance(effect, Reply) else "",
        effect.agent if isinstance(effect, Reply) else "",
        seconds,
        {name: value for name, value in details.items() if value},
        at,
        held.conversation.turns,
        effect.id,
        held.id,
    )
