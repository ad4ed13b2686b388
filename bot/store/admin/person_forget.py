"""Takes a person out of the store: their conversations, keys with their names, their names in the common audit.

Whoever works on one of the conversations is fenced out and writes nothing more. What a worker may still write beside
its fence (a customer's newest conversations, a rate) is why `forget` is repeated once the worker must have noticed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from redis.exceptions import ResponseError

from bot.domain.audit import load_event
from bot.domain.errors import TemporaryFailure
from bot.domain.ids import ConversationId
from bot.domain.people import Person, Receipt
from bot.store import keys
from bot.store.admin.export import delete_parts, delete_places
from bot.store.admin.person_search import texts_of
from bot.store.queue.dead_letters import DeadLetters
from bot.store.records.audit_log import copy_all
from bot.store.records.conversations import Conversations
from bot.store.redis import Client, Scripts, store_errors

BATCH = 1_000

_POINTERS = (keys.announced(""), f"{keys.PREFIX}line:", f"{keys.PREFIX}dm:", f"{keys.PREFIX}crowded:", keys.ticket(""))
"""Strings that hold a conversation's id."""
_POSTS = f"{keys.PREFIX}idem:"


async def is_worked_on(client: Client, conversations: Sequence[str]) -> bool:
    """Return whether a worker holds one of these conversations."""
    return any([await client.hexists(keys.state(name), "owner") for name in conversations])


async def forget(
    scripts: Scripts, conversations: Conversations, person: Person, theirs: Mapping[str, str], receipt: Receipt
) -> None:
    """Delete what is the person's alone, and take their names out of what counts.

    Args:
        theirs: the conversations that they wrote in, each with what the common audit calls it from now on.

    Raises:
        TemporaryFailure: the store is down; it may be called again.
    """
    client = scripts.client
    try:
        await copy_all(scripts)  # what is counted from the audit stands in the common one before a conversation goes
        gone = [await _forget_conversation(scripts, conversations, name) for name in theirs]
        receipt.add("conversations", sum(gone))
        receipt.add("keys", await _forget_keys(client, person, list(theirs)))
        receipt.add("dead letters", await _forget_letters(client, person, list(theirs)))
        receipt.add("audit events without their names", await _retell(scripts, person, theirs))
        await _forget_slow_commands(client)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error


async def _forget_conversation(scripts: Scripts, conversations: Conversations, name: str) -> bool:
    found = await conversations.reset(name)
    await delete_parts(scripts.client, name)
    await delete_places(scripts.client, name)
    await scripts.client.zrem(keys.STUCK, name)
    return found


async def _forget_keys(client: Client, person: Person, theirs: Sequence[str]) -> int:
    """Delete keys that have one of the person's names in their own, or lead to one of their conversations."""
    gone = 0
    async for raw in client.scan_iter(match=keys.EVERYTHING, count=BATCH):
        key = raw.decode()
        if keys.conversation_of(key) in theirs or key in _SHARED:
            continue
        if await _is_theirs(client, key, person, theirs):
            gone += int(await client.delete(key))
        else:
            await _take_out(client, key, theirs)
    return gone + await _forget_doubts(client, theirs)


_SHARED = frozenset(
    {
        keys.AUDIT,
        keys.DEAD,
        keys.DUE,
        keys.ALL,
        keys.WORKED,
        keys.DUE_FIRST,
        keys.DUE_AUTHORS,
        keys.STUCK,
        keys.INSTALLS,
    }
)


async def _is_theirs(client: Client, key: str, person: Person, theirs: Sequence[str]) -> bool:
    if keys.is_of_conversation(key):
        return False
    if _has_their_name(key, person, theirs):
        return True
    if key.startswith(_POINTERS):
        return await _holds(client, key, theirs)
    sessions = [session for name in theirs if (session := ConversationId(name).session)]
    return key.startswith(_POSTS) and await _holds(client, key, [f'"{session}"' for session in sessions])


def _has_their_name(key: str, person: Person, theirs: Sequence[str]) -> bool:
    counted = {of(name) for name in theirs for of in (keys.spent_on, keys.audited)}
    return key in counted or key.removeprefix(keys.visits("")) in person.customers or person.is_named_in(key)


async def _holds(client: Client, key: str, names: Sequence[str]) -> bool:
    texts = [text async for text in texts_of(client, key)]
    return any(name in text for name in names for text in texts)


async def _take_out(client: Client, key: str, theirs: Sequence[str]) -> None:
    """Take the conversations out of a list of somebody else's."""
    if theirs and key.startswith((keys.visits(""), keys.open_matters(""))):
        await client.zrem(key, *theirs)


async def _forget_doubts(client: Client, theirs: Sequence[str]) -> int:
    rows = [row.decode() for row in await client.zrange(keys.DOUBTS, 0, -1)]
    gone = [row for row in rows if row.partition(" ")[2] in theirs]
    return int(await client.zrem(keys.DOUBTS, *gone)) if gone else 0


async def _forget_letters(client: Client, person: Person, theirs: Sequence[str]) -> int:
    letters = DeadLetters(client)
    found = [one for one in await letters.find() if one.conversation in theirs or person.is_named_in(one.payload)]
    return await letters.drop(found)


async def _retell(scripts: Scripts, person: Person, theirs: Mapping[str, str]) -> int:
    """Write the common audit anew without the person's names, each event at its place; return how many had one.

    Who reads it by places goes on where they were. What was counted of their conversations is kept by who counted.
    """
    client, anew = scripts.client, f"{keys.AUDIT}:anew"
    if not (count := await _named_events(client, person, theirs)):
        return 0
    await client.delete(anew)
    last = "0-0"
    while rows := await client.xrange(keys.AUDIT, min=f"({last}", count=BATCH):
        pipe = client.pipeline(transaction=False)
        for place, fields in rows:
            pipe.xadd(anew, _without(fields, person, theirs), id=place)
        await pipe.execute()
        last = rows[-1][0].decode()
    await scripts.run("retell", [keys.AUDIT, anew], last)
    return count


async def _named_events(client: Client, person: Person, theirs: Mapping[str, str]) -> int:
    count, last = 0, "0-0"
    while rows := await client.xrange(keys.AUDIT, min=f"({last}", count=BATCH):
        count += sum(_without(fields, person, theirs) != fields for _, fields in rows)
        last = rows[-1][0].decode()
    return count


def _without(fields: Any, person: Person, theirs: Mapping[str, str]) -> Any:
    conversation = fields[b"c"].decode()
    if conversation in theirs:
        fields = {**fields, b"c": theirs[conversation].encode()}
    event = load_event(fields[b"e"], conversation)
    author = person.taken_out(event.author)
    details = {name: person.taken_out(str(value)) for name, value in event.details.items()}
    if author == event.author and details == dict(event.details):
        return fields
    return {**fields, b"e": replace(event, author=author, details=details).dump().encode()}


async def _forget_slow_commands(client: Client) -> None:
    """The server's list of slow commands holds their arguments, customers' words among them.

    https://redis.io/docs/latest/commands/slowlog-get/
    """
    with suppress(ResponseError):
        await client.slowlog_reset()


async def rewrite_file(client: Client) -> bool:
    """Have the server write its append-only file anew, without what was deleted; return False where it may not be told.

    https://redis.io/docs/latest/commands/bgrewriteaof/
    """
    try:
        await client.bgrewriteaof()
    except store_errors as error:
        return isinstance(error, ResponseError) and "progress" in str(error).lower()
    return True


async def save_anew(client: Client) -> bool:
    """Have the server write its snapshot anew, where it makes some by itself; return False where it may not be told.

    One that it never wrote again would keep the words of whoever is forgotten next.
    https://redis.io/docs/latest/commands/bgsave/
    """
    try:
        if any((await client.config_get("save")).values()):
            await client.bgsave(schedule=False)
    except store_errors as error:
        return isinstance(error, ResponseError) and "progress" in str(error).lower()
    return True


async def is_rewriting(client: Client) -> bool:
    """Return whether the server still writes those files."""
    told = await client.info("persistence")
    under_way = ("aof_rewrite_in_progress", "aof_rewrite_scheduled", "rdb_bgsave_in_progress")
    return any(told.get(name) for name in under_way)
