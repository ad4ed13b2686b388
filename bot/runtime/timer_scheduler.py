"""Parks a conversation until its next deadline, and has the turn taken that the deadline leads to."""

import structlog

from bot.domain.capabilities import desk_origin
from bot.domain.conversation import Conversation
from bot.domain.events import Author, TicketHint
from bot.domain.facts import TicketLook
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.ports import Clock
from bot.runtime.active_desk import AtWork
from bot.runtime.tickets.second_looks import DEADLINE, at_of, hint_of
from bot.store.queue.due import Claim, DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.redis import Call
from bot.telemetry import metrics
from bot.turn import timers
from bot.turn.context import TurnInput, TurnResult
from bot.turn.deadlines import Deadline

MOST_FAILURES = 3
"""After so many a deadline passes without what should follow from it."""

log = structlog.get_logger(__name__)


class TimerScheduler:
    """Leaves conversations until their next deadline.

    Args:
        reads_tickets: whether a ticket can be read before something follows.
        kept: seconds after which words of drafts go.
    """

    def __init__(
        self, due: DueQueue, inbox: Inbox, at_work: AtWork, clock: Clock, *, reads_tickets: bool, kept: float
    ) -> None:
        self._due = due
        self._inbox = inbox
        self._at_work = at_work
        self._clock = clock
        self._reads_tickets = reads_tickets
        self._kept = kept

    def leaves(self, claim: Claim, conversation: Conversation) -> Call | None:
        """Return what leaves the conversation until its next deadline or look, None where that has passed."""
        at = self._next(conversation)
        if at is None:
            return self._due.hold_call(claim, None)
        left = at - self._clock.now()
        return self._due.hold_call(claim, left) if left > 0 else None

    def _next(self, conversation: Conversation) -> float | None:
        deadline = self._deadline(conversation)
        again = conversation.facts.look if self._reads_tickets else None
        times = ([deadline.at] if deadline else []) + ([at_of(again)] if again else [])
        return min(times, default=None)

    def _deadline(self, conversation: Conversation) -> Deadline | None:
        return timers.next_deadline(conversation, self._at_work.policy, self._kept)

    async def rests(self, claim: Claim, conversation: Conversation | None) -> bool:
        """Leave the conversation until its next deadline; return False when that has passed.

        Before anything follows from it the ticket is read once more, for a human may have acted unheard.
        """
        if conversation is None:
            await self._due.finish(claim)
            return True

        deadline = self._deadline(conversation)
        again = conversation.facts.look if self._reads_tickets else None
        if again and (deadline is None or at_of(again) <= deadline.at):
            return await self._looks_again(claim, again)
        if deadline is None:
            await self._due.finish(claim)
            return True
        if await self._holds_until(deadline.at, claim):
            return True

        if self._rereads(conversation, deadline):
            await self._inbox.accept(_hint(conversation, deadline), joined_only=True, at_once=True)
        return False

    def _rereads(self, conversation: Conversation, deadline: Deadline) -> bool:
        can_read = self._reads_tickets and bool(conversation.ticket_id)
        return can_read and timers.rule_of(deadline.timer).rereads_ticket

    async def _holds_until(self, at: float, claim: Claim) -> bool:
        """Leave the conversation until then; return False when that has passed.

        Args:
            at: Unix seconds.
        """
        left = at - self._clock.now()
        if left > 0:
            await self._due.hold(claim, left)
        return left > 0

    async def _looks_again(self, claim: Claim, again: TicketLook) -> bool:
        if await self._holds_until(at_of(again), claim):
            return True
        await self._inbox.accept(hint_of(again, ConversationId(claim.conversation)), joined_only=True, at_once=True)
        return False

    async def decide(self, held: Held, waiting: TurnInput) -> TurnResult | None:
        """Return what follows from the deadline that has passed, None where none has."""
        deadline = self._deadline(held.conversation)
        if deadline is None or deadline.at > waiting.now:
            return None
        if held.overdue < MOST_FAILURES:
            return await self._at_work.turn.expire(waiting, deadline)
        log.error("timer.given_up", timer=str(deadline.timer))
        metrics.DEAD_LETTERS.labels(kind="timer").inc()
        return timers.let_pass(waiting, deadline)


def _hint(conversation: Conversation, deadline: Deadline) -> TicketHint:
    """Return the order to read the ticket before anything follows from the deadline."""
    return TicketHint(
        id=f"hint:{timers.cause_of(conversation, deadline)}",
        conversation=conversation.id,
        author=Author(AuthorId(f"{desk_origin()}:timer")),
        surface=desk_origin(),
        ticket_id=conversation.ticket_id,
        event=DEADLINE,
    )
