"""Reads the audit on, and keeps what people should look at again; finding the same twice changes nothing."""

from dataclasses import dataclass

from bot.domain.audit import AuditEvent, Deed
from bot.domain.ports import Clock
from bot.review.picking import REASON, entry_of, masked_reason, name_of, why
from bot.store.records.audit_log import Audit
from bot.store.records.conversations import Conversations, View
from bot.store.records.cursors import Cursors
from bot.store.records.review_entries import ReviewEntries

EVERY_SECONDS = 30.0
BATCH = 500
PLACE = "review"


@dataclass(frozen=True)
class ReviewWriter:
    """Fills the queue of reviews.

    Args:
        places: remembers how far the audit was read; read again from the beginning, nothing comes twice.
    """

    audit: Audit
    conversations: Conversations
    entries: ReviewEntries
    places: Cursors
    clock: Clock

    async def catch_up(self) -> int:
        """Take in what was told since; return how many entries are new.

        Raises:
            TemporaryFailure: the store is down; it goes on from there.
        """
        found = 0
        while events := await self.audit.everything(await self.places.get(PLACE) or "-", BATCH):
            for _, event in events:
                found += await self._take(event)
            await self.places.put(PLACE, events[-1][0])
        await self.entries.tidy(self.clock.now())
        return found

    async def _take(self, event: AuditEvent) -> bool:
        if event.deed is Deed.FEEDBACK and event.outcome == REASON:
            await self._add_reason(event)
            return False
        reason = why(event)
        if reason is None:
            return False
        view = await self.conversations.read(event.conversation)
        if view is None:
            return False
        story = await self.audit.story(event.conversation) if event.deed is Deed.RATING else ()
        entry = entry_of(event, reason, view.conversation, view.entries, _customer_of(view), story)
        return await self.entries.put(entry, self.clock.now()) if entry else False

    async def _add_reason(self, event: AuditEvent) -> None:
        view = await self.conversations.read(event.conversation)
        if view and (said := masked_reason(event, view.conversation, view.entries)):
            await self.entries.add_reason(name_of(event), said)


def _customer_of(view: View) -> str:
    """Return the desk's id of the customer where the conversation tells it."""
    known = [one.customer for one in view.conversation.proposals if one.customer]
    return view.customer_id or view.conversation.customer or (known[-1] if known else "")
