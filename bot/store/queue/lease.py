"""The lease: one worker holds a conversation for a time; every write proves its fence.

Safety comes from the fence and a random token beside it: every write compares both inside Redis, so a worker that was
frozen or cut off writes nothing, whatever it believes, and neither does one whose number a failover or a restored
backup gave to somebody else.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog

from bot.domain.conversation import Conversation
from bot.domain.effects import Effect, dump_effect, load_effect
from bot.domain.errors import LeaseLost, TemporaryFailure
from bot.domain.events import InboundMessage
from bot.domain.ids import ConversationId
from bot.domain.ports import Clock
from bot.store import keys
from bot.store.codec import UNREADABLE, dump, load_conversation, load_message
from bot.store.queue.due import Claim, DueQueue
from bot.store.redis import Scripts
from bot.store.tasks import end
from bot.telemetry import metrics

NEWER_SECONDS = 15.0
"""Until a process that knows what a newer version wrote may have come."""
PROMPT_SECONDS = 10.0
"""From being written to the begin of a turn; no failover is quicker."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StoredEffect:
    """An effect on the outbox.

    Args:
        text: exactly as stored; takes it off again.
        intent_at: Unix seconds no later than the first attempt to carry it out.
    """

    text: str
    effect: Effect
    intent_at: float


def store_effect(effect: Effect, intent_at: float) -> StoredEffect:
    """Return the effect as the outbox keeps it: what is delivered at once is what a successor would read."""
    text = dump_effect(effect)
    return StoredEffect(f"{intent_at:.3f} {text}", load_effect(text), intent_at)


def _stored(text: str) -> StoredEffect:
    intent_at, _, effect = text.partition(" ")
    return StoredEffect(text, load_effect(effect), float(intent_at))


@dataclass
class Held:
    """A conversation as its holder sees it.

    Args:
        fence: the number of this holding, and half of what every write proves.
        newer: whether there is work of a newer version, which stays for a process that knows it.
        token: the other half; a failover or a restored backup repeats numbers, never tokens.
        attempts: how often a turn on the waiting messages has begun, this time included.
        failures: how many of those ended in an error instead of a death.
        overdue: how often what follows from a passed deadline has failed.
        clock: Unix seconds fixed by the first attempt.
        entries: the messages the first attempt found; what came later forms the next turn.
        outbox: effects that a predecessor committed and may or may not have carried out.
        items: the newest session entries, oldest first.
        trimmed: session entries cut away so far.
        preview: reference of a preview that a dead attempt began.
    """

    id: ConversationId
    fence: int
    attempts: int
    clock: float
    conversation: Conversation
    entries: list[InboundMessage]
    outbox: list[StoredEffect]
    items: list[str]
    trimmed: int = 0
    turn: int = 0
    failures: int = 0
    overdue: int = 0
    preview: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    token: str = ""
    newer: bool = False

    @property
    def may_be_retaken(self) -> bool:
        """Whether somebody may have answered what waits already: its effects are looked up before they are carried out.

        Not only after a death: a failover or a restored backup brings messages back that were answered, without a
        trace of it, and then they are older than what waits in a quick mailbox.
        """
        written = [entry.at for entry in self.entries if entry.at]
        return self.attempts > 1 or (bool(written) and self.clock - min(written) > PROMPT_SECONDS)

    @property
    def proof(self) -> str:
        """What every write shows, and Redis compares."""
        return f"{self.fence}:{self.token}"


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
        args = (self._owner + task, self._milliseconds, self._newest, now, "1" if at_rest else "0", uuid4().hex)
        reply = await self._scripts.run("acquire", key, *args)
        verdict = _text(reply[0])
        if verdict == "BUSY":
            return int(reply[1]) / 1000
        if verdict == "IDLE":
            return None
        try:
            return _held(conversation, reply)
        except UNREADABLE as error:
            return await self._leave_to_newer(conversation, reply, error)

    async def _leave_to_newer(self, conversation: str, reply: Sequence[Any], error: Exception) -> float:
        """Let go of a state that only a newer version can read; it is no attempt."""
        flat = [_text(part) for part in reply[5]]
        proof = f"{int(reply[1])}:{dict(zip(flat[::2], flat[1::2], strict=True)).get('token', '')}"
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

    async def release(self, held: Held, *, park: bool = False) -> bool:
        """Let go; return whether there is more to do (the lease is kept then).

        Args:
            park: let go although effects wait; a later wake takes them up.

        Raises:
            LeaseLost: another worker holds the conversation.
        """
        key = [keys.inbox(held.id), keys.state(held.id), keys.outbox(held.id)]
        code = await self._scripts.run("release", key, held.proof, "1" if park else "0")
        return _fenced(code, held) == 1


def _held(conversation: str, reply: Sequence[Any]) -> Held:
    flat = [_text(part) for part in reply[5]]
    stored = dict(zip(flat[::2], flat[1::2], strict=True))
    facts = {name[2:]: value for name, value in stored.items() if name.startswith("f:")}
    entries = _readable(conversation, "message", reply[2][: int(stored.get("frozen", 0))], load_message)
    outbox = _each_readable(conversation, "effect", reply[3], lambda text: _stored(_text(text)))
    return Held(
        id=ConversationId(conversation),
        fence=int(reply[1]),
        attempts=int(stored.get("attempts", 0)),
        clock=int(stored.get("clock", 0)) / 1000,
        conversation=load_conversation(conversation, stored.get("state") or _text(reply[6]), facts),
        entries=entries,
        outbox=outbox,
        newer=len(outbox) < len(reply[3]) or len(entries) < min(len(reply[2]), int(stored.get("frozen", 0))),
        items=[_text(text) for text in reply[4]],
        trimmed=int(stored.get("trimmed", 0)),
        turn=int(stored.get("turn", 0)),
        failures=int(stored.get("failures", 0)),
        overdue=int(stored.get("overdue", 0)),
        preview=stored.get("preview", ""),
        facts=facts,
        token=stored.get("token", ""),
    )


def _readable(
    conversation: str, what: str, texts: Sequence[Any], load: Callable[[Any], InboundMessage]
) -> list[InboundMessage]:
    """Return what stands before the first that only a newer version can read: their order is kept."""
    found: list[InboundMessage] = []
    for text in texts:
        try:
            found.append(load(text))
        except UNREADABLE as error:
            found_newer(what, conversation, error)
            break
    return found


def _each_readable(
    conversation: str, what: str, texts: Sequence[Any], load: Callable[[Any], StoredEffect]
) -> list[StoredEffect]:
    """Return all but what only a newer version can read: that stays where it is."""
    found: list[StoredEffect] = []
    for text in texts:
        try:
            found.append(load(text))
        except UNREADABLE as error:
            found_newer(what, conversation, error)
    return found


def found_newer(what: str, conversation: str, error: Exception) -> None:
    """Let it be seen that something waits for a newer version."""
    metrics.NEWER.labels(what=what).inc()
    log.warning("newer.left", what=what, conversation=conversation, error=type(error).__name__)


def _fenced(reply: Any, held: Held) -> int:
    if int(reply) == -1:
        raise LeaseLost(held.id)
    return int(reply)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
