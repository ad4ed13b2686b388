"""The demo's bot: it can be started over from nothing, its database and its Redis too, while the page stays."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.app.background import background
from bot.app.bot_door import BotDoor
from bot.app.container import Engine, open_engine
from bot.app.demo_crash import Crash
from bot.app.demo_switches import DemoSwitches
from bot.app.demo_why import Why
from bot.app.hot_reload import reloading
from bot.app.server import working
from bot.app.settings import Settings
from bot.app.start_line import warn_of_slips
from bot.app.web import create_app
from bot.desk.loading.desk import Desk
from bot.domain.errors import ConfigError, TemporaryFailure
from bot.store.queue.dead_letters import DeadLetters
from bot.store.tasks import end

OFFLINE = "offline"
ANSWER_SECONDS = 10.0
LOOK_SECONDS = 1.0
MOST_TOLD = 20
MOST_EXAMPLES = 3
STARTING = "the demo starts over; try again in a moment"
AWAY = "the store does not answer; try again"
REDIS = "redis"
DATABASE = "desk.db*"
"""What a bot knows is in these two; vectors, which cost time alone, and articles that somebody wrote stay."""


@dataclass(frozen=True)
class Parts:
    """What the page may ask of the bot that is at work."""

    switches: DemoSwitches
    why: Why
    crash: Crash


class DemoBot:
    """Whatever takes turns in a demo.

    Args:
        settings: with the sandbox in the place of the vendors.
        page: base URL of the page.
        door: leads to the bot while there is one.
    """

    def __init__(self, settings: Settings, page: str, door: BotDoor) -> None:
        self._settings = settings
        self._page = page
        self._door = door
        self._one_by_one = asyncio.Lock()
        self._open = AsyncExitStack()
        self._parts: Parts | None = None

    async def start(self) -> None:
        """Start with what the store holds.

        Raises:
            ConfigError: the desk or Redis cannot work.
        """
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(open_engine(self._settings))
            warn_of_slips(engine.desk)
            await stack.enter_async_context(reloading(engine))
            self._door.lead_to(create_app(engine))
            stack.callback(self._door.lead_to, None)
            await stack.enter_async_context(working(engine.worker))
            await stack.enter_async_context(background(engine))
            switches = DemoSwitches(engine, f"{self._page}/console/replay")
            stack.push_async_callback(switches.close)
            crash = Crash(engine, self._page, self._tell)
            stack.push_async_callback(crash.close)
            stack.push_async_callback(end, asyncio.create_task(self._keep_telling(engine, switches)))
            is_paid = self._settings.frontdesk_model != OFFLINE
            why = Why(engine.client, engine.conversations, self._page, is_paid=is_paid)
            self._parts = Parts(switches, why, crash)
            self._open = stack.pop_all()
        with suppress(httpx.HTTPError):
            await self._tell({"crash": {}})

    async def stop(self) -> None:
        """Let the turns that run finish, and close everything."""
        self._parts = None
        await self._open.aclose()

    async def turn(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Switch what the page asks for.

        Raises:
            ValueError: it asks for what there is not, or the store is down.
        """
        return await self._at_work().switches.turn(body)

    async def why(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Tell why something was said.

        Raises:
            ValueError: nothing is known of it, or the store is down.
        """
        try:
            return await self._at_work().why.of(str(body.get("effect", "")))
        except TemporaryFailure as error:
            raise ValueError(AWAY) from error

    async def kill(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Kill a worker while it answers a line.

        Raises:
            ValueError: one is being killed, the line is none, or not every answer is public.
        """
        parts = self._at_work()
        if not await parts.switches.is_as_in_the_files():
            raise ValueError("set Mode to what the desk's files say first: the worker that is killed knows them alone")
        return await parts.crash.start(body)

    def _at_work(self) -> Parts:
        if self._parts is None:
            raise ValueError(STARTING)
        return self._parts

    @asynccontextmanager
    async def starting_over(self) -> AsyncIterator[None]:
        """Stop, let the body make the vendors forget, forget everything too, and start again.

        Raises:
            ValueError: what was edited meanwhile cannot start.
        """
        async with self._one_by_one:
            await self.stop()
            try:
                yield
            finally:
                await asyncio.to_thread(forget, self._settings.frontdesk_data_dir)
                try:
                    await self.start()
                except ConfigError as error:
                    raise ValueError(f"everything is deleted, but the bot does not start: {error}") from error

    async def _keep_telling(self, engine: Engine, switches: DemoSwitches) -> None:
        """Tell the page which lines became dead letters and where the switches stand, until cancelled."""
        told: dict[str, Any] = {}
        letters = DeadLetters(engine.client)
        store = str(self._settings.frontdesk_data_dir)
        while True:
            with suppress(TemporaryFailure, httpx.HTTPError):
                dead = [
                    {"conversation": one.conversation, "kind": one.kind, "reason": one.reason}
                    for one in await letters.find()
                ]
                notes = {
                    "dead_letters": dead[-MOST_TOLD:],
                    "store": store,
                    "switches": await switches.shown(),
                    **_of_desk(engine.desk),
                }
                if notes != told:
                    await self._tell(notes)
                    told = notes
            await asyncio.sleep(LOOK_SECONDS)

    async def _tell(self, notes: Mapping[str, Any]) -> None:
        """Put notes before the page, beside those that it has.

        Raises:
            httpx.HTTPError: it does not answer.
        """
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            (await client.post(f"{self._page}/_sandbox/config", json={"notes": notes})).raise_for_status()


def _of_desk(desk: Desk) -> Mapping[str, Any]:
    """Return what the page makes examples of: languages, and customers' sentences that the specialists' files name."""
    named = [
        {"specialist": one.name, "text": one.examples[0]}
        for one in desk.specialists.values()
        if one.examples and one.tools
    ]
    return {"languages": list(desk.policy.languages), "examples": named[:MOST_EXAMPLES]}


def forget(store: Path) -> None:
    """Delete what a bot that has stopped knew: conversations, orders and what was done about them, figures, audit."""
    shutil.rmtree(store / REDIS, ignore_errors=True)
    for file in store.glob(DATABASE):
        file.unlink(missing_ok=True)
