"""Exports or deletes everything that is stored of one conversation.

What the desk's own books hold (orders, committed actions) belongs to the company's data and is not touched.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.domain.errors import TemporaryFailure
from bot.domain.ids import AuthorId, ConversationId
from bot.store import keys
from bot.store.queue.dead_letters import DeadLetters
from bot.store.records.conversations import Conversations
from bot.store.redis import Client, Scripts, store_errors

TOMBSTONE_SECONDS = 86_400
"""How long the ids of a deleted conversation's messages stand: a late redelivery must not begin it anew."""

BATCH = 1_000

Json = dict[str, Any]


async def export(client: Client, conversation: str) -> Json | None:
    """Return all that is stored of a conversation as JSON, None when there is nothing.

    Raises:
        TemporaryFailure: the store is down.
    """
    try:
        read = {name: await _value(client, key) for name, key in _parts(conversation).items()}
        stored = {name: value for name, value in read.items() if value is not None}
        events = [_fields(fields) async for _, fields in _common_events(client, conversation)]
        ticket = await _linked_ticket(client, stored, conversation)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    letters = await DeadLetters(client).find(conversation)
    if not (letters or events or _says_more_than_ids(stored)):
        return None

    dead = [{**vars(letter), "payload": _parsed(letter.payload)} for letter in letters]
    return {
        "conversation": conversation,
        "ticket": ticket,
        "stored": stored,
        "audit": events,
        "dead_letters": dead,
    }


async def delete(scripts: Scripts, conversations: Conversations, conversation: str) -> bool:
    """Delete all that is stored of a conversation, also while a worker holds it; return whether there was anything.

    What stays for a day is what keeps others right: the fence, so that the worker that holds it writes nothing more,
    and the ids of accepted messages.

    Raises:
        TemporaryFailure: the store is down.
    """
    client = scripts.client
    view = await conversations.read(conversation)
    found = await conversations.reset(conversation)

    letters = await DeadLetters(client).find(conversation)
    dropped = await DeadLetters(client).drop(letters)
    try:
        forgotten = await _delete_common_events(client, conversation)
        await delete_parts(client, conversation)
        await delete_places(client, conversation)
        if view and ConversationId(conversation).is_in_thread:
            await _forget_pointer(client, conversation, view.conversation.requester)
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error
    return found or bool(dropped) or forgotten


async def _delete_common_events(client: Client, conversation: str) -> bool:
    """Take the conversation out of the audit that all share; return whether it was there."""
    events = [place async for place, _ in _common_events(client, conversation)]
    if events:
        await client.xdel(keys.AUDIT, *events)
    return bool(events)


async def delete_parts(client: Client, conversation: str) -> None:
    """Delete each part of a conversation that is not needed by who may still hold it; that goes after a day."""
    stays = {keys.state(conversation), keys.seen(conversation)}
    for key in _parts(conversation).values():
        if key in stays:
            await client.expire(key, TOMBSTONE_SECONDS)
        else:
            await client.delete(key)
    await client.delete(keys.audited(conversation))


async def delete_places(client: Client, conversation: str) -> None:
    """Take the conversation out of the lists of all conversations."""
    for places in (keys.DUE, keys.ALL, keys.WORKED):
        await client.zrem(places, conversation)
    for fields in (keys.DUE_FIRST, keys.DUE_AUTHORS):
        await client.hdel(fields, conversation)


def _parts(conversation: str) -> Mapping[str, str]:
    """Return the key of each part that a conversation may have, by its name in an export."""
    names = {keys.state(""): "state", keys.seen(""): "seen", keys.items(""): "transcript"}
    names |= {keys.inbox(""): "waiting", keys.outbox(""): "effects", keys.journal(""): "journal"}
    names |= {keys.answers(""): "answers", keys.audit(""): "story"}
    return {
        names.get(keys.of_conversation("", part), part): keys.of_conversation(conversation, part) for part in keys.PARTS
    }


async def _value(client: Client, key: str) -> Any:
    """Return what a key holds, None where there is no such key."""
    match (await client.type(key)).decode():
        case "hash":
            return _fields(await client.hgetall(key))
        case "list":
            return [_parsed(item.decode()) for item in await client.lrange(key, 0, -1)]
        case "zset":
            return {member.decode(): score for member, score in await client.zrange(key, 0, -1, withscores=True)}
        case "none":
            return None
        case "stream":
            return [_fields(fields) for _, fields in await client.xrange(key)]
        case _:
            return _parsed((await client.get(key) or b"").decode())


async def _common_events(client: Client, conversation: str) -> AsyncIterator[tuple[bytes, Mapping[bytes, bytes]]]:
    start = "-"
    while rows := await client.xrange(keys.AUDIT, min=start, count=BATCH):
        for place, fields in rows:
            if fields.get(b"c") == conversation.encode():
                yield place, fields
        start = f"({rows[-1][0].decode()}"


async def _forget_pointer(client: Client, conversation: str, requester: str) -> None:
    """A DM's pointer to its user's newest thread may lead here."""
    thread = ConversationId(conversation).thread
    key = keys.direct(thread.team, thread.channel, AuthorId(requester).user)
    pointer = await client.get(key)
    if pointer and json.loads(pointer).get("conversation") == conversation:
        await client.delete(key)


async def _linked_ticket(client: Client, stored: Mapping[str, Any], conversation: str) -> str:
    """Return the ticket that leads to the conversation, empty for none."""
    state = stored.get("state") or {}
    ticket = str(state.get("f:ticket_id") or (state.get("state") or {}).get("ticket_id") or "")
    if not ticket:
        return ""
    return ticket if await client.get(keys.ticket(ticket)) == conversation.encode() else ""


def _says_more_than_ids(stored: Mapping[str, Any]) -> bool:
    """Return whether anything is stored beside the ids of messages, which outlive a deleted conversation."""
    ids = {"seen", "state"} if _is_tombstone(stored) else {"seen"}
    return bool(stored.keys() - ids)


def _is_tombstone(stored: Mapping[str, Any]) -> bool:
    return "since" not in (stored.get("state") or {})


def _fields(fields: Mapping[bytes, bytes]) -> Json:
    return {name.decode(): _parsed(value.decode()) for name, value in fields.items()}


def _parsed(text: str) -> Any:
    """Return JSON as what it is, an effect with its time, and anything else as text."""
    at, _, rest = text.partition(" ")
    try:
        if rest.startswith("{") and at.replace(".", "").isdigit():
            return {"since": float(at), **json.loads(rest)}
        return json.loads(text) if text[:1] in {"{", "["} else text
    except ValueError:
        return text
