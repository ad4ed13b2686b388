"""Stores audit events: a stream per conversation, copied periodically to a common one.

An event is stored by the commit it belongs to, on the conversation's keys, so that no attempt can tell of what was
not committed. The common stream lives in another slot of a Cluster; one of all workers copies what it lacks.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from time import time

import structlog

from bot.domain.audit import AuditEvent, load_event
from bot.domain.changed import replace
from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from bot.store import keys
from bot.store.records.cursors import take_round
from bot.store.records.paging import by_time
from bot.store.redis import Call, Client, Scripts, fails_in_parts, store_errors
from bot.telemetry.audit_counts import count
from bot.telemetry.log import mask

EVERY_SECONDS = 30.0
WORK_SECONDS = 600.0
"""Longer than a turn: its events are stored at its end."""
HELD_SECONDS = 1_200.0
"""Longer than a claim is held at once (FRONTDESK_REDELIVERY_SECONDS): what is due later is a deadline."""
BATCH = 500
CONVERSATIONS_AT_ONCE = 200
EVENTS_AT_ONCE = 50
"""Of one conversation; together they bound what is in flight."""

log = structlog.get_logger(__name__)


def masked(events: Sequence[AuditEvent]) -> list[AuditEvent]:
    """Return the events without what looks like an address or a token: whoever calls `/chat` chooses their ids."""
    return [
        replace(
            event,
            author=mask(event.author),
            details={name: mask(value) for name, value in event.details.items()},
        )
        for event in events
    ]


def tell(events: Sequence[AuditEvent]) -> None:
    """Write stored events to the log, and count them as often as they are stored: once."""
    for event in events:
        count(event)
        told = {name: value for name, value in event.told().items() if value not in ("", {})}
        log.info(f"audit.{told.pop('deed')}", **told)


class Audit:
    """Reads what happened; every method raises TemporaryFailure when the store is down."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def story(self, conversation: str) -> list[AuditEvent]:
        """Return what is kept of a conversation's events, oldest first."""
        try:
            rows = await self._client.xrange(keys.audit(conversation))
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return [load_event(fields[b"e"], conversation) for _, fields in rows]

    async def everything(self, after: str = "-", count: int = BATCH) -> list[tuple[str, AuditEvent]]:
        """Return events of all conversations in the order in which they were copied, each with its position.

        Args:
            after: position of the last event already read.
        """
        start = "-" if after == "-" else f"({after}"
        try:
            rows = await self._client.xrange(keys.AUDIT, min=start, count=count)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return [(place.decode(), load_event(fields[b"e"], fields[b"c"].decode())) for place, fields in rows]


async def copy_all(scripts: Scripts, *, whole: bool = False) -> int:
    """Copy what the common audit lacks of the conversations that were worked on lately; return how many events.

    Args:
        whole: walk all keys for conversations of which it lacks something.

    Raises:
        TemporaryFailure: the store is down.
    """
    found = 0
    try:
        async for names in _uncopied(scripts.client) if whole else _worked_on(scripts):
            left = list(names)
            while left:
                copied, left = await _copy(scripts, left)
                found += copied
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return found


async def _uncopied(client: Client) -> AsyncIterator[Sequence[str]]:
    names: dict[str, None] = {}
    async for raw in client.scan_iter(match=keys.uncopied("*"), count=1000):
        names[keys.conversation_of(raw.decode())] = None
        if len(names) == CONVERSATIONS_AT_ONCE:
            yield list(names)
            names = {}
    yield list(names)


async def _worked_on(scripts: Scripts) -> AsyncIterator[Sequence[str]]:
    """Yield the conversations of which something is to be copied; whose work is over leave the set."""
    done: list[tuple[str, float]] = []  # they leave at the end: what leaves between two pages moves the next one
    async for part in by_time(scripts.client, keys.WORKED, 0, BATCH):
        # In this order: what a work that is over has left was left before its place among what is due was given up.
        over = await _over(scripts.client, part)
        lacking = await _lacking(scripts.client, [name for name, _ in part])
        for start in range(0, len(lacking), CONVERSATIONS_AT_ONCE):
            yield lacking[start : start + CONVERSATIONS_AT_ONCE]
        left = set(await _lacking(scripts.client, lacking))  # meanwhile they were copied
        done += [(name, at) for name, at in over if name not in left]
    for start in range(0, len(done), BATCH):
        await _leave(scripts, done[start : start + BATCH])


async def _lacking(client: Client, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.exists(keys.uncopied(name))
    return [name for name, lacks in zip(names, await pipe.execute(), strict=True) if lacks]


async def _leave(scripts: Scripts, done: Sequence[tuple[str, float]]) -> None:
    pairs: list[str | float] = [part for pair in done for part in pair]
    await scripts.run("leave", [keys.WORKED], *pairs)


async def _over(client: Client, part: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return those that nobody works on: whoever does holds its place among what is due.

    What a terminal alone works on has its place elsewhere; there it is a matter of time.
    """
    now = time()
    scores = await client.zmscore(keys.DUE, [name for name, _ in part])
    return [
        (name, at)
        for (name, at), score in zip(part, scores, strict=True)
        if (score is None or score > (now + HELD_SECONDS) * 1000)
        and (at < (now - WORK_SECONDS) * 1000 or not ConversationId(name).is_at_terminal)
    ]


async def _copy(scripts: Scripts, conversations: Sequence[str]) -> tuple[int, list[str]]:
    """Copy the next events of some conversations, four round trips for all of them.

    Returns:
        How many events, and the conversations that have more by now.
    """
    looked = await _uncopied_events(scripts, conversations)
    copied = await _put_in(scripts, [one for one in looked if one.rows])
    ended = [one for one in looked if copied.get(one.conversation, 0) >= 0]  # else another worker copies it
    return sum(max(0, count) for count in copied.values()), await _tick_off(scripts, ended)


async def _put_in(scripts: Scripts, lacking: Sequence["Uncopied"]) -> dict[str, int]:
    """Return how many events went into the common audit, -1 where somebody else was faster."""
    if not lacking:
        return {}
    names = [keys.AUDIT, *(keys.audited(one.conversation) for one in lacking)]
    told = [part for one in lacking for part in one.told]
    replies = await scripts.run("copy", names, keys.AUDITED_SECONDS, keys.EVENTS, *told)
    return {one.conversation: int(reply) for one, reply in zip(lacking, replies, strict=True)}


async def _tick_off(scripts: Scripts, ended: Sequence["Uncopied"]) -> list[str]:
    """Return the conversations that have more by now."""
    is_all = await scripts.run_apart(*(one.copied_call for one in ended))
    return [one.conversation for one, done in zip(ended, is_all, strict=True) if one.rows and not int(done)]


@dataclass(frozen=True)
class Uncopied:
    """Events that the common audit lacks.

    Args:
        before: place of the last event that it has, empty for none.
        rows: the next ones, at most `EVENTS_AT_ONCE`.
    """

    conversation: str
    before: str
    rows: Sequence[tuple[bytes, Mapping[bytes, bytes]]]

    @property
    def last(self) -> str:
        """The place of the last of them."""
        return self.rows[-1][0].decode() if self.rows else self.before

    @property
    def told(self) -> list[str | int]:
        """What the script is told that puts them into the common audit."""
        events = [fields[b"e"].decode() for _, fields in self.rows]
        return [self.before, self.last, self.conversation, len(events), *events]

    @property
    def copied_call(self) -> Call:
        """The script call that says that nothing is lacking, unless there are more by now."""
        return "copied", [keys.audit(self.conversation), keys.uncopied(self.conversation)], [self.last]


async def _uncopied_events(scripts: Scripts, conversations: Sequence[str]) -> list[Uncopied]:
    places = await scripts.fetch(*(keys.audited(name) for name in conversations))
    pipe = scripts.client.pipeline(transaction=False)
    for name, before in zip(conversations, places, strict=True):
        pipe.xrange(keys.audit(name), min=f"({before}" if before else "-", count=EVENTS_AT_ONCE)
    found = await pipe.execute()
    return [Uncopied(*each) for each in zip(conversations, places, found, strict=True)]


async def copy_round(scripts: Scripts, anew: bool) -> None:
    """Copy what is lacking.

    Args:
        anew: after a start or an outage, when a Cluster's keys are all walked unless somebody has just done so.

    Raises:
        TemporaryFailure: the store is down.
    """
    in_parts = anew and fails_in_parts(scripts.client)
    whole = in_parts and await take_round(scripts.client, "audit:whole", keys.WHOLE_SECONDS)
    await copy_all(scripts, whole=whole)
