"""Publishes a draft that a human has sent, as the bot's answer; found again as any answer is."""

from dataclasses import replace
from typing import ClassVar

from bot.delivery.handlers.contract import Delivered, Outgoing, Recovery
from bot.delivery.handlers.reply import ReplyHandler, undisclosed
from bot.domain.effects import PublishDraft
from bot.domain.facts import UNSENT, Facts

_ANSWERS = ReplyHandler()


class PublishDraftHandler:
    """Says what a human has sent, as the bot's answer."""

    recovery: ClassVar = Recovery.READ_BACK

    async def send(self, outgoing: Outgoing, effect: PublishDraft) -> Delivered:
        """Say it where the conversation is, and remember whether it was said.

        It is no answer to what its customer has written since: the next draft answers both. Nor is it said any more
        where something else has become of the draft, when an operator has a sending tried again that was given up.
        """
        drafts = outgoing.held.conversation.drafts
        if not any(draft.sending == effect.decision and not draft.is_settled for draft in drafts):
            return _remembered(effect, Delivered(outcome="withheld"))
        if outgoing.ports.overtaken and await outgoing.ports.overtaken(outgoing.held):
            return _remembered(effect, Delivered(outcome="withheld"))
        return _remembered(effect, await _ANSWERS.send(outgoing, effect.reply))

    async def find(self, outgoing: Outgoing, effect: PublishDraft) -> Delivered | None:
        """Look for it in the thread or on the ticket."""
        found = await _ANSWERS.find(outgoing, effect.reply)
        return _remembered(effect, found) if found else None


def _remembered(effect: PublishDraft, done: Delivered) -> Delivered:
    """Its words stand in no history yet: that they were not said is told of the decision alone."""
    facts = done.facts.without(UNSENT) | Facts.was_published(effect.decision, done.outcome)
    return replace(done, facts=facts | undisclosed(effect, done.outcome))
