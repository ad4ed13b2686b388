"""What belongs to a side that is not connected is given up with its reason, and never crashes a worker."""

from typing import Any

import pytest

from bot.delivery.direct_message import DirectMessages
from bot.domain.conversation import Conversation
from bot.domain.effects import ContinueInDM
from bot.domain.errors import PermanentFailure
from bot.domain.ids import ConversationId
from bot.domain.ports.plain_channel import PlainChannel


async def _accepted(_message: Any) -> None:
    raise AssertionError("nothing is taken in")


@pytest.mark.parametrize("channels", [{}, {"slack": PlainChannel()}], ids=["no channel", "one without direct messages"])
async def test_nobody_is_written_to_alone_where_that_cannot_be_done(channels: Any) -> None:
    conversation = Conversation(ConversationId("slack:T1:C1:1.0"))
    effect = ContinueInDM("m1:direct", "slack:T1:U1", "Sarah", "Where is my order?", 1.0)
    with pytest.raises(PermanentFailure):
        await DirectMessages(channels, _accepted).go(conversation, effect, 0.0)
