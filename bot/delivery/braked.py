"""Holds back answers that were decided before somebody pulled the brake, and have not reached their customer.

They may have waited for hours for a vendor that was away. Each becomes what it would be if it were decided now: a
draft, or nothing. What a human has sent, and what people wrote, goes out in any case.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.delivery.handlers.reply import undisclosed
from bot.delivery.retry import told
from bot.desk.policy.policy import Policy
from bot.domain.autonomy import PUBLIC, Mode
from bot.domain.conversation import Conversation
from bot.domain.effects import ContinueInDM, Effect, Reply, kind_of
from bot.domain.facts import Facts
from bot.domain.ports import Brake, Clock
from bot.domain.proposals import Stage
from bot.domain.transcript import load_entry
from bot.store.queue.held import Held, StoredEffect
from bot.store.queue.outbox import Outbox
from bot.telemetry import metrics
from bot.turn.audit import account_of
from bot.turn.autonomy.dial import BRAKE, BRAKED
from bot.turn.context import TurnInput, TurnResult
from bot.turn.drafts.hold import hold
from bot.turn.drafts.ticket import with_ticket

WITHHELD = "withheld"


class Rules(Protocol):
    """Where the rules of the desk that is at work stand."""

    @property
    def policy(self) -> Policy:
        """They may be others a moment later."""


class HeldBack(Exception):
    """The brake is on: the answer is not sent.

    Args:
        mode: what becomes of it instead.
    """

    def __init__(self, mode: Mode) -> None:
        super().__init__(str(mode))
        self.mode = mode


class BrakedAnswers:
    """Stops answers of the bot on their way, and keeps them as drafts.

    Args:
        channel: id of the channel where colleagues decide on drafts, empty for tickets.
        rules: those of the desk that is at work.
    """

    def __init__(self, outbox: Outbox, brake: Brake, clock: Clock, channel: str, rules: Rules) -> None:
        self._outbox = outbox
        self._brake = brake
        self._clock = clock
        self._channel = channel
        self._rules = rules

    async def stop(self, held: Held, effect: Effect) -> None:
        """Return where the effect may be carried out.

        Raises:
            HeldBack: it is an answer of the bot, and the brake is on.
            TemporaryFailure: the store is down.
        """
        if not isinstance(effect, Reply) or not effect.text or held.id.is_rehearsal:
            return
        if mode := await self._brake.mode():
            raise HeldBack(mode)

    async def keep(self, held: Held, stored: StoredEffect, mode: Mode) -> None:
        """Let an answer, and what follows from it, be a draft, or nothing, in the place of being sent."""
        effect = stored.effect
        assert isinstance(effect, Reply)  # noqa: S101 (nothing else is stopped)
        beside = _beside(held, effect)
        if not any(draft.cause == effect.id for draft in held.conversation.drafts):
            await self._commit(held, effect, [one.effect for one in beside], mode)
        # The answer last: as long as it waits, whoever comes after a death knows what belongs to it.
        for one in beside:
            await self._settle(held, one, Facts())
        await self._settle(held, stored, Facts.left_unsaid(effect.text) | undisclosed(effect, WITHHELD))

    async def _settle(self, held: Held, stored: StoredEffect, facts: Facts) -> None:
        metrics.EFFECTS.labels(kind=kind_of(stored.effect), outcome=WITHHELD).inc()
        event = told(held, stored, WITHHELD, self._clock.now())
        await self._outbox.settle(held, stored, facts=facts, event=event)

    async def _commit(self, held: Held, reply: Reply, beside: Sequence[Effect], mode: Mode) -> None:
        now = self._clock.now()
        conversation = replace(held.conversation, facts=held.facts)
        before = _without_offers(conversation, reply)
        waiting = TurnInput(before, (), [load_entry(text) for text in held.items], now)
        decision = PUBLIC.at_most(mode, BRAKE, BRAKED)
        outcome = TurnResult(conversation, 0, effects=(reply, *beside), verdict="answered", decision=decision)
        outcome = with_ticket(
            waiting, hold(outcome, waiting, decision, self._channel), None, self._rules.policy.default_group
        )
        await self._outbox.commit(
            held,
            outcome.conversation,
            consumed=0,
            effects=outcome.effects,
            events=account_of(waiting, outcome, number=held.turn + 1, attempt=1, seconds=0.0),
        )


def _beside(held: Held, reply: Reply) -> list[StoredEffect]:
    """Return what would open a direct message for the same question: that it is opened waits behind the answer."""
    name = f"{reply.id.removesuffix(':reply')}:direct"
    return [one for one in held.outbox if isinstance(one.effect, ContinueInDM) and one.effect.id == name]


def _without_offers(conversation: Conversation, reply: Reply) -> Conversation:
    """Return the conversation as it was before an answer made its offers: they exist once its draft is sent."""
    made = {button.value for button in reply.buttons if not conversation.facts.shown(button.value)}
    kept = tuple(one for one in conversation.proposals if one.stage is not Stage.OFFERED or one.id not in made)
    return replace(conversation, proposals=kept)
