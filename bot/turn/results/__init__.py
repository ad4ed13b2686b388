"""Builds the results that a turn can end with: answered, escalated, relayed, thanked, silent. Pure."""

from bot.turn.results.answers import (
    TOO_LONG,
    answered,
    asking,
    crowded,
    directly,
    identity,
    recent_replies,
    refused,
    slowed,
    stepped,
    stopped,
    thanked,
    told,
    unseen,
    wondering,
)
from bot.turn.results.handoffs import because, escalated, opened_at_last, relayed
from bot.turn.results.quiet import by_machine, followed, silent

__all__ = [
    "TOO_LONG",
    "answered",
    "asking",
    "because",
    "by_machine",
    "crowded",
    "directly",
    "escalated",
    "followed",
    "identity",
    "opened_at_last",
    "recent_replies",
    "refused",
    "relayed",
    "silent",
    "slowed",
    "stepped",
    "stopped",
    "thanked",
    "told",
    "unseen",
    "wondering",
]
