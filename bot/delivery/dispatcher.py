"""Carry out each committed effect once.

The commit stored the exact request before any call, so an effect that is found on the outbox by a new holder may
have been carried out already: it is looked up first and adopted, else sent again.

| effect | class | how it is found again |
|---|---|---|
| reply, relay in Slack | B, readable | the effect id in the message's `metadata`, read with `conversations.replies` |
| reply as ticket comment, note, fields, relayed lines | B, readable | the effect id in the audits' `metadata.custom` |
| message to colleagues | B, readable | the same, read with `conversations.history` |
| changed message | idempotent | doing it twice changes nothing |
| what is said on the follow-up of a closed ticket | B, readable | the follow-up by its `external_id`, then as above |
| one-time code | the same again | as a mail with its `Message-ID`, as a ticket under its key; never after ten minutes |
| new ticket | A, server key | `Idempotency-Key`, and `external_id` where the key has expired |
| reply to `/chat` | own store | settled with the outbox in one script |

Nothing stops a process that was frozen in the middle of a Slack post from sending it when it thaws. Every look-up
deletes all but the first message of an effect id, and has the thread read back again later:
`bot/store/records/duplicate_checks.py`.

Effects of one conversation that go to one vendor keep their order: `lanes.py`. What becomes of one that fails:
`retry.py`; where words go whose ticket has ended, or that Zendesk refuses: `tickets.py`; who hears of what was given
up: `given_up.py`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol, TypeVar

import structlog

from bot.delivery.attachments import FileSource, fetched
from bot.delivery.direct_message import DirectMessages
from bot.delivery.given_up import told_people
from bot.delivery.lanes import Lane, customers_lane, is_ahead, lane_of
from bot.delivery.one_time_codes import OneTimeCodes
from bot.delivery.retry import Retries, told
from bot.delivery.tickets import UNSENT, WHY, TicketDelivery
from bot.domain.effects import (
    ContinueInDM,
    EditMessage,
    Effect,
    OpenTicket,
    PostToChannel,
    Relay,
    Reply,
    SendCode,
    UpdateTicket,
    kind_of,
    with_ticket_number,
)
from bot.domain.errors import THREAD_GONE, NotFound, PermanentFailure, RemoteError, TemporaryFailure, UnknownOutcome
from bot.domain.events import File, Origin, origin_of, slack_thread
from bot.domain.ports import Channel, Clock, HelpDesk
from bot.domain.proposals import CONFIRM, delivered_fact
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.lease import Held, StoredEffect
from bot.store.queue.outbox import Outbox
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.records.stuck_effects import Stuck
from bot.telemetry import metrics
from bot.turn.handoff.words import REFUSED

Port = TypeVar("Port")

log = structlog.get_logger(__name__)


MARGIN_SECONDS = 60.0
"""How far Slack's clock may be behind ours when a message is looked for."""

FILE_SECONDS = 15.0
"""For so long words wait for a file that cannot be fetched just now."""


class DeliveryLinks(Protocol):
    """What delivery writes and says outside the conversation."""

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Remember whose ticket it is."""

    async def announce(self, message: str, conversation: str) -> None:
        """Remember what a message to colleagues (`CHANNEL:TS`) is about."""

    async def publish(self, conversation: str, event: str, data: str) -> None:
        """Tell who listens to the conversation now."""


@dataclass(frozen=True)
class Delivered:
    """What carrying out an effect taught."""

    facts: Mapping[str, str]
    answer: Mapping[str, object] | None = None
    answers: Sequence[str] = ()
    outcome: str = "done"


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
        chat: the Slack side, None without Slack.
        helpdesk: the Zendesk side, None without Zendesk.
        codes: returns what sends one-time codes in the name of the desk at work; None where none are asked for.
        directly: goes on in direct messages, None without Slack.
        doubts: has threads read back later, None for never.
        stuck: shows operators what waits, None for nobody.
        colleagues: id of the Slack channel where people hear of what was given up, empty for none.
        note: remembers a field of the conversation, such as since when an effect fails.
    """

    def __init__(
        self,
        outbox: Outbox,
        links: DeliveryLinks,
        dead_letters: DeadLetters,
        note: Callable[[Held, str, str], Awaitable[None]],
        clock: Clock,
        *,
        chat: Channel | None = None,
        helpdesk: HelpDesk | None = None,
        codes: Callable[[], OneTimeCodes] | None = None,
        directly: DirectMessages | None = None,
        doubts: DuplicateChecks | None = None,
        stuck: Stuck | None = None,
        colleagues: str = "",
    ) -> None:
        self._outbox = outbox
        self._links = links
        self._retries = Retries(outbox, dead_letters, note, clock, stuck)
        self._clock = clock
        self._chat = chat
        self._helpdesk = helpdesk
        self._doubts = doubts
        self._tickets = TicketDelivery(helpdesk, links, note) if helpdesk else None
        self._colleagues = colleagues if chat else ""
        self._codes = codes
        self._directly = directly

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
        await self._retries.cleared(held)
        return Rest(min(waiting.values(), default=0.0), customers_lane(held.id) in waiting)

    async def _tried(self, held: Held, stored: StoredEffect, fresh: frozenset[str]) -> float:
        """Carry out one effect; return the seconds until it is tried again, 0 when it is done or given up."""
        effect, began = stored.effect, monotonic()
        try:
            done = await self._once(held, stored, fresh=effect.id in fresh)
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
            facts = {**_said_after_all(held, effect), **done.facts}
            await self._outbox.settle(held, stored, facts=facts, answer=done.answer, answers=done.answers, event=event)
            if done.answers:
                await self._links.publish(held.id, "answered", "")
        return 0.0

    async def _give_up(self, held: Held, stored: StoredEffect, error: RemoteError) -> None:
        """Bury an effect; people hear of it, and the model knows of an answer that was not given."""
        effect = stored.effect
        effects = told_people(held.conversation, effect, self._colleagues, has_helpdesk=self._tickets is not None)
        if effects:
            await self._outbox.commit(held, held.conversation, consumed=0, effects=effects)
        facts = {UNSENT: effect.text} if isinstance(effect, Reply) and effect.text else {}
        if handing := held.conversation.handing:
            facts |= {REFUSED: effect.id} if effect.id == handing.effects[0] else {}
        await self._retries.bury(held, stored, error, facts)

    async def _once(self, held: Held, stored: StoredEffect, *, fresh: bool) -> Delivered:
        """Carry out one effect; after an unknown outcome look it up once before giving up for now."""
        effect = stored.effect
        if not fresh and (found := await self._find(held, stored)) is not None:
            metrics.EFFECTS.labels(kind=kind_of(effect), outcome="adopted").inc()
            return replace(found, outcome="adopted")
        try:
            return await self._carry_out(held, stored)
        except UnknownOutcome:
            found = await self._find(held, stored)
            if found is None:
                raise
            return replace(found, outcome="adopted")

    async def _carry_out(self, held: Held, stored: StoredEffect) -> Delivered:
        effect = stored.effect
        conversation = replace(held.conversation, facts=held.facts)
        match effect:
            case Reply():
                return await self._reply(held, effect)
            case Relay():
                files, contents, lost = await self._files(held, stored, effect.files, self._helpdesk)
                relay = replace(effect, files=files, text=effect.text + lost)
                await _needed(self._chat).relay(conversation, relay, contents)
                return Delivered({})
            case OpenTicket():
                files, contents, lost = await self._files(held, stored, effect.files, self._chat)
                opening = replace(effect, files=files, words=effect.words + lost)
                return Delivered(await _needed(self._tickets).open(held, stored, opening, contents))
            case UpdateTicket():
                files, contents, lost = await self._files(held, stored, effect.files, self._chat)
                update = replace(effect, files=files, comment=effect.comment + lost)
                return Delivered(await _needed(self._tickets).update(held, update, contents))
            case PostToChannel():
                return await self._announced(held, effect, await _needed(self._chat).announce(conversation, effect))
            case EditMessage():
                await _needed(self._chat).amend(effect)
                return Delivered({})
            case SendCode():
                await _needed(self._codes)().send(effect)
                return Delivered({})
            case ContinueInDM():
                await _needed(self._directly).go(conversation, effect, held.clock - MARGIN_SECONDS)
                return Delivered({})

    async def _files(
        self, held: Held, stored: StoredEffect, files: Sequence[File], port: FileSource | None
    ) -> tuple[tuple[File, ...], list[bytes], str]:
        """Fetch the files; soon the words go without those that cannot be had."""
        patient = self._retries.waited(held, stored) < FILE_SECONDS
        return await fetched(files, port, patient=patient)

    async def _reply(self, held: Held, reply: Reply) -> Delivered:
        reply = replace(reply, text=with_ticket_number(reply.text, held.conversation.ticket_id))
        surface, began = origin_of(held.id), self._clock.now()
        if surface is Origin.CHAT or not reply.text:
            answer = {"response": reply.text, "agent": reply.agent, "turn": reply.turn, "chat_length": reply.items}
            return Delivered(_offered(reply, began), answer, reply.answers)
        if surface is Origin.SLACK:
            ts = await self._in_thread(held, reply)
            if not ts:
                return Delivered({UNSENT: reply.text}, outcome="withdrawn")
            return Delivered(_offered(reply, began, f"{slack_thread(held.conversation.address).channel}:{ts}"))
        facts = await _needed(self._tickets).reply(held, reply)
        if UNSENT in facts:
            return Delivered({UNSENT: facts[UNSENT]}, outcome="refused" if WHY in facts else "withheld")
        return Delivered({**facts, **_offered(reply, began)})

    async def _in_thread(self, held: Held, reply: Reply) -> str:
        """Say it in the Slack thread; return an empty `ts` where its question was deleted, and nothing is said.

        Slack posts a reply to a message that is gone into the channel, for all to read.
        """
        chat = _needed(self._chat)
        if reply.questions and set(reply.questions) <= await self._outbox.deleted(held):
            await chat.take_back(held.conversation, reply.preview)
            return ""
        try:
            return await chat.reply(held.conversation, reply)
        except NotFound as error:
            if error.code != THREAD_GONE:
                raise
            return ""

    async def doubt(self, place: str) -> None:
        """Have a Slack thread read back later: what was posted in it may stand there twice.

        Raises:
            TemporaryFailure: the store is down.
        """
        if self._doubts and self._chat and origin_of(place) is Origin.SLACK:
            await self._doubts.add(place)

    async def _announced(self, held: Held, effect: PostToChannel, message: str) -> Delivered:
        await self._links.announce(message, held.id)
        return Delivered({effect.fact: message} if effect.fact else {})

    async def _find(self, held: Held, stored: StoredEffect) -> Delivered | None:
        """Return what an earlier attempt already did, None when it did nothing."""
        effect = stored.effect
        slack = origin_of(held.id) is Origin.SLACK
        if isinstance(effect, OpenTicket):
            facts = await _needed(self._tickets).find(held, stored, effect)
            return None if facts is None else Delivered(facts)
        if isinstance(effect, Reply | Relay) and slack:
            await self.doubt(held.conversation.address)
            ts = await _needed(self._chat).find(held.conversation, effect.id, stored.intent_at - MARGIN_SECONDS)
            message = f"{slack_thread(held.conversation.address).channel}:{ts}"
            return Delivered(_offered(effect, stored.intent_at, message)) if ts else None
        if isinstance(effect, PostToChannel):
            await self.doubt(f"slack::{effect.channel}:")
            message = await _needed(self._chat).find_announced(effect, stored.intent_at - MARGIN_SECONDS)
            return await self._announced(held, effect, message) if message else None
        if isinstance(effect, EditMessage | SendCode | ContinueInDM):
            return None
        ticketed = isinstance(effect, UpdateTicket) or origin_of(held.id) is Origin.ZENDESK
        if ticketed and held.conversation.ticket_id:
            found, _ = await _needed(self._helpdesk).find_update(held.conversation.ticket_id, effect.id)
            return Delivered(_offered(effect, stored.intent_at)) if found else None
        return None


def _said_after_all(held: Held, effect: Effect) -> dict[str, str]:
    """An answer that was given up before, and is delivered now, was said."""
    is_said = isinstance(effect, Reply) and effect.text and held.facts.get(UNSENT) == effect.text
    return {UNSENT: ""} if is_said else {}


def _next(held: Held, waiting: Mapping[Lane, float]) -> StoredEffect | None:
    """Return the next effect to carry out: what goes ahead of others first, nothing of a lane in which one waits."""
    open_ones = [stored for stored in held.outbox if lane_of(held.id, stored.effect) not in waiting]
    return next((stored for stored in open_ones if is_ahead(stored.effect)), next(iter(open_ones), None))


def _offered(effect: Effect, at: float, message: str = "") -> dict[str, str]:
    """When, and in which Slack message, the offers of a reply reached the customer: a yes counts from then on.

    Args:
        at: Unix seconds just before it was sent; nobody can have answered earlier.
        message: `CHANNEL:TS`; Slack times the yes by the clock that it times a new message by, and ours may be ahead.
    """
    buttons = effect.buttons if isinstance(effect, Reply) else ()
    if message and isinstance(effect, Reply) and not effect.preview:
        at = min(at, float(message.rpartition(":")[2]))
    return {delivered_fact(button.value): f"{at:.6f} {message}" for button in buttons if button.action == CONFIRM}


def _needed(port: Port | None) -> Port:
    if port is None:
        raise PermanentFailure("this side is not connected", "not_connected")
    return port
