"""Frees a person's place among the open conversations when one is over."""

from bot.domain.conversation import Conversation, Owner
from bot.domain.ids import person_of
from bot.turn.context import TurnResult
from bot.turn.turn_context import TurnDeps

OVER = frozenset({"thanked", "solved"})
"""Verdicts after which nothing is left to do."""


async def make_room(deps: TurnDeps, before: Conversation, outcome: TurnResult) -> None:
    """Count a conversation as open no more once it is settled."""
    requester = outcome.conversation.requester or before.requester
    if deps.matters and requester and _is_over(outcome):
        await deps.matters.leave(person_of(requester), outcome.conversation.id)


def _is_over(outcome: TurnResult) -> bool:
    after = outcome.conversation
    if after.owner is Owner.IDLE_CLOSED or outcome.verdict in OVER:
        return True
    return after.ticket is not None and after.ticket.status in {"solved", "closed"}
