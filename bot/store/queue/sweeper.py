"""Finds messages that were stored but whose conversation nobody woke; once a minute, in one worker.

Among the conversations that got a message since the last look: each is touched before its message is stored. All keys
are walked only in a Cluster, after a start or an outage, when one of its nodes may have forgotten what another one has.
"""

from collections.abc import AsyncIterator, Sequence
from time import time

import structlog

from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from bot.store import keys
from bot.store.queue.due import DueQueue
from bot.store.records import time_index
from bot.store.records.cursors import take_round
from bot.store.records.paging import by_time
from bot.store.redis import Client, Scripts, fails_in_parts, store_errors

EVERY_SECONDS = 60.0
FAR_SECONDS = 600.0
"""What is due later than this waits for a deadline; redelivery and parking are sooner."""
OVERLAP_SECONDS = 120.0
ANEW_SECONDS = 3_600.0
"""The overlap after a start or an outage, when clocks and what was swept may be another server's."""
MARK_SECONDS = 30 * 86_400
BATCH = 500

log = structlog.get_logger(__name__)


async def sweep(client: Client, due: DueQueue, *, whole: bool = False, overlap: float = OVERLAP_SECONDS) -> int:
    """Wake every conversation that has work and no wake, or a far one; return how many there were.

    A process that dies between storing a message and waking a worker leaves one; its sender delivers again, but not
    for ever. No deadline is without an entry: whoever lets go of a conversation puts it there, and until then it is due
    again after the redelivery time.

    Args:
        whole: walk all keys, not only the conversations that got a message lately.
        overlap: seconds before the last look that are looked at once more.

    Raises:
        TemporaryFailure: the store is down.
    """
    found = 0
    now = time()
    try:
        async for names in _batches(_all(client) if whole else _touched(client, overlap)):
            for conversation in await _forgotten(client, names, (now + FAR_SECONDS) * 1000):
                await due.wake(conversation)
                found += 1
        await client.set(keys.SWEPT_TO, str(int(now * 1000)), ex=MARK_SECONDS)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    if found:
        log.warning("sweep.found", conversations=found)
    return found


async def _touched(client: Client, overlap: float) -> AsyncIterator[str]:
    since = float(await client.get(keys.SWEPT_TO) or 0) - overlap * 1000
    async for part in by_time(client, keys.ALL, since, BATCH):
        for name, _ in part:
            yield name


async def _all(client: Client) -> AsyncIterator[str]:
    """An empty list does not exist in Redis, so a key that is found holds work."""
    for part in ("in", "out"):
        async for raw in client.scan_iter(match=keys.of_conversation("*", part), count=1000):
            yield keys.conversation_of(raw.decode())


async def _batches(names: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for name in names:
        batch.append(name)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _forgotten(client: Client, names: Sequence[str], soon: float) -> list[str]:
    """Return those that have work, and no wake before `soon` (ms)."""
    scores = await client.zmscore(keys.DUE, list(names))
    late = [
        name
        for name, score in zip(names, scores, strict=True)
        if (score is None or score > soon) and not ConversationId(name).is_at_terminal
    ]
    pipe = client.pipeline(transaction=False)
    for name in late:
        pipe.exists(keys.inbox(name))
        pipe.exists(keys.outbox(name))
    work = await pipe.execute() if late else []
    return [name for name, *held in zip(late, work[::2], work[1::2], strict=True) if any(held)]


class Sweeper:
    """Sweeps, round after round."""

    def __init__(self, client: Client, due: DueQueue) -> None:
        self._client = client
        self._due = due
        self._scripts = Scripts(client)
        self._rank = 0

    async def sweep(self, anew: bool) -> None:
        """Do one round.

        Args:
            anew: after a start or an outage, when a Cluster's keys are all walked unless somebody has just done so.

        Raises:
            TemporaryFailure: the store is down.
        """
        try:
            await time_index.ensure(self._scripts)
            in_parts = anew and fails_in_parts(self._client)
            whole = in_parts and await take_round(self._client, "sweep:whole", keys.WHOLE_SECONDS)
            await sweep(self._client, self._due, whole=whole, overlap=ANEW_SECONDS if anew else OVERLAP_SECONDS)
            self._rank = await time_index.prune(self._scripts, self._rank)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
