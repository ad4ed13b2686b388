"""Stores audit events: a stream per conversation, copied periodically to a common one.

An event is stored by the commit it belongs to, on the conversation's keys, so that no attempt can tell of what was
not committed. The common stream lives in another slot of a Cluster; one of all workers copies what it lacks.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from time import time

import structlog

from bot.domain.audit import AuditEvent, load_event
from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.records.cursors import take_round
from bot.store.redis import Client, Scripts, store_errors
from bot.telemetry.log import mask

EVERY_SECONDS = 60.0
WORK_SECONDS = 600.0
"""Longer than a turn: its events are stored at its end."""
BATCH = 500

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
    """Write stored events to the log."""
    for event in events:
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
        async for conversation in _uncopied(scripts.client) if whole else _worked_on(scripts.client):
            while copied := await _copy(scripts, conversation):
                found += copied
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return found


async def _uncopied(client: Client) -> AsyncIterator[str]:
    async for raw in client.scan_iter(match=keys.uncopied("*"), count=1000):
        yield keys.conversation_of(raw.decode())


async def _worked_on(client: Client) -> AsyncIterator[str]:
    """Yield the conversations of which something is to be copied; whose work is over leave the set."""
    over = (time() - WORK_SECONDS) * 1000
    rows = await client.zrange(keys.WORKED, 0, -1, withscores=True)
    for start in range(0, len(rows), BATCH):
        part = [(raw.decode(), at) for raw, at in rows[start : start + BATCH]]
        pipe = client.pipeline(transaction=False)
        for name, _ in part:
            pipe.exists(keys.uncopied(name))
        done = []
        for (name, at), lacks in zip(part, await pipe.execute(), strict=True):
            if lacks:
                yield name
            elif at < over:
                done.append(name)
        if done:
            await client.zrem(keys.WORKED, *done)


async def _copy(scripts: Scripts, conversation: str) -> int:
    """Copy one batch of a conversation's events; return how many, 0 at the end or where another worker copies."""
    client = scripts.client
    before = (await client.get(keys.audited(conversation)) or b"").decode()
    rows = await client.xrange(keys.audit(conversation), min=f"({before}" if before else "-", count=BATCH)
    if rows:
        last = rows[-1][0].decode()
        events = [fields[b"e"].decode() for _, fields in rows]
        names = [keys.AUDIT, keys.audited(conversation)]
        if (
            int(
                await scripts.run("copy", names, before, last, keys.AUDITED_SECONDS, keys.EVENTS, conversation, *events)
            )
            < 0
        ):
            return 0
        before = last
    await scripts.run("copied", [keys.audit(conversation), keys.uncopied(conversation)], before)
    return len(rows)


async def copy_round(scripts: Scripts, anew: bool) -> None:
    """Copy what is lacking.

    Args:
        anew: after a start or an outage, when all keys are walked unless somebody has just done so.

    Raises:
        TemporaryFailure: the store is down.
    """
    whole = anew and await take_round(scripts.client, "audit:whole", keys.WHOLE_SECONDS)
    await copy_all(scripts, whole=whole)
