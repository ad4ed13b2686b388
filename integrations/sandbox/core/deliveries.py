"""Delivers events to the bot: signed at each attempt, retried as the vendor would, duplicated on demand."""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import httpx

from integrations.sandbox.core.faults import Faults
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import Delivery, World

MAX_AT_ONCE = 64
REORDER_SECONDS = 0.3
NO_URL, UNWANTED = "no_url", "unwanted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: a status, or 0 and the reason there is none."""

    status: int
    reason: str = ""
    headers: httpx.Headers | None = None
    text: str = ""


class Courier(Protocol):
    """One vendor's way of delivering."""

    ack_seconds: float

    def request(self, delivery: Delivery) -> tuple[str, dict[str, str]] | None:
        """URL (empty: not known yet) and headers of this attempt, freshly signed; None: nobody wants it."""
        ...

    def next_wait(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Seconds until the next attempt; None ends it."""
        ...


class Deliveries:
    """All that is on its way."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._couriers: dict[str, Courier] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # A client per delivery in flight: one shared pool searches all its connections for each request.
        self._free: list[httpx.AsyncClient] = []
        self._tls: ssl.SSLContext | None = None
        self._running: set[str] = set()
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self.log: deque[JSON] = deque(maxlen=1000)

    @property
    def idle(self) -> bool:
        """Nothing is being posted now (retries may still wait for their time)."""
        now, pending = self._world.clock.now(), self._world.state.pending
        return all(i not in pending or pending[i].due > now for i in self._running)

    def register(self, kind: str, courier: Courier) -> None:
        """Name who delivers a kind."""
        self._couriers[kind] = courier

    def send(self, delivery: Delivery) -> None:
        """Start delivering; returns at once."""
        faults = self._faults
        if faults.hits(faults.deliveries.drop):
            return
        delay = faults.deliveries.delay
        if faults.deliveries.reorder:
            delay += self._world.random.random() * REORDER_SECONDS
        delivery.due = self._world.clock.now() + delay
        self._start(delivery)
        if faults.hits(faults.deliveries.duplicate):
            again = self._world.random.random() * REORDER_SECONDS
            twin = Delivery(
                delivery.id + "-again", delivery.kind, delivery.body, delivery.due + again,
                webhook_id=delivery.webhook_id,
            )  # fmt: skip
            self._start(twin)

    def resume(self) -> None:
        """After a restart or with a new URL, go on with what was left."""
        for delivery in list(self._world.state.pending.values()):
            if delivery.id not in self._running:
                self._start(delivery)

    async def post(self, delivery: Delivery) -> Outcome:
        """One attempt."""
        courier = self._couriers[delivery.kind]
        request = courier.request(delivery)
        if request is None or not request[0]:
            return Outcome(0, UNWANTED if request is None else NO_URL)
        url, headers = request
        client = self._free.pop() if self._free else self._client()
        timeout = courier.ack_seconds
        try:
            async with asyncio.timeout(timeout):
                response = await client.post(url, content=delivery.body.encode(), headers=headers, timeout=timeout)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(0, "http_timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, AttributeError):
            # anyio says AttributeError of a connection whose other side died while it was being opened.
            return Outcome(0, "connection_failed")
        finally:
            self._free.append(client)
        return Outcome(response.status_code, "", response.headers, response.text)

    def forget(self) -> None:
        """Drop everything on its way (a reset world sends no old news)."""
        for task in self._tasks:
            task.cancel()
        self._world.state.pending.clear()
        self.log.clear()

    async def close(self) -> None:
        """Stop; what is pending stays in the state for the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for client in self._free:
            await client.aclose()
        self._free.clear()

    def _client(self) -> httpx.AsyncClient:
        # Proxies of the environment are not for deliveries to this machine; a TLS context is slow to make.
        self._tls = self._tls or ssl.create_default_context()
        return httpx.AsyncClient(transport=self._world.options.transport, verify=self._tls, trust_env=False)

    def _start(self, delivery: Delivery) -> None:
        self._world.state.pending[delivery.id] = delivery
        self._running.add(delivery.id)
        task = asyncio.get_running_loop().create_task(self._run(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._running.discard(delivery.id))

    async def _run(self, delivery: Delivery) -> None:
        courier = self._couriers[delivery.kind]
        clock = self._world.clock
        while True:
            pause = delivery.due - clock.now()
            if pause > 0:
                await clock.sleep(pause)
            async with self._slots:
                outcome = await self.post(delivery)
            if outcome.reason == NO_URL:
                # It stays pending: whoever comes to listen after a restart gets what was on its way.
                return
            self._note(delivery, outcome)
            wait = None if outcome.reason == UNWANTED else courier.next_wait(delivery, outcome)
            if wait is None:
                break
            delivery.attempt += 1
            delivery.due = clock.now() + wait
            self._world.keep()
        self._world.state.pending.pop(delivery.id, None)
        self._world.keep()

    def _note(self, delivery: Delivery, outcome: Outcome) -> None:
        self.log.append(
            {
                "id": delivery.id,
                "kind": delivery.kind,
                "webhook_id": delivery.webhook_id,
                "attempt": delivery.attempt,
                "status": outcome.status,
                "reason": outcome.reason,
                "at": self._world.clock.now(),
                "body": delivery.body,
                "answer": outcome.text[:2000],
            }
        )
