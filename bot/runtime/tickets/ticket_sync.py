"""Before a turn, replaces ticket hints at the head of the inbox by what is new on the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain.capabilities import capabilities_of
from bot.domain.errors import NotFound, PermanentFailure, RemoteError, TemporaryFailure
from bot.domain.events import InboundMessage, TicketHint
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from bot.domain.ports import Clock, HelpDesk
from bot.runtime.active_desk import AtWork
from bot.runtime.tickets.second_looks import DEADLINE, next_look
from bot.runtime.tickets.ticket_reader import look, only_hints
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.records.conversations import Conversations

RETRY_LOOK_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Read:
    """What came of following one hint.

    Args:
        messages: with the id by which each is told apart.
        delay_seconds: after how long to look again, because the help desk does not answer; 0 where it does.
        in_vain: whether what the hint meant cannot be read yet.
    """

    messages: Sequence[tuple[str, InboundMessage]] = ()
    delay_seconds: float = 0.0
    in_vain: bool = False


class TicketSync:
    """Reads what hints of a held conversation point at.

    Args:
        helpdesk: None without Zendesk; hints are dropped then.
    """

    def __init__(
        self,
        leases: Leases,
        inbox: Inbox,
        conversations: Conversations,
        at_work: AtWork,
        helpdesk: HelpDesk | None,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._leases = leases
        self._inbox = inbox
        self._conversations = conversations
        self._at_work = at_work
        self._helpdesk = helpdesk

    async def look(self, held: Held) -> float:
        """Turn hints into messages; return the seconds to park while Zendesk does not answer, 0 for none.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        found: list[tuple[str, InboundMessage]] = []
        vain: TicketHint | None = None
        for hint in only_hints(held.entries):
            if self._helpdesk is None:
                break
            read = await self._read(held, hint, self._helpdesk)
            if read.delay_seconds:
                return read.delay_seconds
            found += read.messages
            vain = hint if read.in_vain else vain

        await self._note_again(held, vain)
        await self._leases.expand(held, len(held.entries), _in_order(held.entries, found))
        return 0.0

    async def _read(self, held: Held, hint: TicketHint, helpdesk: HelpDesk) -> _Read:
        """Return what is new on the ticket that a hint points at."""
        try:
            result = await look(held.conversation, hint, helpdesk, self._at_work.policy)
        except RemoteError as error:
            delay = _delay_after(error, hint, alone=len(held.entries) == 1)
            return _Read(delay_seconds=delay, in_vain=isinstance(error, NotFound))

        if result.belongs_to and await self._forward(hint, result.belongs_to):
            return _Read()
        return _Read(result.messages, in_vain=not (result.is_news or result.belongs_to))

    async def _note_again(self, held: Held, vain: TicketHint | None) -> None:
        """Remember when to look again for what a hint meant and nobody can read yet; one such wait at a time."""
        known = held.facts.look
        after = next_look(known, vain, self._clock.now())
        if after != known:
            await self._leases.learn(held, Facts.looks_again(after))

    async def _forward(self, hint: TicketHint, owner: ConversationId) -> bool:
        """Give the hint to the conversation that opened the ticket; False when there is no such conversation."""
        if not await self._conversations.exists(owner):
            return False
        await self._conversations.link(hint.ticket_id, owner)
        await self._inbox.accept(replace(hint, conversation=owner), at_once=True)
        return True


def _in_order(
    entries: Sequence[InboundMessage], found: Sequence[tuple[str, InboundMessage]]
) -> Sequence[tuple[str, InboundMessage]]:
    """Return what waits with what a look found in its place, without the hints.

    What an earlier look found, and no turn has taken yet, happened before what this one finds.
    """
    others = [message for message in entries if not isinstance(message, TicketHint)]
    earlier = [("", message) for message in others if capabilities_of(message.surface).is_ticket]
    waiting = [("", message) for message in others if not capabilities_of(message.surface).is_ticket]
    return [*earlier, *found, *waiting]


def has_hints(entries: Sequence[InboundMessage]) -> bool:
    """Return whether a ticket has to be looked at before a turn is taken."""
    return any(isinstance(entry, TicketHint) for entry in entries)


def _delay_after(error: RemoteError, hint: TicketHint, *, alone: bool) -> float:
    """Return when to look again, 0 where that would be of no use."""
    ticket = hint.ticket_id
    if isinstance(error, NotFound):
        log.info("ticket.gone", ticket=ticket)
        return 0.0
    if isinstance(error, PermanentFailure):
        log.error("ticket.unreadable", ticket=ticket, code=error.code)
        return 0.0
    log.warning("ticket.unread", ticket=ticket, error=type(error).__name__)
    if hint.event == DEADLINE and not alone:
        return 0.0  # a customer who writes does not wait for a look that is made to be sure
    asked = error.retry_after if isinstance(error, TemporaryFailure) else None
    return asked or RETRY_LOOK_SECONDS
