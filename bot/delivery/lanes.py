"""Groups effects by who takes them, so that an outage, or a channel that is full, delays only its own. Pure.

The colleagues' channel takes a message a second, from all conversations together
(https://docs.slack.dev/apis/web-api/rate-limits): what waits for it must not keep a customer's answer waiting.
Effects of one conversation keep their order within a lane, and nothing of one lane depends on another: what a customer
is told of a hand-over is decided after it was made, not before.
"""

from enum import StrEnum
from typing import assert_never

from bot.domain.capabilities import capabilities_of
from bot.domain.effects import (
    CloseDraft,
    ContinueInDM,
    EditAnnounced,
    EditMessage,
    Effect,
    OpenTicket,
    PendAnswer,
    PostToChannel,
    PublishDraft,
    Relay,
    Reply,
    SendCode,
    ShowDraft,
    UpdateTicket,
    Whisper,
)


class Lane(StrEnum):
    """Where an effect goes."""

    CHANNEL = "channel"
    COLLEAGUES = "colleagues"
    TICKETS = "tickets"
    OWN_STORE = "own store"
    CODE = "code"
    ASIDE = "aside"
    """What holds nothing else back: that somebody pressed a button for nothing."""


def customers_lane(conversation: str) -> Lane:
    """Return the lane in which the customer of a conversation is answered."""
    can = capabilities_of(conversation)
    if can.is_ticket:
        return Lane.TICKETS
    if can.waits_for_answer:
        return Lane.OWN_STORE
    return Lane.CHANNEL


def _lane_of_reply(conversation: str, reply: Reply) -> Lane:
    """Words that nobody reads settle a turn of ours and go nowhere, unless they end a preview."""
    return customers_lane(conversation) if reply.text or reply.preview else Lane.OWN_STORE


def lane_of(conversation: str, effect: Effect) -> Lane:
    """Return the lane of an effect."""
    match effect:
        case Reply():
            return _lane_of_reply(conversation, effect)
        case OpenTicket() | UpdateTicket():
            return Lane.TICKETS
        case PendAnswer():
            return Lane.OWN_STORE
        case SendCode():
            return Lane.CODE
        case Relay() | ContinueInDM() | PublishDraft():
            return customers_lane(conversation)
        case ShowDraft() | CloseDraft():
            return Lane.COLLEAGUES if effect.channel else Lane.TICKETS
        case PostToChannel() | EditMessage() | EditAnnounced():
            return Lane.COLLEAGUES
        case Whisper():
            return Lane.ASIDE
    assert_never(effect)


def is_ahead(effect: Effect) -> bool:
    """Return whether the effect does not wait behind others."""
    return isinstance(effect, Reply | PostToChannel) and effect.ahead
