"""Shows a draft to colleagues: as a card in their channel, else as a note on the ticket.

A note is found again by the effect id in the ticket's audits, a card by the one in the message's `metadata`.
"""

from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery, needed
from bot.delivery.handlers.post_to_channel import PostToChannelHandler
from bot.domain.drafts import DRAFT_TAG
from bot.domain.effects import ShowDraft
from bot.domain.facts import Facts
from bot.turn.drafts.note import card_of, note_of

_CARDS = PostToChannelHandler()


class ShowDraftHandler:
    """Shows a draft where people decide on it."""

    recovery: ClassVar = Recovery.READ_BACK

    async def send(self, outgoing: Outgoing, effect: ShowDraft) -> Delivered:
        """Post the card, or write the note."""
        if effect.channel:
            return await _CARDS.send(outgoing, card_of(effect, outgoing.conversation))
        note = note_of(effect, outgoing.held.conversation, DRAFT_TAG)
        said = await needed(outgoing.ports.tickets).show(outgoing.held, note)
        unseen = Facts.is_unseen(effect.draft) if said.outcome == "withheld" else Facts()
        return Delivered(said.facts | unseen, outcome=said.outcome)

    async def find(self, outgoing: Outgoing, effect: ShowDraft) -> Delivered | None:
        """Look for the card in the channel, for the note in the ticket's audits."""
        if effect.channel:
            return await _CARDS.find(outgoing, card_of(effect, outgoing.conversation))
        return Delivered() if await outgoing.is_on_ticket() else None
