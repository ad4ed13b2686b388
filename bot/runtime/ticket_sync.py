"""Before a turn, replaces ticket hints at the head of the inbox by what is new on the ticket."""

from dataclasses import replace

import structlog

from bot.domain.errors import NotFound, PermanentFailure, RemoteError, TemporaryFailure
from bot.domain.events import InboundMessage, Kind
from bot.domain.ids import ConversationId, Origin
from bot.domain.ports import Clock, HelpDesk
from bot.runtime.active_desk import AtWork
from bot.runtime.second_looks import AGAIN, DEADLINE, again_of, next_look
from bot.runtime.ticket_reader import look, only_hints
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.records.conversations import Conversations

RETRY_LOOK_SECONDS = 5.0

log = structlog.get_logger(__name__)


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
        vain: InboundMessage | None = None
        for hint in only_hints(held.entries):
            if self._helpdesk is None:
                break
            try:
                result = await look(held.conversation, hint, self._helpdesk, self._at_work.policy)
            except RemoteError as error:
                if delay := _delay_after(error, hint, alone=len(held.entries) == 1):
                    return delay
                vain = hint if isinstance(error, NotFound) else vain
                continue
            if not result.is_news and not result.belongs_to:
                vain = hint
            if result.belongs_to and await self._forward(hint, result.belongs_to):
                continue
            found += result.messages
        others = [message for message in held.entries if message.kind is not Kind.HINT]
        # What an earlier look found, and no turn has taken yet, happened before what this one finds.
        earlier = [("", message) for message in others if message.surface is Origin.ZENDESK]
        waiting = [("", message) for message in others if message.surface is not Origin.ZENDESK]
        await self._note_again(held, vain)
        await self._leases.expand(held, len(held.entries), [*earlier, *found, *waiting])
        return 0.0

    async def _note_again(self, held: Held, vain: InboundMessage | None) -> None:
        """Remember when to look again for what a hint meant and nobody can read yet; one such wait at a time."""
        known = again_of(held.facts)
        after = next_look(known, vain, self._clock.now())
        if after != known:
            held.facts[AGAIN] = after.dump() if after else ""
            await self._leases.note(held, f"f:{AGAIN}", held.facts[AGAIN])

    async def _forward(self, hint: InboundMessage, owner: ConversationId) -> bool:
        """Give the hint to the conversation that opened the ticket; False when there is no such conversation."""
        if not await self._conversations.exists(owner):
            return False
        await self._conversations.link(hint.data["ticket_id"], owner)
        await self._inbox.accept(replace(hint, conversation=owner), at_once=True)
        return True


def _delay_after(error: RemoteError, hint: InboundMessage, *, alone: bool) -> float:
    """Return when to look again, 0 where that would be of no use."""
    ticket = hint.data["ticket_id"]
    if isinstance(error, NotFound):
        log.info("ticket.gone", ticket=ticket)
        return 0.0
    if isinstance(error, PermanentFailure):
        log.error("ticket.unreadable", ticket=ticket, code=error.code)
        return 0.0
    log.warning("ticket.unread", ticket=ticket, error=type(error).__name__)
    if hint.data.get("event") == DEADLINE and not alone:
        return 0.0  # a customer who writes does not wait for a look that is made to be sure
    asked = error.retry_after if isinstance(error, TemporaryFailure) else None
    return asked or RETRY_LOOK_SECONDS
