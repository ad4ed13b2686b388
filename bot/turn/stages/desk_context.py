"""Keeps the desk's typed facts of each customer in a conversation, one context per person. Pure."""

from dataclasses import replace

from bot.desk.tools.context import Context
from bot.domain.conversation import Conversation
from bot.turn.context import Batch

MOST = 5
"""People of one conversation of whom something is kept, those who wrote last."""


def kept(kind: type[Context] | None, conversation: Conversation, asked: Batch) -> Context | None:
    """Return what is kept of who wrote, None for a desk that keeps nothing."""
    return kind.load(conversation.contexts.get(_whose(asked))) if kind else None


def keeping(conversation: Conversation, asked: Batch, context: Context | None) -> Conversation:
    """Return the conversation with the context as the run left it."""
    if context is None:
        return conversation
    others = {name: value for name, value in conversation.contexts.items() if name != _whose(asked)}
    contexts = {**others, _whose(asked): context.dump()}
    return replace(conversation, contexts=dict(list(contexts.items())[-MOST:]))


def _whose(asked: Batch) -> str:
    """A verified customer's is never that of somebody who is not proven to be them, or whom others can hear."""
    return asked.customer.id if asked.customer else asked.requester.author.id
