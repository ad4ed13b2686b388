"""Opens what every process has: store, vendors, the desk's rules. A process that takes no turns has nothing more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.app.connectors import CONNECTORS, claim, keep_claiming, open_sides
from bot.app.database_look import DatabaseLook, database_url
from bot.app.figures import OwnFigures
from bot.app.settings import Settings
from bot.app.shown_gaps import ShownGaps
from bot.app.store import WallClock, away, open_store
from bot.desk.loading.desk import Desk, load_rules
from bot.domain.errors import TemporaryFailure
from bot.domain.ports import Clock
from bot.runtime.connectors import Connector, Core, Sides
from bot.store.admin.brake import BrakeSwitch, WatchedBrake
from bot.store.limits.customer_rate import MessageRate
from bot.store.limits.vendor_rate import VendorRate
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.records.conversations import Conversations
from bot.store.redis import Client, Scripts
from bot.store.server_check import takes_writes
from bot.store.tasks import end
from bot.turn.texts import disclosure

Ask = Callable[[], Awaitable[object]]
"""Returns when a part of ours answers, and raises when it does not."""


@dataclass(frozen=True)
class Doors:
    """The store and the vendors, opened.

    Args:
        unclaimed: sides whose account is not known yet, by the vendor's name.
    """

    settings: Settings
    client: Client
    clock: Clock
    sides: Sides
    unclaimed: Sequence[tuple[str, Any]]

    async def connected_at(self, conversations: Conversations) -> float:
        """Return when the help desk's account was connected first, 0 without one."""
        side = self.sides.desk_side
        return await conversations.connected(side.address) if side else 0.0

    @asynccontextmanager
    async def claiming(self, stop: Callable[[], None]) -> AsyncIterator[None]:
        """Ask on, while the body runs, whose account each side is.

        Args:
            stop: ends what must not be done for two accounts.
        """
        async with AsyncExitStack() as stack:
            for name, side in self.unclaimed:
                asking = asyncio.create_task(keep_claiming(self.client, name, side, stop))
                stack.push_async_callback(end, asking)
            yield


@asynccontextmanager
async def open_doors(
    settings: Settings, clock: Clock | None, connectors: Sequence[Connector[Any]]
) -> AsyncIterator[Doors]:
    """Yield the store and the vendors; both are closed at the end.

    Raises:
        ConfigError: the environment cannot work.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_store(settings))
        clock = clock or WallClock()
        scripts = Scripts(client)
        sides = open_sides(settings, clock, VendorRate(scripts), connectors, scripts)
        stack.push_async_callback(sides.close)
        unclaimed = [(name, side) for name, side in sides.named if not await claim(client, name, side)]
        yield Doors(settings, client, clock, sides, unclaimed)


@dataclass(frozen=True)
class Reception:
    """What accepts events and tells of conversations.

    Args:
        rules: returns the desk that is at work.
        ask_database: returns when the desk's database answers.
        brake: whether every public answer is held back.
        connected_at: Unix seconds of the first start with this help desk account, 0 without one.
        figures: whether it helps, counted.
    """

    settings: Settings
    client: Client
    inbox: Inbox
    conversations: Conversations
    due: DueQueue
    rate: MessageRate
    clock: Clock
    sides: Sides
    connected_at: float
    rules: Callable[[], Desk]
    ask_database: Ask
    brake: WatchedBrake
    figures: OwnFigures

    @property
    def desk(self) -> Desk:
        """The desk that is at work."""
        return self.rules()

    @property
    def own_parts(self) -> Mapping[str, Ask]:
        """What has to answer before this process is ready."""
        return {"redis": partial(takes_writes, self.client), "database": self.ask_database}

    @property
    def core(self) -> Core:
        """What the vendors' sides hand their news to."""
        return Core(
            client=self.client,
            inbox=self.inbox,
            conversations=self.conversations,
            rate=self.rate,
            clock=self.clock,
            connected_at=self.connected_at,
            session_seconds=self.settings.session_seconds,
            figures=self.figures,
            first_specialist=lambda: self.desk.first,
            languages=lambda: self.desk.policy.languages,
            disclosure=lambda language: disclosure(self.desk.policy.disclosure, language),
            gaps=ShownGaps(self.settings),
        )


@asynccontextmanager
async def open_reception(
    settings: Settings, clock: Clock | None = None, connectors: Sequence[Connector[Any]] = CONNECTORS
) -> AsyncIterator[Reception]:
    """Yield what accepts; of the desk it reads the rules alone.

    Raises:
        ConfigError: the environment, the desk's rules or its database cannot work.
    """
    async with (
        open_doors(settings, clock, connectors) as doors,
        doors.claiming(lambda: None),
        AsyncExitStack() as stack,
    ):
        desk = load_rules(settings.frontdesk_desk)
        database = DatabaseLook(database_url(settings))
        stack.push_async_callback(database.close)
        await database.connect()
        figures = OwnFigures(settings, doors.client, doors.clock, lambda: desk.policy)
        stack.push_async_callback(figures.close)
        scripts, seconds = Scripts(doors.client), settings.frontdesk_debounce_seconds
        due = DueQueue(scripts, debounce=seconds, alone="")
        conversations = Conversations(scripts, doors.clock)
        try:
            connected_at = await doors.connected_at(conversations)
        except TemporaryFailure as error:  # it answered a moment ago
            raise away(error, settings) from error
        yield Reception(
            settings=settings,
            client=doors.client,
            inbox=Inbox(scripts, due, ttl=settings.session_seconds, debounce=seconds),
            conversations=conversations,
            due=due,
            rate=MessageRate(doors.client),
            clock=doors.clock,
            sides=doors.sides,
            connected_at=connected_at,
            rules=lambda: desk,
            ask_database=database.ping,
            brake=WatchedBrake(BrakeSwitch(doors.client)),
            figures=figures,
        )
