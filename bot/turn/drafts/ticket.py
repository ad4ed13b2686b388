"""Opens the ticket on which a draft is decided, where a conversation has none and colleagues no channel. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.capabilities import capabilities_of
from bot.domain.drafts import DRAFT_TAG
from bot.domain.effects import Effect, OpenTicket, ShowDraft, UpdateTicket
from bot.domain.events import Author, CustomerMessage
from bot.domain.ports import Profile
from bot.turn.context import TurnInput, TurnResult
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.request import Requester
from bot.turn.handoff.ticket_effects import TAG, channel_tags, open_ticket


def with_ticket(waiting: TurnInput, outcome: TurnResult, requester: Requester | None, group: str) -> TurnResult:
    """Return the outcome with what makes a ticket ready for the note that shows its draft.

    A ticket that people have solved is opened again: nobody looks for a draft among the solved ones.

    Args:
        requester: who wrote, None where nobody has just written.
        group: in which the ticket is opened.
    """
    shown = next((one for one in outcome.effects if isinstance(one, ShowDraft) and not one.channel), None)
    conversation = outcome.conversation
    if shown is None or capabilities_of(conversation.id).is_ticket:
        return outcome
    if not conversation.has_ticket and not _opens_one(outcome):
        return _before(outcome, shown, _ticket(waiting, outcome, shown, requester, group))
    if conversation.ticket and conversation.ticket.status in DONE:
        return _before(outcome, shown, UpdateTicket(f"{shown.id}:open", status="open", source=shown.id))
    return outcome


def _opens_one(outcome: TurnResult) -> bool:
    return any(isinstance(one, OpenTicket) for one in outcome.effects)


def _ticket(
    waiting: TurnInput, outcome: TurnResult, shown: ShowDraft, requester: Requester | None, group: str
) -> OpenTicket:
    """It is no escalation: the bot goes on."""
    conversation = outcome.conversation
    if requester is None:
        author = Author(conversation.requester, conversation.requester_name)
        requester = Requester(author, Profile(author.id, author.name))
    lines = [line for line in waiting.messages[: outcome.consumed] if isinstance(line, CustomerMessage)]
    ticket = open_ticket(conversation, requester, lines, waiting.history, shown.id, group=group, priority="normal")
    return replace(ticket, tags=(TAG, DRAFT_TAG, *channel_tags(conversation)))


def _before(outcome: TurnResult, shown: ShowDraft, effect: Effect) -> TurnResult:
    effects: Sequence[Effect] = outcome.effects
    place = effects.index(shown)
    return replace(outcome, effects=(*effects[:place], effect, *effects[place:]))
