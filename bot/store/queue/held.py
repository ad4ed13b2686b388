"""Reads what a worker gets with the lease: the conversation, its waiting messages and its undelivered effects.

What only a newer version can read is left where it is, and counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import structlog

from bot.domain.audit import AuditEvent
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect, dump_effect, load_effect
from bot.domain.events import InboundMessage
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from bot.store.codec import UNREADABLE, load_conversation, load_message, read_facts
from bot.store.redis import Call
from bot.telemetry import metrics

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
    """Return the effect as the outbox keeps it: what is delivered at once is what a successor would read.

    Args:
        intent_at: Unix seconds no later than the first attempt to carry it out.
    """
    text = dump_effect(effect)
    return StoredEffect(f"{intent_at:.3f} {text}", load_effect(text), intent_at)


def _stored(text: str) -> StoredEffect:
    intent_at, _, effect = text.partition(" ")
    return StoredEffect(text, load_effect(effect), float(intent_at))


@dataclass(frozen=True)
class Settlement:
    """An effect that is carried out, and whose end is stored with whatever is written next.

    Args:
        call: the script that stores it.
        events: how it ended, for the log once that is stored.
    """

    call: Call
    events: Sequence[AuditEvent]


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
        oldest: Unix seconds at which the oldest of what the turn took was written; infinite where that is not known.
        more: whether messages may wait that this holder has not read; each commit tells.
        gone: ids of lines that were deleted after a turn had taken them, as the last commit found them a moment ago;
            None where they have to be asked for.
        counted_for: the person among whose open conversations it counts, as far as that is known.
        settling: the last effect, carried out a moment ago, whose end goes with what is written next.
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
    facts: Facts = field(default_factory=Facts)
    token: str = ""
    newer: bool = False
    oldest: float = inf
    more: bool = True
    settling: Settlement | None = None
    gone: frozenset[str] | None = None
    counted_for: str = ""

    def may_be_retaken(self, now: float) -> bool:
        """Whether somebody may have answered what waits already: its effects are looked up before they are carried out.

        Not only after a death: a failover or a restored backup brings messages back that were answered, without a
        trace of it, and then they are older than what waits in a quick mailbox.

        Args:
            now: Unix seconds; `clock` is as old as the attempt that a backup holds.
        """
        return self.attempts > 1 or now - self.oldest_waiting > PROMPT_SECONDS

    @property
    def oldest_waiting(self) -> float:
        """Unix seconds at which the oldest of what waits was written; infinite where nothing says so."""
        return min((entry.at for entry in self.entries if entry.at), default=inf)

    @property
    def proof(self) -> str:
        """What every write shows, and Redis compares."""
        return f"{self.fence}:{self.token}"


def read_held(conversation: str, reply: Sequence[Any]) -> Held:
    """Return the conversation as the script `acquire` replies with it."""
    stored = fields_of(reply[5])
    facts = read_facts(stored)
    frozen = reply[2][: int(stored.get("frozen", 0))]
    entries = _readable(conversation, "message", frozen, load_message)
    outbox = _each_readable(conversation, "effect", reply[3], lambda text: _stored(text_of(text)))
    return Held(
        id=ConversationId(conversation),
        fence=int(reply[1]),
        attempts=int(stored.get("attempts", 0)),
        clock=int(stored.get("clock", 0)) / 1000,
        conversation=load_conversation(conversation, stored.get("state") or text_of(reply[6]), facts),
        entries=entries,
        outbox=outbox,
        newer=len(outbox) < len(reply[3]) or len(entries) < len(frozen),
        items=[text_of(text) for text in reply[4]],
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


def fields_of(flat: Sequence[Any]) -> Mapping[str, str]:
    """Return a hash that a script replies with: names and values in turn."""
    texts = [text_of(part) for part in flat]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def text_of(value: Any) -> str:
    """Return what Redis replies with as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
