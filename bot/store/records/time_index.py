"""Indexes all conversations by the time of their newest message, so that lists need not scan keys.

One sorted set in the slot of the due queue. Every accepted message moves its conversation to the front. Conversations
that the version before stored are put in once, by whoever needs the index first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import time
from typing import Any

import structlog

from bot.domain.conversation import Conversation
from bot.domain.errors import TemporaryFailure
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from bot.domain.transcript import load_entry
from bot.store import keys
from bot.store.codec import UNREADABLE, dump, load_conversation
from bot.store.redis import Call, Client, Scripts, store_errors

BATCH = 200
SETTLING_SECONDS = 60.0
"""A conversation is put in just before its first message is stored."""

_GLANCED = (keys.state, keys.items, keys.inbox, keys.kept)

log = structlog.get_logger(__name__)


def touch_call(conversation: str, *, if_known: bool = False) -> Call:
    """Return the script call that makes a conversation the newest, for a pipeline.

    It goes before what is stored: whoever looks for what nobody woke looks at those that were touched lately.

    Args:
        if_known: only where it has its place already: perhaps nothing will be stored.
    """
    return "touch", [keys.ALL], [conversation, "1" if if_known else "0"]


@dataclass(frozen=True)
class Seen:
    """What a list shows of a conversation.

    Args:
        last: when something was last written, Unix seconds; 0 where only the link to its ticket is left.
        waiting: messages that no turn has taken yet.
        state: as stored, empty before the first turn.
    """

    conversation: Conversation
    last: float
    waiting: int
    state: str = ""


async def newest(scripts: Scripts, most: int) -> tuple[list[str], bool]:
    """Return the ids of the newest conversations, and whether these are all.

    Raises:
        TemporaryFailure: the store is down.
    """
    await ensure(scripts)
    try:
        found = await scripts.client.zrevrange(keys.ALL, 0, most)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return [raw.decode() for raw in found[:most]], len(found) <= most


async def glances(scripts: Scripts, ids: Sequence[str]) -> list[Seen]:
    """Return what is there of each of these conversations; what is no more is left out, and taken out of the index.

    Raises:
        TemporaryFailure: the store is down.
    """
    found: list[Seen] = []
    gone: list[str] = []
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        calls: list[Call] = [("glance", [place(one) for place in _GLANCED], []) for one in part]
        for name, reply in zip(part, await scripts.run_apart(*calls), strict=True):
            seen = _seen(name, reply)
            if seen:
                found.append(seen)
            else:
                gone.append(name)
    await _take_out(scripts.client, gone)
    return found


async def ensure(scripts: Scripts) -> None:
    """Put the conversations in that the version before stored, once.

    Raises:
        TemporaryFailure: the store is down.
    """
    try:
        if not await scripts.client.exists(keys.INDEXED):
            await build(scripts)
            await scripts.client.set(keys.INDEXED, b"1")
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error


async def build(scripts: Scripts) -> int:
    """Walk all keys and put in what is missing; return how many conversations there are.

    Raises:
        TemporaryFailure: the store is down.
    """
    waiting: dict[str, None] = {}
    count = 0
    try:
        async for raw in scripts.client.scan_iter(match=keys.state("*"), count=1000):
            waiting[keys.conversation_of(raw.decode())] = None
            if len(waiting) >= BATCH:
                count += await _put_in(scripts, list(waiting))
                waiting = {}
        count += await _put_in(scripts, list(waiting))
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    log.info("index.built", conversations=count)
    return count


async def prune(scripts: Scripts, start: int) -> int:
    """Look at some of the oldest, from a rank on, whether they are there still; return the rank to go on from.

    Raises:
        TemporaryFailure: the store is down.
    """
    try:
        found = [raw.decode() for raw in await scripts.client.zrange(keys.ALL, start, start + BATCH - 1)]
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    there = len(await glances(scripts, found)) if found else 0
    return start + there if len(found) == BATCH else 0


async def _put_in(scripts: Scripts, ids: Sequence[str]) -> int:
    found = await glances(scripts, ids)
    if found:
        times = {seen.conversation.id: int(seen.last * 1000) for seen in found}
        await scripts.client.zadd(keys.ALL, times, nx=True)
        await _remember_uncopied(scripts.client, list(times))
    calls = [call for seen in found if (call := _adopting(seen))]
    await scripts.run_apart(*calls)
    return len(found)


async def _remember_uncopied(client: Client, names: Sequence[str]) -> None:
    """Whose audit is not copied is found by what was worked on lately; the version before did not note that."""
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.exists(keys.uncopied(name))
    lacking = [name for name, lacks in zip(names, await pipe.execute(), strict=True) if lacks]
    if lacking:
        await client.zadd(keys.WORKED, dict.fromkeys(lacking, time() * 1000))


def _adopting(seen: Seen) -> Call | None:
    """What this version keeps and the one before did not."""
    conversation = seen.conversation
    residue = dump(conversation.residue) if conversation.ticket_id else ""
    if not seen.state or not (residue or conversation.must_stay):
        return None
    parts = (keys.inbox, keys.state, keys.outbox, keys.seen, keys.items, keys.audit, keys.uncopied, keys.kept)
    names = [part(conversation.id) for part in parts]
    return "adopt", names, [seen.state, residue, "1" if conversation.must_stay else "0"]


async def _take_out(client: Client, gone: Sequence[str]) -> None:
    """Forget what is no more, but not what was put in a moment ago: its first message is being stored."""
    if not gone:
        return
    try:
        scores = await client.zmscore(keys.ALL, list(gone))
        settled = (time() - SETTLING_SECONDS) * 1000
        old = [name for name, score in zip(gone, scores, strict=True) if score is not None and score < settled]
        if old:
            await client.zrem(keys.ALL, *old)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error


def _seen(name: str, reply: Any) -> Seen | None:
    (since, state, ticket), entry, waiting, kept = reply
    is_there = since is not None and (state is not None or waiting)
    if not (is_there or kept):
        return None  # nothing was ever decided there: a hint came by, whose ticket is another conversation's
    facts = Facts.ticket(ticket.decode()) if ticket else Facts()
    try:
        conversation = load_conversation(name, state or kept, facts)
    except UNREADABLE:  # of a newer version: it is there, and that is all that is known
        conversation = Conversation(ConversationId(name))
    return Seen(conversation, _last(since, entry), int(waiting), state.decode() if state else "")


def _last(since: bytes | None, entry: bytes | None) -> float:
    return load_entry(entry).at if entry else int(since or 0) / 1000
