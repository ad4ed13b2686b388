"""The lease: one worker holds a conversation for a time; every write proves its fence.

Safety comes from the fence and a random token beside it: every write compares both inside Redis, so a worker that was
frozen or cut off writes nothing, whatever it believes, and neither does one whose number a failover or a restored
backup gave to somebody else.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import structlog

from bot.domain.errors import LeaseLost, TemporaryFailure
from bot.domain.events import InboundMessage
from bot.domain.facts import Facts
from bot.domain.ports import Clock
from bot.store import keys
from bot.store.codec import UNREADABLE, dump, load_message
from bot.store.queue.due import Claim, DueQueue
from bot.store.queue.held import Held, fields_of, found_newer, read_held, text_of
from bot.store.queue.outbox import written
from bot.store.redis import Call, Scripts
from bot.store.tasks import end

MOST_MESSAGES = 200
"""What more waits forms the next turns: nobody writes so much that is one question, and a turn holds all it reads."""
NEWER_SECONDS = 15.0
"""Until a process that knows what a newer version wrote may have come."""
log = structlog.get_logger(__name__)


class Leases:
    """Acquires, keeps and releases conversations.

    Args:
        clock: what a turn's first attempt reads its time from.
        owner: this worker's name, unique per process start.
        seconds: how long a lease lives without renewal.
        newest: session entries to read.
    """

    def __init__(
        self, scripts: Scripts, due: DueQueue, clock: Clock, *, owner: str, seconds: float, hold: float, newest: int
    ) -> None:
        self._scripts = scripts
        self._due = due
        self._clock = clock
        self._owner = owner
        self._milliseconds = int(seconds * 1000)
        self._hold = hold
        self._newest = newest

    async def acquire(self, conversation: str, task: str = "", *, at_rest: bool = False) -> Held | float | None:
        """Return the held conversation, the seconds another holder has left, or None when nothing waits.

        Args:
            task: tells the worker's tasks apart; only the same task may acquire what it holds already.
            at_rest: hold it although nothing waits, because a deadline has passed; that begins no attempt.

        Raises:
            TemporaryFailure: the store is down.
        """
        key = [part(conversation) for part in (keys.inbox, keys.state, keys.outbox, keys.items, keys.kept)]
        now = int(self._clock.now() * 1000)
        holder = (self._owner + task, self._milliseconds, self._newest, now, "1" if at_rest else "0", uuid4().hex)
        reply = await self._scripts.run("acquire", key, *holder, MOST_MESSAGES)
        verdict = text_of(reply[0])
        if verdict == "BUSY":
            return int(reply[1]) / 1000
        if verdict == "IDLE":
            return None
        try:
            return read_held(conversation, reply)
        except UNREADABLE as error:
            return await self._leave_to_newer(conversation, reply, error)

    async def _leave_to_newer(self, conversation: str, reply: Sequence[Any], error: Exception) -> float:
        """Let go of a state that only a newer version can read; it is no attempt."""
        proof = f"{int(reply[1])}:{fields_of(reply[5]).get('token', '')}"
        found_newer("state", conversation, error)
        await self._scripts.run("note", [keys.state(conversation)], proof, "attempts", "0")
        key = [keys.inbox(conversation), keys.state(conversation), keys.outbox(conversation)]
        await self._scripts.run("release", key, proof, "1")
        return NEWER_SECONDS

    @asynccontextmanager
    async def heartbeat(self, held: Held, claim: Claim) -> AsyncIterator[None]:
        """Renew the lease and the claim at a quarter of their life; losing the lease cancels the body.

        Raises:
            LeaseLost: the fence moved while the body ran.
        """
        body = asyncio.current_task()
        lost = False

        async def renew() -> None:
            nonlocal lost
            while True:
                await asyncio.sleep(self._milliseconds / 4000)
                try:
                    alive = await self._scripts.run("renew", [keys.state(held.id)], held.proof, self._milliseconds)
                    if not int(alive):
                        lost = True
                        if body:
                            body.cancel()
                        return
                    await self._due.hold(claim, self._hold)
                except TemporaryFailure:
                    continue
                except Exception:
                    log.exception("heartbeat.stumbled", conversation=held.id)  # a lease runs out by itself

        beat = asyncio.create_task(renew())
        try:
            yield
        except asyncio.CancelledError:
            if not lost:
                raise
            if body:
                body.uncancel()
            raise LeaseLost(held.id) from None
        finally:
            await end(beat)

    async def note(self, held: Held, name: str, value: str) -> None:
        """Remember one field of the running attempt (`preview`, `failures`, `overdue`).

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        _fenced(await self._scripts.run("note", [keys.state(held.id)], held.proof, name, value), held)

    async def learn(self, held: Held, facts: Facts) -> None:
        """Remember what was learnt, at once.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        for name, text in facts.texts.items():
            await self.note(held, f"f:{name}", text)
        held.facts |= facts

    async def expand(self, held: Held, replaced: int, found: Sequence[tuple[str, InboundMessage]]) -> None:
        """Put `found` (dedupe id, message) in the place of the first `replaced` entries.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        key = [keys.inbox(held.id), keys.state(held.id), keys.seen(held.id)]
        pairs = [part for dedupe, message in found for part in (dedupe, dump(message))]
        reply = await self._scripts.run("expand", key, held.proof, replaced, *pairs)
        if isinstance(reply, int):
            raise LeaseLost(held.id)
        held.entries = [load_message(text) for text in reply]

    async def release(self, held: Held, *, leaves: Call | None = None, park: bool = False) -> bool:
        """Let go; return whether there is more to do (the lease is kept then).

        Args:
            leaves: what leaves the conversation for later, run in the same round trip whatever there is to do. So
                nothing may wait but what comes right now: that brings its own wake.
            park: let go although effects wait; a later wake takes them up.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        key = [keys.inbox(held.id), keys.state(held.id), keys.outbox(held.id)]
        call: Call = ("release", key, (held.proof, "1" if park else "0"))
        try:
            code, *_ = await written(self._scripts, held, call, *[leaves] if leaves else [])
            return int(code) == 1
        except LeaseLost:
            if leaves:  # a failover may have brought back what was done, and the claim with it
                await self._due.wake(held.id)
            raise


def _fenced(reply: Any, held: Held) -> int:
    if int(reply) == -1:
        raise LeaseLost(held.id)
    return int(reply)
