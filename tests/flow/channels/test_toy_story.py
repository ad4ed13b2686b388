"""A third channel and another help desk, connected by a connector each, play the story of an escalation."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app.connectors import declare_all
from bot.app.container import Engine, open_engine
from bot.app.server import working
from bot.app.settings import Settings
from bot.domain.conversation import Owner
from tests.conftest import wait_until
from tests.doubles.account import Account, Record
from tests.doubles.clock import ManualClock
from tests.doubles.toy_connector import MemoryDeskSide, Rooms, ToySide, desk_connector, new_origin, toy_connector
from tests.learnt import learnt

ROOM = "sarah.chen"
DANA = "Dana Reyes"


@dataclass
class ToyStage:
    """The rooms, the help desk, and a Frontdesk between them that knows neither by name."""

    rooms: Rooms
    account: Account
    engine: Engine
    news: list[str] = field(default_factory=list)

    async def writes(self, text: str) -> None:
        """The customer writes in the room."""
        [side] = [side for side in self.engine.sides if isinstance(side, ToySide)]
        await side.hear(self.engine.core, ROOM, text)

    async def tells(self, record: Record) -> None:
        """The help desk says that a ticket has changed."""
        [side] = [side for side in self.engine.sides if isinstance(side, MemoryDeskSide)]
        self.news.append(record.stamp)
        await side.tell(self.engine.core, str(record.id), f"{record.id}:{len(self.news)}")

    async def reads(self, words: str) -> str:
        """Wait until the customer reads such words; return the line."""

        async def found() -> str | None:
            return next((line for line in self.rooms.read(ROOM) if words in line), None)

        line: str = await wait_until(found, what=f"{words!r} in the room")
        return line

    async def ticket(self) -> Record:
        """Wait until people have a ticket, and return it."""
        await wait_until(lambda: self.account.records, what="a ticket")
        return next(iter(self.account.records.values()))

    async def owned_by(self, owner: Owner) -> None:
        """Wait until the conversation has this owner."""

        async def owned() -> bool:
            view = await self.engine.conversations.read(f"toy:{ROOM}")
            return view is not None and view.conversation.owner is owner

        await wait_until(owned, what=f"owned by {owner}")


@pytest.fixture
async def toy(redis_url: str, tmp_path: Path) -> AsyncIterator[ToyStage]:
    """A Frontdesk to which nothing but the rooms and the help desk is connected."""
    clock = ManualClock.running()
    rooms, account = Rooms(), Account(clock)
    settings = Settings(
        redis_url=redis_url,
        frontdesk_data_dir=tmp_path,
        frontdesk_model="offline",
        frontdesk_debounce_seconds=0,
        _env_file=None,
    )
    await asyncio.to_thread(learnt, settings.frontdesk_desk)
    with new_origin("toy") as origin:
        connectors = (toy_connector(rooms, origin), desk_connector(account))
        async with open_engine(settings, clock=clock, connectors=connectors) as engine, working(engine.worker):
            yield ToyStage(rooms, account, engine)
    declare_all()  # the product's own again


async def test_a_customer_on_a_new_channel_is_answered_handed_over_read_by_people_and_given_back(
    toy: ToyStage,
) -> None:
    await toy.writes("Where is my order A1001?")
    assert "A1001" in await toy.reads("A1001")
    assert toy.account.records == {}

    await toy.writes("I want to speak to a manager")
    ticket = await toy.ticket()
    assert f"#{ticket.id}" in await toy.reads(f"#{ticket.id}")
    assert ticket.external_id == f"toy:{ROOM}"
    assert {"frontdesk", "frontdesk_escalated", "frontdesk_toy"} <= set(ticket.tags)
    assert "I want to speak to a manager" in ticket.comments[0].text

    toy.account.comment(str(ticket.id), DANA, "I'm on it, Sarah.")
    await toy.tells(ticket)
    assert await toy.reads("I'm on it") == "Dana: I'm on it, Sarah."
    await toy.owned_by(Owner.HUMAN)

    said = len(toy.rooms.read(ROOM))
    await toy.writes("Thank you, it is the blue one")
    await wait_until(lambda: "the blue one" in ticket.comments[-1].text, what="the line on the ticket")
    assert len(toy.rooms.read(ROOM)) == said

    toy.account.change(str(ticket.id), DANA, status="solved")
    await toy.tells(ticket)
    await toy.owned_by(Owner.BOT)
    await toy.writes("What is your return policy?")
    await wait_until(lambda: len(toy.rooms.read(ROOM)) > said, what="the bot's answer")
    assert toy.rooms.read(ROOM)[-1].startswith("bot: ")
