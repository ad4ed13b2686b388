"""Effect handlers, one effect a file: how it is carried out, and how it is kept from happening twice.

A new effect is a class in `bot/domain/effects.py`, a handler here, and its lane in `bot/delivery/lanes.py`; the type
checker tells where the lane is forgotten, `tests/unit/delivery/test_handlers.py` where the handler is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.delivery.handlers.close_draft import CloseDraftHandler
from bot.delivery.handlers.continue_in_dm import ContinueInDMHandler
from bot.delivery.handlers.contract import EffectHandler
from bot.delivery.handlers.edit_announced import EditAnnouncedHandler
from bot.delivery.handlers.edit_message import EditMessageHandler
from bot.delivery.handlers.open_ticket import OpenTicketHandler
from bot.delivery.handlers.pend_answer import PendAnswerHandler
from bot.delivery.handlers.post_to_channel import PostToChannelHandler
from bot.delivery.handlers.publish_draft import PublishDraftHandler
from bot.delivery.handlers.relay import RelayHandler
from bot.delivery.handlers.reply import ReplyHandler
from bot.delivery.handlers.send_code import SendCodeHandler
from bot.delivery.handlers.show_draft import ShowDraftHandler
from bot.delivery.handlers.update_ticket import UpdateTicketHandler
from bot.delivery.handlers.whisper import WhisperHandler
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

HANDLERS: Mapping[type[Effect], EffectHandler[Any]] = MappingProxyType(
    {
        Reply: ReplyHandler(),
        Relay: RelayHandler(),
        OpenTicket: OpenTicketHandler(),
        UpdateTicket: UpdateTicketHandler(),
        PostToChannel: PostToChannelHandler(),
        EditMessage: EditMessageHandler(),
        SendCode: SendCodeHandler(),
        ContinueInDM: ContinueInDMHandler(),
        ShowDraft: ShowDraftHandler(),
        CloseDraft: CloseDraftHandler(),
        PublishDraft: PublishDraftHandler(),
        Whisper: WhisperHandler(),
        PendAnswer: PendAnswerHandler(),
        EditAnnounced: EditAnnouncedHandler(),
    }
)
"""Carries out each effect."""
