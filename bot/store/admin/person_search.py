"""Finds who wrote where, for an export or a deletion on request; walks all keys, which nothing else does in running."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.ids import ConversationId, Origin
from bot.domain.people import Person, Trace
from bot.domain.transcript import Entry, Role
from bot.store import keys
from bot.store.codec import UNREADABLE, load_conversation, load_message
from bot.store.records.audit_log import Audit
from bot.store.records.conversations import Conversations
from bot.store.redis import Client

_OF_CONVERSATION = ("st", "in", "ea", "lk")
_THEIR_OWN = frozenset({Deed.IDENTITY, Deed.PROPOSAL, Deed.CONFIRMATION})
"""Deeds whose author is the customer whom they name."""


async def conversation_ids(client: Client) -> list[str]:
    """Return every conversation of which anything is stored."""
    found: dict[str, None] = {}
    for part in _OF_CONVERSATION:
        async for raw in client.scan_iter(match=keys.of_conversation("*", part), count=1000):
            found[keys.conversation_of(raw.decode())] = None
    return list(found)


async def traces(client: Client, conversations: Conversations) -> list[Trace]:
    """Return who is named where.

    Raises:
        TemporaryFailure: the store is down.
    """
    found = [await _trace(client, conversations, name) for name in await conversation_ids(client)]
    requesters = {trace.conversation: trace.authors for trace in found}
    async for customer, names in _visits(client):
        wrote = [requesters.get(name, frozenset()) for name in names]
        # Where several people wrote, nobody knows here who of them it was.
        pairs = frozenset((author, customer) for authors in wrote if len(authors) == 1 for author in authors)
        found.append(Trace(pairs=pairs, customers=frozenset({customer})))
    found += [trace async for trace in _audited(client)]
    return found


async def _trace(client: Client, conversations: Conversations, name: str) -> Trace:
    try:
        view = await conversations.read(name)
        kept = await client.get(keys.kept(name))
        state = view.conversation if view else load_conversation(name, kept)
        waiting = await _waiting(client, name)
    except UNREADABLE:
        return Trace(name)  # of a newer version: its names are still found as words
    entries = view.entries if view else ()
    customer = view.customer_id if view else ""
    return trace_of(state, entries, waiting, customer)


def trace_of(state: Conversation, entries: Sequence[Entry], waiting: Sequence[InboundMessage], customer: str) -> Trace:
    """Return who is named in a conversation.

    Args:
        customer: for whom a `/chat` session speaks, empty for nobody.
    """
    authors = {state.requester, *map(_author_of, entries), *(sent.author for sent in state.files)}
    authors |= {message.author.id for message in waiting if message.is_said_by_customer}
    authors -= {""}
    pairs = _known_pairs(state)
    if customer and state.id.origin is Origin.CHAT:
        pairs |= {(author, customer) for author in authors}
    return Trace(state.id, frozenset(authors), frozenset(pairs), frozenset({customer} - {""}))


def _author_of(entry: Entry) -> str:
    return entry.author if entry.role is Role.USER else ""


def _known_pairs(state: Conversation) -> set[tuple[str, str]]:
    """Return who is known to be which customer: an offer was made to them, or they have proven it."""
    offered = {(one.author, one.customer) for one in state.proposals}
    proven = {(proof.author, proof.customer) for proof in state.proofs if proof.is_proven}
    return {(author, customer) for author, customer in offered | proven if customer}


async def _waiting(client: Client, name: str) -> list[InboundMessage]:
    rows: list[Any] = [
        *await client.lrange(keys.inbox(name), 0, -1),
        *await client.lrange(keys.early(name), 0, -1),
    ]
    return [load_message(row) for row in rows]


async def _visits(client: Client) -> AsyncIterator[tuple[str, list[str]]]:
    """Yield each customer with their newest conversations."""
    async for raw in client.scan_iter(match=keys.visits("*"), count=1000):
        name = raw.decode()
        rows = await client.zrange(name, 0, -1)
        yield name.removeprefix(keys.visits("")), [row.decode() for row in rows]


async def _audited(client: Client) -> AsyncIterator[Trace]:
    """Yield what the common audit knows of people, of conversations too that are gone by now."""
    after = "-"
    while rows := await Audit(client).everything(after):
        for _, event in rows:
            if event.author:
                yield _of_event(event)
        after = rows[-1][0]


def _of_event(event: AuditEvent) -> Trace:
    customer = event.details.get("customer", "") if event.deed in _THEIR_OWN else ""
    pairs = {(event.author, customer)} if customer else set()
    return Trace(authors=frozenset({event.author}), pairs=frozenset(pairs))


async def named_elsewhere(client: Client, person: Person, theirs: Sequence[str]) -> list[str]:
    """Return conversations of others in which one of the person's names stands, in others' words perhaps."""
    others = [name for name in await conversation_ids(client) if name not in theirs]
    return [name for name in others if await _is_named(client, person, ConversationId(name))]


async def _is_named(client: Client, person: Person, name: ConversationId) -> bool:
    for part in keys.PARTS:
        async for text in texts_of(client, keys.of_conversation(name, part)):
            if person.is_named_in(text):
                return True
    return False


async def texts_of(client: Client, key: str) -> AsyncIterator[str]:
    """Yield every text that a key of any type holds."""
    read = _READ.get((await client.type(key)).decode())
    for row in filter(None, await read(client, key) if read else ()):
        yield row.decode("utf-8", "replace")


async def _of_hash(client: Client, key: str) -> list[bytes]:
    return _flat((await client.hgetall(key)).items())


async def _of_stream(client: Client, key: str) -> list[bytes]:
    return _flat(pair for _, fields in await client.xrange(key) for pair in fields.items())


def _flat(pairs: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    return [part for pair in pairs for part in pair]


_READ: Mapping[str, Callable[[Client, str], Awaitable[Any]]] = {
    "hash": _of_hash,
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: client.smembers(key),
    "zset": lambda client, key: client.zrange(key, 0, -1),
    "stream": _of_stream,
    "string": lambda client, key: client.mget([key]),
}
