"""Groups effects by the vendor that takes them, so that an outage delays only its own. Pure.

Effects of one conversation keep their order within a lane, and nothing of one lane depends on another: what a customer
is told of a hand-over is decided after it was made, not before.
"""

from enum import StrEnum
from typing import assert_never

from bot.domain.effects import (
    ContinueInDM,
    EditMessage,
    Effect,
    OpenTicket,
    PostToChannel,
    Relay,
    Reply,
    SendCode,
    UpdateTicket,
)
from bot.domain.ids import Origin, origin_of


class Lane(StrEnum):
    """Where an effect goes."""

    SLACK = "slack"
    ZENDESK = "zendesk"
    CHAT = "chat"
    CODE = "code"


_OF_SURFACE = {Origin.SLACK: Lane.SLACK, Origin.ZENDESK: Lane.ZENDESK, Origin.CHAT: Lane.CHAT}


def customers_lane(conversation: str) -> Lane:
    """Return the lane in which the customer of a conversation is answered."""
    return _OF_SURFACE[origin_of(conversation)]


def lane_of(conversation: str, effect: Effect) -> Lane:
    """Return the lane of an effect."""
    match effect:
        case Reply():
            # Words that nobody reads settle a turn of ours: they go nowhere.
            return customers_lane(conversation) if effect.text else Lane.CHAT
        case OpenTicket() | UpdateTicket():
            return Lane.ZENDESK
        case SendCode():
            return Lane.CODE
        case Relay() | PostToChannel() | EditMessage() | ContinueInDM():
            return Lane.SLACK
    assert_never(effect)


def is_ahead(effect: Effect) -> bool:
    """Return whether the effect does not wait behind others."""
    return isinstance(effect, Reply | PostToChannel) and effect.ahead
