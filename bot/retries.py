"""What becomes of an effect that failed: put off and tried again, at last a dead letter.

A vendor's own word on the wait is kept although a customer's next line wakes the conversation before: otherwise each
line would be a try, and a busy customer's ticket would be given up within a minute of being throttled.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot import metrics
from bot.domain.audit import AuditEvent, Deed
from bot.domain.effects import Reply, SendCode, dump_effect, kind_of
from bot.domain.errors import Paced, PermanentFailure, RemoteError, TemporaryFailure
from bot.domain.ports import Clock
from bot.mailbox.dead_letters import DeadLetters
from bot.mailbox.lease import Held, Stored
from bot.mailbox.outbox import Outbox

MOST_TRIES = 12
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 300.0

log = structlog.get_logger(__name__)


class Retries:
    """Counts the tries of the effect at the head of an outbox, across holders.

    Args:
        note: remembers a field of the conversation.
    """

    def __init__(
        self,
        outbox: Outbox,
        dead_letters: DeadLetters,
        note: Callable[[Held, str, str], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._note = note
        self._clock = clock

    def rest(self, held: Held, stored: Stored) -> float:
        """Return the seconds a vendor still asks to leave the effect alone, 0 when it may be tried."""
        _, until = _tries(held, stored)
        return max(0.0, until - self._clock.now())

    async def put_off(self, held: Held, stored: Stored, error: TemporaryFailure) -> float:
        """Return the seconds until the next try; 0 when there will be none.

        Waiting for its place in a channel's queue is no try: nothing was sent.
        """
        kind = kind_of(stored.effect)
        if isinstance(error, Paced):
            metrics.EFFECTS.labels(kind=kind, outcome="paced").inc()
            return error.retry_after or FIRST_BACKOFF_SECONDS
        tries = _tries(held, stored)[0] + 1
        until = self._clock.now() + error.retry_after if error.retry_after else 0.0
        held.facts["tries"] = f"{stored.effect.id}={tries}={until:.3f}"
        if tries >= MOST_TRIES:
            await self.bury(held, stored, error)
            return 0.0
        await self._note(held, "f:tries", held.facts["tries"])
        metrics.EFFECTS.labels(kind=kind, outcome="retry").inc()
        reason = type(error).__name__
        log.warning("delivery.retried", effect=stored.effect.id, kind=kind, tries=tries, reason=reason)
        return error.retry_after or min(FIRST_BACKOFF_SECONDS * 2 ** (tries - 1), LONGEST_BACKOFF_SECONDS)

    async def bury(self, held: Held, stored: Stored, error: RemoteError) -> None:
        """Give the effect up: keep it as a dead letter, and let those behind it go on."""
        kind = kind_of(stored.effect)
        code = error.code if isinstance(error, PermanentFailure) else type(error).__name__
        metrics.EFFECTS.labels(kind=kind, outcome="dead").inc()
        metrics.DEAD_LETTERS.labels(kind=kind).inc()
        log.error("delivery.dead_letter", effect=stored.effect.id, kind=kind, code=code)
        effect = stored.effect
        kept = replace(effect, code="", email="") if isinstance(effect, SendCode) else effect
        await self._dead_letters.bury(held.id, kind, dump_effect(kept), code, since=stored.intent_at)
        answers = stored.effect.answers if isinstance(stored.effect, Reply) else ()
        event = told(held, stored, f"dead: {code}", self._clock.now())
        await self._outbox.settle(held, stored, answers=answers, answer={"response": "", "agent": "human"}, event=event)


def told(held: Held, stored: Stored, outcome: str, at: float, seconds: float = 0.0) -> AuditEvent:
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


def _tries(held: Held, stored: Stored) -> tuple[int, float]:
    """Return how often the effect was tried, and until when (Unix seconds) its vendor wants to be left alone."""
    match held.facts.get("tries", "").rsplit("=", 2):
        case [stored.effect.id, tries, until]:
            return int(tries), float(until)
    return 0, 0.0
