"""Runs requests in threads of their own: zenpy is synchronous, and its client is for one thread."""

import asyncio
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from bot.domain.errors import FrontdeskError, PermanentFailure, TemporaryFailure, UnknownOutcome
from integrations.zendesk.api.rate_limits import RequestBudget, Seen
from integrations.zendesk.api.session import SafeSession
from integrations.zendesk.api.zenpy_client import ZenpyClient
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.reader import Reader
from integrations.zendesk.outbound.writer import Writer

WORKERS = 16
# Each request has its own deadline; this ends work whose answer trickles in byte by byte.
MAX_SECONDS = 120.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Worker:
    """What one thread works with."""

    def __init__(self, session: SafeSession, memory: AccountCache) -> None:
        self.session = session
        self.api = ZenpyClient(session)
        self.reader = Reader(self.api, memory)
        self.writer = Writer(self.api, self.reader, memory)


class WorkerThreads:
    """At most sixteen, each with its worker.

    Args:
        session: makes a thread's session.
        memory: what all threads know of the account.
        budget: how many requests the account allows.
    """

    def __init__(self, session: Callable[[], SafeSession], memory: AccountCache, budget: RequestBudget) -> None:
        self._session = session
        self._memory = memory
        self._budget = budget
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="zendesk")
        self._local = threading.local()
        self._workers: list[Worker] = []

    async def close(self) -> None:
        """Finish the requests in flight, send no further ones, and drop all connections."""
        for worker in self._workers:
            worker.session.stop.set()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.session.close()

    async def run(self, work: Callable[[Worker], T], caller: str = "") -> T:
        """Do the work when the account's limit allows it.

        Args:
            caller: whose place in the account's queue is kept.
        """
        await self._budget.enter(caller)
        return await self.run_at_once(work)

    async def run_at_once(self, work: Callable[[Worker], T]) -> T:
        """Do the work, whatever the account's limit."""
        seen = Seen()
        failure: FrontdeskError | None = None
        try:
            return await self._done(work, seen)
        except FrontdeskError as error:
            failure = error
            raise
        finally:
            await self._budget.learn(seen, failure)

    async def _done(self, work: Callable[[Worker], T], seen: Seen) -> T:
        stop = threading.Event()
        try:
            future = self._pool.submit(self._work, work, stop, seen)
        except RuntimeError:
            raise TemporaryFailure("Zendesk is being closed") from None
        try:
            async with asyncio.timeout(MAX_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise UnknownOutcome("Zendesk took too long") from None
        finally:
            # The request in flight cannot be called back, but no further one may follow it.
            stop.set()

    def _work(self, work: Callable[[Worker], T], stop: threading.Event, seen: Seen) -> T:
        worker = self._worker()
        worker.session.begin(stop, seen)
        try:
            return work(worker)
        except FrontdeskError:
            raise
        except Exception as error:
            # Not chained: zenpy's errors quote whole answers.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400
                "zendesk.not_understood", error=type(error).__name__, at=f"{where.name}:{where.lineno}"
            )
            what = f"an answer was not understood: {type(error).__name__}"
            raise (UnknownOutcome(what) if worker.session.wrote else PermanentFailure(what, "bug")) from None

    def _worker(self) -> Worker:
        if not hasattr(self._local, "worker"):
            self._local.worker = Worker(self._session(), self._memory)
            self._workers.append(self._local.worker)
        worker: Worker = self._local.worker
        return worker
