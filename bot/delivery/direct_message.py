"""Moves a personal question from a channel that other companies read into a direct message.

The first line there carries the effect's id, so that it is found again; the customer's question then waits in that
thread like any line of theirs, and is taken in once however often this is repeated.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.domain.conversation import Conversation
from bot.domain.effects import ContinueInDM, PostToChannel, disclosed
from bot.domain.errors import PermanentFailure
from bot.domain.events import Author, CustomerMessage, InboundMessage
from bot.domain.ids import AuthorId
from bot.domain.ports import Channel
from bot.turn.texts import say

LONGEST = 600

Accept = Callable[[InboundMessage], Awaitable[Any]]


class DirectMessages:
    """Goes on in direct messages.

    Args:
        accept: stores a message and wakes a worker, once per id.
    """

    def __init__(self, channels: Mapping[str, Channel], accept: Accept) -> None:
        self._channels = channels
        self._accept = accept

    async def go(self, conversation: Conversation, effect: ContinueInDM, since: float) -> None:
        """Open the thread and put the question into it.

        Args:
            since: Unix seconds before which the thread cannot have been opened.

        Raises:
            RemoteError: the vendor does not let us, or is not connected; it may be called again.
        """
        origin = conversation.id.origin
        workspace = self._channels.get(origin)
        if workspace is None:
            raise PermanentFailure("this side is not connected", "not_connected")
        workspace = workspace.within(conversation.id)
        channel = await workspace.open_direct(effect.reader)
        question = " ".join(effect.question.split())[:LONGEST]
        words = disclosed(effect.disclosure, say("direct.opening", conversation.spoken, question=question))
        opening = PostToChannel(effect.id, channel, words)
        found = await workspace.find_announced(opening, since) or await workspace.announce(conversation, opening)
        place = conversation.id.beside(found.channel, found.ts)
        await self._accept(
            CustomerMessage(
                id=effect.id,
                conversation=place,
                author=Author(AuthorId(effect.reader), effect.name),
                text=effect.question,
                at=effect.at,
                surface=origin,
                disclosed=bool(effect.disclosure),
            )
        )
