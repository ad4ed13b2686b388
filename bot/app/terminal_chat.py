"""The engine behind `frontdesk chat`: one person at the terminal, and a worker of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.app.container import Engine, open_engine
from bot.app.server import working
from bot.app.settings import Settings
from bot.app.start_line import warn_of_slips
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import TERMINAL, AuthorId, ConversationId, Origin

ANSWER_SECONDS = 120.0


@dataclass
class TerminalChat:
    """One person at the terminal, talking to the desk through the same engine.

    Args:
        customer_id: whom the person speaks for, as the desk's data knows them; empty for nobody.
    """

    engine: Engine
    session: str
    customer_id: str = ""

    @property
    def conversation(self) -> ConversationId:
        """The conversation's id."""
        return ConversationId.of_chat(TERMINAL, self.session)

    async def ask(self, text: str) -> AsyncIterator[tuple[str, str]]:
        """Say something; yield `status` and `delta` events and at last `done` with the answer's JSON."""
        message = CustomerMessage(
            id=f"chat:{uuid4().hex}",
            conversation=self.conversation,
            author=Author(AuthorId.in_chat(TERMINAL, self.session)),
            text=text,
            at=self.engine.clock.now(),
            surface=Origin.CHAT,
            customer_id=self.customer_id,
        )
        async with self.engine.conversations.watch(self.conversation) as watch:
            await self.engine.inbox.accept(message, at_once=True)
            async for event in watch.events(message.id, ANSWER_SECONDS):
                yield event.name, event.data

    async def summary(self) -> dict[str, Any]:
        """Return where the conversation stands."""
        view = await self.engine.conversations.read(self.conversation)
        if view is None:
            return {"turns": 0}
        now = view.conversation
        return {
            "specialist": now.specialist or self.engine.desk.first,
            "owner": str(now.owner),
            "turns": now.turns,
            "entries": view.length,
            "ticket": now.ticket_id or "none",
            "last": now.summary or "nothing yet",
        }

    async def reset(self) -> None:
        """Forget the conversation."""
        await self.engine.conversations.reset(self.conversation)


@asynccontextmanager
async def open_chat(settings: Settings, customer_id: str = "") -> AsyncIterator[TerminalChat]:
    """Yield a chat with a worker of its own, which works on this one conversation, whatever else the store holds.

    Raises:
        ConfigError: the environment or the desk cannot work.
    """
    session = uuid4().hex
    async with open_engine(settings, alone=session) as engine, working(engine.worker):
        warn_of_slips(engine.desk)
        yield TerminalChat(engine, session, customer_id)
