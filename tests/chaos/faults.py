"""Faults that last: how each begins and ends, on a machine whose clock is moved."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from functools import partial

from tests.chaos.crash_points import ANSWER
from tests.chaos.machine import Machine, is_alive, signal_quietly
from tests.conftest import wait_until
from tests.ports import free_port

DAY = 86_400.0
HOUR = 3600.0
FROZEN_AT = f"before {ANSWER}"
UNLIMITED = resource.RLIM_INFINITY


class Gate:
    """A door to a server that can be shut: whoever is connected is cut off then, and nobody else comes in."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Let everybody in."""
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", self.port)

    async def shut(self) -> None:
        """Cut everybody off."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        self._writers |= {writer, inner_writer}
        with suppress(ConnectionError):
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        self._writers -= {writer, inner_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@dataclass
class House:
    """The product's processes on a machine: the web app and two workers."""

    machine: Machine
    gate: Gate | None = None
    web: int = 0
    workers: list[int] = field(default_factory=list)
    meanwhile: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Start them."""
        self.workers = [await self.worker(), await self.worker()]
        self.web = await self.new_web()

    async def worker(self, *, stops: Sequence[str] = (), wrong: float = 0.0) -> int:
        """Start a worker."""
        concurrency = str(self.machine.plan.concurrency)
        return await self.machine.born("worker", "--concurrency", concurrency, points={}, stops=stops, wrong=wrong)

    async def new_web(self, wrong: float = 0.0) -> int:
        """Start the web app in place of the one that runs."""
        await end(self.web)
        port = self.machine.bot.rpartition(":")[2]
        self.web = await self.machine.born("web", "--port", port, points={}, stops=(), wrong=wrong)
        await wait_until(self.machine.web_answers, what="the web app")
        return self.web

    async def replace(self, *, stops: Sequence[str] = (), wrong: float = 0.0) -> None:
        """Put another worker in the place of the first one."""
        await end(self.workers[0])
        self.workers[0] = await self.worker(stops=stops, wrong=wrong)


async def end(pid: int) -> None:
    """Kill a process."""
    signal_quietly(pid, signal.SIGKILL)
    await wait_until(lambda: not is_alive(pid), what="a death")


Act = Callable[[House], Awaitable[object]]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Args:
        seconds: for which it lasts.
        hands_over: whether customers may go to people because of it, as the runbook says.
        needs_postgres: whether the desk's database is a server.
    """

    name: str
    seconds: float
    begin: Act
    end: Act
    hands_over: bool = False
    needs_postgres: bool = False


async def _away(vendor: str, house: House) -> None:
    rules = [{"match": f"{vendor}:*", "kind": "status", "status": 503, "times": None}]
    await house.machine.control("faults", {"rules": rules})


async def _back(house: House) -> None:
    await house.machine.control("faults", {})


async def _model(is_down: bool, house: House) -> None:
    await house.machine.http.post(f"{house.machine.model}/switch", json={"down": is_down})


async def _room(size: int, house: House) -> None:
    await house.machine.store.config_set("maxmemory", size)


async def _disk(is_full: bool, house: House) -> None:
    """Let no file grow: an error to whoever writes, as on a disk without room."""
    limit = (1, UNLIMITED) if is_full else (UNLIMITED, UNLIMITED)
    for pid in (house.machine.store_pid, house.web, *house.workers):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


async def _database(is_away: bool, house: House) -> None:
    assert house.gate is not None
    await (house.gate.shut() if is_away else house.gate.open())


async def _wrong(seconds: float, house: House) -> None:
    await house.replace(wrong=seconds)
    await house.new_web(wrong=seconds)


async def _freezing(house: House) -> None:
    """The only worker freezes with lines in its hands; another one starts then."""
    await end(house.workers[1])
    await house.replace(stops=(FROZEN_AT,))
    house.meanwhile = asyncio.create_task(_another(house))


async def _another(house: House) -> None:
    await wait_until(lambda: bool(house.machine.freezes()), what="a freeze")
    house.workers[1] = await house.worker()


async def _thaw(house: House) -> None:
    assert house.meanwhile is not None
    await house.meanwhile
    os.kill(house.workers[0], signal.SIGCONT)


FAULTS: Sequence[Fault] = (
    Fault("Slack down, 6 hours", 6 * HOUR, partial(_away, "slack"), _back),
    Fault("Zendesk down, 6 hours", 6 * HOUR, partial(_away, "zendesk"), _back),
    Fault("model down, 1 hour", HOUR, partial(_model, True), partial(_model, False), hands_over=True),
    Fault("Redis full, 10 minutes", 600, partial(_room, 1), partial(_room, 0)),
    Fault("disk full, 10 minutes", 600, partial(_disk, True), partial(_disk, False), hands_over=True),
    Fault(
        "PostgreSQL gone, 10 minutes",
        600,
        partial(_database, True),
        partial(_database, False),
        hands_over=True,
        needs_postgres=True,
    ),
    Fault("clock a day ahead", 600, partial(_wrong, DAY), partial(_wrong, 0.0)),
    Fault("clock a day behind", 600, partial(_wrong, -DAY), partial(_wrong, 0.0)),
    Fault("worker frozen, 10 minutes", 600, _freezing, _thaw),
)


@asynccontextmanager
async def gated(port: int) -> AsyncIterator[Gate]:
    """Yield an open door to the server on the port."""
    gate = Gate(port)
    await gate.open()
    try:
        yield gate
    finally:
        await gate.shut()
