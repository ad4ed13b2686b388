"""Carry out each committed effect once.

The commit stored the exact request before any call, so an effect that is found on the outbox by a new holder may
have been carried out already: it is looked up first and adopted, else sent again.

| effect | class | how it is found again |
|---|---|---|
| reply, relay in Slack | B, readable | the effect id in the message's `metadata`, read with `conversations.replies` |
| reply as ticket comment, note, fields, relayed lines | B, readable | the effect id in the audits' `metadata.custom` |
| message to colleagues | B, readable | the same, read with `conversations.history` |
| changed message | idempotent | doing it twice changes nothing |
| new ticket | A, server key | `Idempotency-Key`, and `external_id` where the key has expired |
| reply to `/chat` | own store | settled with the outbox in one script |

Effects of one conversation keep their order. A failure that may pass parks the conversation; one that cannot pass,
or has not passed after `MOST_TRIES`, becomes a dead letter, and the effects behind it go on.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol, TypeVar

import structlog

from bot import metrics
from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Ticket
from bot.domain.effects import (
    Amend,
    Announce,
    Effect,
    OpenTicket,
    Relay,
    Reply,
    UpdateTicket,
    dump_effect,
    kind_of,
    with_ticket_number,
)
from bot.domain.errors import NotFound, PermanentFailure, RemoteError, TemporaryFailure, UnknownOutcome
from bot.domain.messages import File, Surface, slack_thread, surface_of
from bot.domain.ports import Chat, Clock, HelpDesk
from bot.domain.proposals import CONFIRM, delivered_fact
from bot.mailbox.dead_letters import DeadLetters
from bot.mailbox.lease import Held, Stored
from bot.mailbox.outbox import Outbox
from bot.ticket_replies import Withheld, reply_on_ticket, update_ticket
from bot.turn.escalation import follow_up

MOST_TRIES = 12
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 300.0
MOST_FILES = 10

Port = TypeVar("Port")

log = structlog.get_logger(__name__)


MARGIN_SECONDS = 60.0
"""How far Slack's clock may be behind ours when a message is looked for."""


class Links(Protocol):
    """What delivery writes and says outside the conversation."""

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Remember whose ticket it is."""

    async def publish(self, conversation: str, event: str, data: str) -> None:
        """Tell who listens to the conversation now."""


@dataclass(frozen=True)
class Done:
    """What carrying out an effect taught."""

    facts: Mapping[str, str]
    answer: Mapping[str, object] | None = None
    answers: Sequence[str] = ()
    outcome: str = "done"


class Delivery:
    """Delivers a held conversation's outbox.

    Args:
        chat: the Slack side, None without Slack.
        helpdesk: the Zendesk side, None without Zendesk.
        note_try: remembers how often the first effect was tried, across holders.
    """

    def __init__(
        self,
        outbox: Outbox,
        links: Links,
        dead_letters: DeadLetters,
        note_try: Callable[[Held, str, str], Awaitable[None]],
        clock: Clock,
        *,
        chat: Chat | None = None,
        helpdesk: HelpDesk | None = None,
    ) -> None:
        self._outbox = outbox
        self._links = links
        self._dead_letters = dead_letters
        self._note_try = note_try
        self._clock = clock
        self._chat = chat
        self._helpdesk = helpdesk

    async def deliver(self, held: Held, fresh: frozenset[str] = frozenset()) -> float:
        """Carry out what is on the outbox, in order.

        Args:
            fresh: ids of effects this holder has just committed; they need no look-up.

        Returns:
            0 when all is done, else the seconds to park the conversation.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        for stored in list(held.outbox):
            effect, began = stored.effect, monotonic()
            try:
                done = await self._once(held, stored, fresh=effect.id in fresh)
            except TemporaryFailure as error:
                delay = await self._put_off(held, stored, error)
                if delay:
                    return delay
            except RemoteError as error:
                await self._bury(held, stored, error)
            else:
                metrics.EFFECTS.labels(kind=kind_of(effect), outcome="done").inc()
                event = self._told(held, stored, done.outcome, monotonic() - began)
                await self._outbox.settle(
                    held, stored, facts=done.facts, answer=done.answer, answers=done.answers, event=event
                )
                if done.answers:
                    await self._links.publish(held.id, "answered", "")
        return 0.0

    async def _once(self, held: Held, stored: Stored, *, fresh: bool) -> Done:
        """Carry out one effect; after an unknown outcome look it up once before giving up for now."""
        effect = stored.effect
        if not fresh and (found := await self._find(held, stored)) is not None:
            metrics.EFFECTS.labels(kind=kind_of(effect), outcome="adopted").inc()
            return replace(found, outcome="adopted")
        try:
            return await self._carry_out(held, effect)
        except UnknownOutcome:
            found = await self._find(held, stored)
            if found is None:
                raise
            return replace(found, outcome="adopted")

    async def _carry_out(self, held: Held, effect: Effect) -> Done:
        conversation = replace(held.conversation, facts=held.facts)
        match effect:
            case Reply():
                return await self._reply(held, effect)
            case Relay():
                files, contents, lost = await self._fetch(effect.files, self._helpdesk)
                relay = replace(effect, files=files, text=effect.text + lost)
                await _needed(self._chat).relay(conversation, relay, contents)
                return Done({})
            case OpenTicket():
                files, contents, lost = await self._fetch(effect.files, self._chat)
                opening = replace(effect, files=files, words=effect.words + lost)
                return await self._opened(held, await _needed(self._helpdesk).open(opening, contents))
            case UpdateTicket():
                files, contents, lost = await self._fetch(effect.files, self._chat)
                return await self._update(held, replace(effect, files=files, comment=effect.comment + lost), contents)
            case Announce():
                message = await _needed(self._chat).announce(conversation, effect)
                return Done({effect.fact: message} if effect.fact else {})
            case Amend():
                await _needed(self._chat).amend(effect)
                return Done({})

    async def _reply(self, held: Held, reply: Reply) -> Done:
        reply = replace(reply, text=with_ticket_number(reply.text, held.conversation.ticket_id))
        surface, began = surface_of(held.id), self._clock.now()
        if surface is Surface.CHAT or not reply.text:
            answer = {"response": reply.text, "agent": reply.agent, "turn": reply.turn, "chat_length": reply.items}
            return Done(_offered(reply, began), answer, reply.answers)
        if surface is Surface.SLACK:
            ts = await _needed(self._chat).reply(held.conversation, reply)
            return Done(_offered(reply, began, f"{slack_thread(held.id).channel}:{ts}"))
        reply = replace(reply, stamp=max(reply.stamp, held.facts.get("stamp", "")))
        try:
            await reply_on_ticket(_needed(self._helpdesk), held.conversation, reply)
        except Withheld:
            return Done({"unsent": reply.text}, outcome="withheld")
        return Done(_offered(reply, began))

    async def _update(self, held: Held, effect: UpdateTicket, files: Sequence[bytes]) -> Done:
        """Update the linked ticket; a merged one is followed, and words for one that is gone open another."""
        helpdesk = _needed(self._helpdesk)
        if not held.conversation.ticket_id:
            raise NotFound("no ticket is linked", "no_ticket")
        stamp = max(effect.stamp, held.facts.get("stamp", ""))
        try:
            stamp = await update_ticket(helpdesk, held.conversation, effect, files, stamp)
        except PermanentFailure as error:
            if error.code != "closed" and not isinstance(error, NotFound):
                raise
            return await self._after_closed(held, effect, files, error)
        return Done({"stamp": stamp} if stamp else {})

    async def _after_closed(
        self, held: Held, effect: UpdateTicket, files: Sequence[bytes], error: PermanentFailure
    ) -> Done:
        """The ticket is closed, merged or deleted: a customer's words still have to reach people."""
        helpdesk = _needed(self._helpdesk)
        if not effect.comment:
            return Done({})  # tags and fields of such a ticket are of no use to anybody any more
        ticket_id = held.conversation.ticket_id
        gone = isinstance(error, NotFound)
        target = None if gone else (await helpdesk.read(ticket_id, held.conversation.last_comment)).ticket
        if target and target.follows:
            after, _ = await helpdesk.update(target.follows, effect, files)
            return await self._opened(held, after)
        if effect.author is None:
            raise error
        return await self._opened(held, await helpdesk.open(follow_up(held.conversation, effect, target), files))

    async def _opened(self, held: Held, ticket: Ticket) -> Done:
        facts = {"stamp": ticket.updated_at} if ticket.updated_at else {}
        if surface_of(held.id) is Surface.ZENDESK:
            return Done(facts)  # another ticket is a conversation of its own
        await self._links.link(ticket.id, held.id)
        held.conversation = replace(held.conversation, ticket_id=ticket.id)
        return Done({"ticket_id": ticket.id, **facts})

    async def _find(self, held: Held, stored: Stored) -> Done | None:
        """Return what an earlier attempt already did, None when it did nothing."""
        effect = stored.effect
        slack = surface_of(held.id) is Surface.SLACK
        if isinstance(effect, OpenTicket):
            ticket = await _needed(self._helpdesk).find_ticket(effect.external_id, effect.id)
            return await self._opened(held, ticket) if ticket else None
        if isinstance(effect, Reply | Relay) and slack:
            ts = await _needed(self._chat).find(held.conversation, effect.id, stored.intent_at - MARGIN_SECONDS)
            message = f"{slack_thread(held.id).channel}:{ts}"
            return Done(_offered(effect, stored.intent_at, message)) if ts else None
        if isinstance(effect, Announce):
            message = await _needed(self._chat).find_announced(effect, stored.intent_at - MARGIN_SECONDS)
            return Done({effect.fact: message} if effect.fact else {}) if message else None
        if isinstance(effect, Amend):
            return None
        ticketed = isinstance(effect, UpdateTicket) or surface_of(held.id) is Surface.ZENDESK
        if ticketed and held.conversation.ticket_id:
            found, _ = await _needed(self._helpdesk).find_update(held.conversation.ticket_id, effect.id)
            return Done(_offered(effect, stored.intent_at)) if found else None
        return None

    async def _fetch(
        self, files: Sequence[File], port: Chat | HelpDesk | None
    ) -> tuple[tuple[File, ...], list[bytes], str]:
        """Return the files that can be had, their bytes, and a line that names the others: words go without them."""
        kept: list[File] = []
        contents: list[bytes] = []
        for file in files[:MOST_FILES]:
            try:
                if port is None:
                    raise PermanentFailure("this side is not connected", "not_connected")
                contents.append(await port.download(file))
            except PermanentFailure as error:
                log.warning("file.left_out", file=file.id, code=error.code)
            else:
                kept.append(file)
        lost = [file.name for file in files if file not in kept]
        return tuple(kept), contents, f"\n\n(not attached: {', '.join(lost)})" if lost else ""

    async def _put_off(self, held: Held, stored: Stored, error: TemporaryFailure) -> float:
        """Return the seconds until the next try; 0 when there will be none."""
        effect_id, _, count = held.facts.get("tries", "").rpartition("=")
        tries = int(count) + 1 if effect_id == stored.effect.id else 1
        held.facts["tries"] = f"{stored.effect.id}={tries}"
        if tries >= MOST_TRIES:
            await self._bury(held, stored, error)
            return 0.0
        await self._note_try(held, "f:tries", held.facts["tries"])
        metrics.EFFECTS.labels(kind=kind_of(stored.effect), outcome="retry").inc()
        log.warning("delivery.retried", effect=stored.effect.id, kind=kind_of(stored.effect), tries=tries)
        return error.retry_after or min(FIRST_BACKOFF_SECONDS * 2 ** (tries - 1), LONGEST_BACKOFF_SECONDS)

    async def _bury(self, held: Held, stored: Stored, error: RemoteError) -> None:
        kind = kind_of(stored.effect)
        code = error.code if isinstance(error, PermanentFailure) else type(error).__name__
        metrics.EFFECTS.labels(kind=kind, outcome="dead").inc()
        metrics.DEAD_LETTERS.labels(kind=kind).inc()
        log.error("delivery.dead_letter", effect=stored.effect.id, kind=kind, code=code)
        await self._dead_letters.bury(held.id, kind, dump_effect(stored.effect), code)
        answers = stored.effect.answers if isinstance(stored.effect, Reply) else ()
        event = self._told(held, stored, f"dead: {code}")
        await self._outbox.settle(held, stored, answers=answers, answer={"response": "", "agent": "human"}, event=event)

    def _told(self, held: Held, stored: Stored, outcome: str, seconds: float = 0.0) -> AuditEvent:
        """Return how an effect ended, for the audit."""
        effect = stored.effect
        told = {"effect": kind_of(effect), "ticket": held.conversation.ticket_id}
        details = {name: value for name, value in told.items() if value}
        return AuditEvent(
            Deed.DELIVERY,
            outcome,
            effect.recipient if isinstance(effect, Reply) else "",
            effect.agent if isinstance(effect, Reply) else "",
            seconds,
            details,
            self._clock.now(),
            held.conversation.turns,
            effect.id,
            held.id,
        )


def _offered(effect: Effect, at: float, message: str = "") -> dict[str, str]:
    """When, and in which Slack message, the offers of a reply reached the customer: a yes counts from then on.

    Args:
        at: Unix seconds just before it was sent; nobody can have answered earlier.
    """
    buttons = effect.buttons if isinstance(effect, Reply) else ()
    return {delivered_fact(button.value): f"{at:.6f} {message}" for button in buttons if button.action == CONFIRM}


def _needed(port: Port | None) -> Port:
    if port is None:
        raise PermanentFailure("this side is not connected", "not_connected")
    return port
