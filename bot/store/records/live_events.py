"""Publishes what happens in a conversation right now over pub/sub; best effort, nothing is stored.

One subscription per process hears every conversation's events and sorts them to the listeners, so that a thousand
waiting requests cost one connection. It lives as long as somebody listens.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio.cluster import RedisCluster

from bot.domain.text.storable import to_json
from bot.store import keys
from bot.store.pipelining import shared_by
from bot.store.redis import Client, store_errors
from bot.store.tasks import end

READY_SECONDS = 1.0
"""Longest wait for the subscription before one goes on without; the answer itself is also polled for."""
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 0.25
log = structlog.get_logger(__name__)

BACKLOG = 1000
"""Events a slow listener may be behind; what is over is dropped, as the stored answer repeats all of it."""


@dataclass(frozen=True)
class Event:
    """One event of a conversation.

    Args:
        name: `begin` (a turn; data is a JSON list of the message ids it answers), `status`, `delta` (checked
            sentences), `answered` (look for your answer) or `reset`.
    """

    name: str
    data: str = ""


class Live:
    """Publishes and hears live events; the `Audience` port."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listeners: dict[str, set[asyncio.Queue[Event]]] = defaultdict(set)
        self._hearing: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def publish(self, conversation: str, event: str, data: str) -> bool:
        """Send one event to whoever listens to the conversation now; return False where surely nobody listens.

        A store that is down loses it. A Cluster counts the listeners of one node alone:
        https://redis.io/docs/latest/commands/publish/.
        """
        said = (keys.live(conversation), to_json([event, data]))
        heard: Any = 1
        with suppress(*store_errors):
            if isinstance(self._client, RedisCluster):
                await self._client.publish(*said)
            else:
                [heard] = await shared_by(self._client).send(("PUBLISH", *said))
        return not isinstance(heard, int) or heard > 0  # who may not publish (ACL) is told of it as of an outage

    @asynccontextmanager
    async def listen(self, conversation: str) -> AsyncIterator[asyncio.Queue[Event]]:
        """Collect the conversation's events from now on, for as long as the body runs."""
        queue: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        self._listeners[conversation].add(queue)
        if self._hearing is None or self._hearing.done():
            self._ready.clear()
            self._hearing = asyncio.create_task(self._hear())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(READY_SECONDS):
                    await self._ready.wait()
            yield queue
        finally:
            await self._leave(conversation, queue)

    async def _leave(self, conversation: str, queue: asyncio.Queue[Event]) -> None:
        self._listeners[conversation].discard(queue)
        if not self._listeners[conversation]:
            del self._listeners[conversation]
        if not self._listeners and self._hearing:
            hearing, self._hearing = self._hearing, None
            await end(hearing)

    async def _hear(self) -> None:
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.psubscribe(keys.live("*"))
                    while True:
                        # Bounded: a blocking read would run into the socket's timeout on a quiet day.
                        message = await subscription.get_message(timeout=LOOK_SECONDS)
                        self._sort(message)
            except store_errors:
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception:
                log.exception("hear.stumbled")
                await asyncio.sleep(AGAIN_SECONDS)

    def _sort(self, message: dict[str, object] | None) -> None:
        if not message:
            return
        if message["type"] == "psubscribe":
            self._ready.set()
        if message["type"] != "pmessage":
            return
        conversation = keys.conversation_of(_text(message["channel"]))
        name, data = json.loads(_text(message["data"]))
        for queue in self._listeners.get(conversation, ()):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(Event(name, data))


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
