"""A worker of the benchmark: it waits until it is told to work, and where commits shall stand still.

An order `{"where": "before" | "after", "at": {conversation: n}}` lets the n-th commit of a conversation stand before
the desk's database is touched, or after it was; `{"enter": True}` lets one of those that stand before go on until its
rows are written and its transaction is still open. What stands is told, so that the worker can be killed then. The
end of the orders ends the worker.
"""

import asyncio
import ctypes
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.app import container
from bot.app.server import run, working
from bot.app.settings import Settings
from bot.desk.actions import ledger
from bot.desk.actions.commit_results import CommitResult
from bot.desk.actions.ledger import Ledger
from bot.desk.actions.ledger_rows import Attempt
from bot.domain.proposals import Proposal
from bot.telemetry.log import set_up
from tests.retail.model import ObedientModel
from tests.retail.tasks import read_tasks

READY, STOOD, INSIDE = "ready", "stood", "inside"
PR_SET_PDEATHSIG = 1

Orders = Mapping[str, Any]


class Standstill:
    """Where commits stop for ever, until the process is killed.

    Args:
        line: to whoever started the worker.
    """

    def __init__(self, line: "Connection[Any, Any]") -> None:
        self._line = line
        self._where = ""
        self._at: Mapping[str, int] = {}
        self._seen: dict[str, list[str]] = {}
        self._enter = asyncio.Event()
        self._inside = ""

    def take(self, order: Orders) -> None:
        """Take an order."""
        if order.get("enter"):
            self._enter.set()
        else:
            self._where, self._at, self._seen = order["where"], order["at"], {}

    def install(self) -> None:
        """Put it between the engine and the desk's database."""
        own: Any = Ledger
        module: Any = ledger
        settle, record = own.settle, module.record

        async def settled(
            self: Ledger, proposal: Proposal, customer: Any, conversation: str, *rest: Any, **more: Any
        ) -> CommitResult:
            stops = standstill._stops(conversation, proposal.id)
            if stops and standstill._where == "before":
                await standstill._stand_before(conversation)
            result: CommitResult = await settle(self, proposal, customer, conversation, *rest, **more)
            if stops and standstill._where == "after":
                await standstill._stand(STOOD, conversation)
            return result

        async def recorded(session: Any, attempt: Attempt, offer: Any) -> None:
            await record(session, attempt, offer)
            if standstill._inside == attempt.conversation:
                await standstill._stand(INSIDE, attempt.conversation)

        standstill = self
        own.settle, module.record = settled, recorded

    def _stops(self, conversation: str, proposal: str) -> bool:
        seen = self._seen.setdefault(conversation, [])
        if proposal not in seen:
            seen.append(proposal)
        return self._at.get(conversation) == seen.index(proposal) + 1

    async def _stand_before(self, conversation: str) -> None:
        self._line.send((STOOD, conversation))
        await self._enter.wait()
        if self._inside not in {"", conversation}:
            await asyncio.Event().wait()
        self._inside = conversation

    async def _stand(self, word: str, conversation: str) -> None:
        self._line.send((word, conversation))
        await asyncio.Event().wait()


async def work(folder: Path, split: str, settings: Mapping[str, Any], line: "Connection[Any, Any]") -> None:
    """Work until there are no more orders."""
    model = ObedientModel(read_tasks(folder, split))
    vars(container)["create_models"] = lambda *_: model.models()
    standstill = Standstill(line)
    standstill.install()
    orders = _listen(line)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(container.open_engine(Settings(_env_file=None, **settings)))
        line.send((READY, ""))
        works = False
        while order := await orders.get():
            standstill.take(order)
            if not works:
                await stack.enter_async_context(working(engine.worker))
                works = True


def _listen(line: "Connection[Any, Any]") -> "asyncio.Queue[Orders | None]":
    loop, orders = asyncio.get_running_loop(), asyncio.Queue[Orders | None]()

    def hear() -> None:
        try:
            orders.put_nowait(line.recv())
        except EOFError:
            loop.remove_reader(line.fileno())
            orders.put_nowait(None)

    loop.add_reader(line.fileno(), hear)
    return orders


def live(folder: Path, split: str, settings: Mapping[str, Any], line: "Connection[Any, Any]", log: Path) -> None:
    """Be a worker: the first function of a process."""
    if sys.platform == "linux":  # nothing outlives a benchmark that was killed
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with log.open("a") as out:
        set_up(stream=out)
        run(work(folder, split, settings, line))
