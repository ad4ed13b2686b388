"""Kills a worker in the middle of a turn, for the demo's page: the answer arrives all the same, once.

A worker process of its own takes one conversation, while the demo's own worker rests. The simulated Slack keeps it
waiting for the answer to one call, so that it stands in the middle of its turn, and there it is killed. What it held
is due again once its lease is over: the demo's own worker answers.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from time import monotonic
from typing import Any

import httpx
import structlog
from pydantic import BaseModel

from bot.app.container import Engine, open_engine
from bot.app.server import run, working
from bot.app.settings import Settings
from bot.store.tasks import end
from bot.telemetry import log as logging

START_SECONDS = 60.0
WORK_SECONDS = 30.0
ANSWER_SECONDS = 90.0
SHOWN_SECONDS = 1.0
"""So long one sees that it is at work, before it is killed."""
LEASE_SECONDS = 6.0
"""Of the worker that is killed; until then nobody else answers."""
LOOK_SECONDS = 0.1
HELD = {"match": "slack:chat.*", "kind": "timeout", "times": 1, "seconds": WORK_SECONDS}
"""Whatever is first written into the thread waits for Slack."""
READY = "ready"

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]

log = structlog.get_logger(__name__)


class Wanted(BaseModel, extra="forbid"):
    """The line whose answer a worker dies over, and who writes it where."""

    user: str
    channel: str
    text: str


class Failed(Exception):
    """It came to no kill; the words are for the page."""


class Crash:
    """Plays it, one at a time.

    Args:
        page: base URL of the page, and of the simulated Slack.
        tell: puts a note before the page.
    """

    def __init__(self, engine: Engine, page: str, tell: Tell) -> None:
        self._engine = engine
        self._page = page
        self._tell = tell
        self._playing: asyncio.Task[None] | None = None

    async def start(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Begin, and return at once; the page is told how it goes.

        Raises:
            ValueError: one is under way, or the line is none.
        """
        wanted = Wanted.model_validate(body)
        if self._playing and not self._playing.done():
            raise ValueError("a worker is being killed already")
        self._playing = asyncio.create_task(self._play(wanted))
        return {"stage": "starting"}

    async def close(self) -> None:
        """End what is under way."""
        if self._playing:
            await end(self._playing)

    async def _play(self, wanted: Wanted) -> None:
        await self._told("starting")
        async with httpx.AsyncClient(base_url=f"{self._page}/_sandbox/", timeout=WORK_SECONDS) as client:
            try:
                told = await self._killed(client, wanted)
                killed_at = monotonic()
                await self._told("killed", **told)
                times = await _answers(client, told["channel"], told["ts"])
                await self._told("answered", **told, seconds=round(monotonic() - killed_at, 1), times=times)
            except (Failed, httpx.HTTPError) as error:
                log.warning("demo.nobody_killed", why=str(error))
                await self._told("failed", why=str(error))

    async def _killed(self, client: httpx.AsyncClient, wanted: Wanted) -> dict[str, Any]:
        """Return the killed worker's process id and the thread that it was answering in."""
        mine, its = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(
            target=work, args=(_of_the_victim(self._engine.settings), its), daemon=True
        )
        faults = (await client.get("faults")).json()
        await asyncio.to_thread(process.start)
        try:
            await _until_ready(process, mine)
            await self._engine.worker.rest()
            (await client.post("faults", json={**faults, "rules": [HELD]})).raise_for_status()
            posted = await client.post("slack/post", json=wanted.model_dump())
            told = {"pid": process.pid, "channel": posted.json()["channel"], "ts": posted.json()["ts"]}
            await self._told("working", **told)
            await _until_held(client)
            await asyncio.sleep(SHOWN_SECONDS)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)
            mine.close()
            its.close()
            self._engine.worker.go_on()
            with suppress(httpx.HTTPError):
                await client.post("faults", json=faults)
        log.info("demo.killed", pid=process.pid)
        return told

    async def _told(self, stage: str, **more: Any) -> None:
        await self._tell({"crash": {"stage": stage, **more}})


def work(settings: Settings, told: Connection) -> None:
    """Be the worker that is killed: take turns, and say once when it begins."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the demo, which ends this process
    logging.set_up(quiet=True)
    run(_work(settings, told))


async def _work(settings: Settings, told: Connection) -> None:
    gone = asyncio.Event()
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, gone.set)
    async with open_engine(settings) as engine, working(engine.worker):
        told.send(READY)
        await gone.wait()


def _of_the_victim(settings: Settings) -> Settings:
    """Return the demo's settings with a short lease, and without what a worker alone has no use for."""
    own = {"frontdesk_lease_seconds": LEASE_SECONDS, "frontdesk_redelivery_seconds": LEASE_SECONDS}
    return settings.model_copy(update={**own, "frontdesk_api_keys": ()})


async def _until_ready(process: SpawnProcess, told: Connection) -> None:
    deadline = monotonic() + START_SECONDS
    while not told.poll():
        if monotonic() > deadline or process.exitcode is not None:
            raise Failed("the worker process did not start; the terminal says why")
        await asyncio.sleep(LOOK_SECONDS)


async def _until_held(client: httpx.AsyncClient) -> None:
    """Return when the worker waits for Slack in the middle of its turn."""
    deadline = monotonic() + WORK_SECONDS
    while any(rule["times"] for rule in (await client.get("faults")).json()["rules"]):
        if monotonic() > deadline:
            raise Failed("the worker began no answer")
        await asyncio.sleep(LOOK_SECONDS)


async def _answers(client: httpx.AsyncClient, channel: str, ts: str) -> int:
    """Return how many answers stand in the thread, once the work on it is over."""
    deadline = monotonic() + ANSWER_SECONDS
    while monotonic() < deadline:
        answers = _said_by_bots((await client.get("state")).json()["slack"], channel, ts)
        if answers and not any(each["streaming"] for each in answers):
            return len(answers)
        await asyncio.sleep(LOOK_SECONDS)
    raise Failed("no answer came")


def _said_by_bots(slack: Mapping[str, Any], channel: str, ts: str) -> list[Mapping[str, Any]]:
    bots = {user["id"] for user in slack["users"] if user["is_bot"]}
    here = [each for each in slack["messages"] if (each["channel"], each["thread_ts"]) == (channel, ts)]
    return [each for each in here if each["user"] in bots]
