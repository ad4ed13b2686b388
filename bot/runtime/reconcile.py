"""Finds what no webhook or event delivered: in Zendesk's export of changed tickets and in recent Slack threads.

Both feed the same way in as the vendors do, where what is known already falls away by its id. Zendesk gives up on an
endpoint that was away, and Slack drops events after some tries, so an outage of ours would otherwise lose messages.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
https://docs.slack.dev/reference/methods/conversations.replies
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from bot.domain.conversation import Owner
from bot.domain.errors import PermanentFailure, SignedOut
from bot.domain.ids import ConversationId, Origin, origin_of
from bot.domain.ports import ChangedTicket, Changes, Clock
from bot.store.admin.overview import ConversationSummary
from bot.store.records.conversations import Conversations
from bot.store.records.cursors import Cursors
from bot.telemetry import metrics
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.ticket_effects import TAG
from bot.turn.rules.answerable import UNANSWERED_CHANNELS

TICKETS_SECONDS = 60.0
"""Between two looks at the export, which leaves out the last minute anyway; it may be asked ten times a minute."""
THREADS_SECONDS = 600.0
MOST_PAGES = 5
MOST_CONVERSATIONS = 200
MOST_THREADS = 30
MOST_CHANNELS = 30
"""Of Slack's fifty reads per minute, for threads and for channels."""
ACTIVE_SECONDS = 3 * 86_400.0
FURTHEST_SECONDS = 86_400.0
OVERLAP_SECONDS = 120.0
EXPORT_LAG_SECONDS = 90.0
"""Zendesk refuses a start in the last minute."""

log = structlog.get_logger(__name__)


class TicketFeed(Protocol):
    """The part of the Zendesk side that is read here."""

    async def changed_tickets(self, since: int, cursor: str) -> Changes:
        """Return a part of the tickets changed since `since` (Unix seconds), or after `cursor` where that is set."""


Look = Callable[[int], Awaitable[Sequence[ConversationSummary]]]
"""So many of the newest conversations."""

Hear = Callable[[str, float], Awaitable[int]]
"""Accepts what a thread, or a channel (`slack:TEAM:CHANNEL:`), holds since then (Unix seconds) and is not known yet;
returns how many lines that were."""

Hint = Callable[[str, str], Awaitable[None]]
"""Accepts that a ticket has to be looked at, under the id of the news."""


class TicketReconciler:
    """Compares the help desk's changed tickets with what arrived.

    Args:
        origin: whose tickets they are.
        mark: under which it is remembered how far they were read.
        feed: what changed.
        hint: takes in that a ticket has to be looked at.
        connected_at: Unix seconds of the first start with this account.
    """

    def __init__(
        self,
        origin: Origin,
        mark: str,
        feed: TicketFeed,
        hint: Hint,
        conversations: Conversations,
        marks: Cursors,
        clock: Clock,
        connected_at: float = 0.0,
    ) -> None:
        self._origin = origin
        self._mark = mark
        self._feed = feed
        self._hint = hint
        self._conversations = conversations
        self._marks = marks
        self._clock = clock
        self._connected_at = connected_at

    async def catch_up(self) -> int:
        """Hint at every changed ticket that may concern us; return how many there were.

        The cursor moves on only when all of a page is stored.

        Raises:
            RemoteError: Zendesk or the store does not answer; the next look goes on from the cursor.
        """
        found = 0
        for _ in range(MOST_PAGES):
            page = await self._page()
            for ticket in page.tickets:
                if await self._concerns_us(ticket):
                    await self._hint(ticket.id, f"export:{ticket.id}:{ticket.updated_at}")
                    found += 1
            if page.cursor:
                await self._marks.put(self._mark, page.cursor)
                await self._marks.put(f"{self._mark}:read", repr(self._clock.now()))
            if page.is_last or not page.cursor:
                break
        _tell("ticket", found)
        return found

    async def _page(self) -> Changes:
        """Return the next part; a cursor that Zendesk does not take (any more) is left for a time before it."""
        cursor = await self._marks.get(self._mark)
        now = self._clock.now()
        latest = now - EXPORT_LAG_SECONDS
        if cursor:
            try:
                return await self._feed.changed_tickets(int(latest), cursor)
            except PermanentFailure as error:
                log.warning("reconcile.cursor_refused", code=error.code)
        read = float(await self._marks.get(f"{self._mark}:read") or now - FURTHEST_SECONDS) - OVERLAP_SECONDS
        since = min(max(self._connected_at, read), latest)
        return await self._feed.changed_tickets(int(since), "")

    async def _concerns_us(self, ticket: ChangedTicket) -> bool:
        """Whether the worker has to look at it; it is the worker who decides by what it reads.

        A ticket that is known as it stands is looked at too: its times have whole seconds, and a comment may have come
        in the same second as the one before it.
        """
        linked = await self._conversations.conversation_of(ticket.id)
        known = await self._conversations.at_rest(linked or ConversationId.of_ticket(ticket.id, self._origin))
        if linked or known or TAG in ticket.tags:
            return True
        is_open = ticket.status not in DONE and ticket.status != "deleted" and not ticket.is_assigned
        return is_open and ticket.via not in UNANSWERED_CHANNELS and ticket.created_at >= int(self._connected_at)


class ThreadReconciler:
    """Compares a channel's recent threads with what arrived.

    Args:
        origin: whose conversations they are.
        mark: under which it is remembered when they were read.
        hear: takes in what a place holds.
        look: lists the newest conversations.
    """

    def __init__(self, origin: Origin, mark: str, hear: Hear, look: Look, marks: Cursors, clock: Clock) -> None:
        self._origin = origin
        self._mark = mark
        self._hear = hear
        self._look = look
        self._marks = marks
        self._clock = clock

    async def catch_up(self) -> int:
        """Accept what the newest open threads, and their channels, hold since the last look; return how much that was.

        Raises:
            RemoteError: Slack or the store does not answer; the next look begins where this one did.
        """
        now = self._clock.now()
        since = max(float(await self._marks.get(self._mark) or 0.0) - OVERLAP_SECONDS, now - FURTHEST_SECONDS)
        found, refused = 0, None
        for place in await self._places(now):
            try:
                found += await self._hear(place, since)
            except PermanentFailure as error:
                log.info("reconcile.unread", place=place, code=error.code)
            except SignedOut as error:
                refused = error  # of one workspace's token; the others have theirs
        _tell("line", found)
        if refused:
            raise refused
        await self._marks.put(self._mark, repr(now))
        return found

    async def _places(self, now: float) -> Sequence[str]:
        newest = await self._look(MOST_CONVERSATIONS)
        ours = [glance for glance in newest if origin_of(glance.id) is self._origin]
        threads = [glance.address for glance in ours if _is_open(glance, now)][:MOST_THREADS]
        channels = {f"{glance.address.rpartition(':')[0]}:": None for glance in ours}
        return (*list(channels)[:MOST_CHANNELS], *threads)


def _is_open(glance: ConversationSummary, now: float) -> bool:
    return glance.owner is not Owner.IDLE_CLOSED and now - glance.last < ACTIVE_SECONDS


def _tell(what: str, found: int) -> None:
    if found:
        metrics.RECONCILED.labels(what=what).inc(found)
        log.info("reconcile.found", what=what, count=found)
