"""Reads conversations without a lease: contents, answers for `/chat`, links to tickets and customers.

Nothing here takes a lease. The only writes are those that need none: binding a new session to its customer, linking
a ticket, and the reset, which raises the fence and so shuts out whoever holds the conversation.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.domain.conversation import Conversation
from bot.domain.errors import Conflict, TemporaryFailure
from bot.domain.facts import CUSTOMER, DISCLOSED, LOOK, TICKET, Facts
from bot.domain.ids import ConversationId
from bot.domain.ports import Clock
from bot.domain.transcript import Entry, load_entry
from bot.store import keys
from bot.store.codec import load_conversation, read_facts
from bot.store.records.live_events import Event, Live
from bot.store.redis import Scripts, store_errors

POLL_SECONDS = 0.25
UNWRITTEN_SECONDS = 3_600

_T = TypeVar("_T")


@dataclass(frozen=True)
class View:
    """A conversation as anybody may read it, without holding it.

    Args:
        entries: what is kept of the transcript, oldest first.
        trimmed: entries cut away before them.
        waiting: messages that no turn has taken yet.
        customer_id: whom a `/chat` session speaks for, empty for nobody.
    """

    conversation: Conversation
    entries: tuple[Entry, ...]
    trimmed: int
    waiting: int
    customer_id: str

    @property
    def length(self) -> int:
        """Entries in the transcript, the ones cut away included: `chat_length`."""
        return self.trimmed + len(self.entries)


class LiveWatch:
    """Live events of one conversation since the watch began, and the answer that ends them."""

    def __init__(self, conversations: "Conversations", conversation: str, queue: asyncio.Queue[Event]) -> None:
        self._conversations = conversations
        self._conversation = conversation
        self._queue = queue

    async def events(self, message_id: str, seconds: float) -> AsyncIterator[Event]:
        """Yield events, at last `done` with the answer's JSON; end without it when none is there after `seconds`.

        A store that is away meanwhile only delays: the message is stored, and so will be its answer.

        Raises:
            Conflict: the conversation was reset, nobody will answer.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        look = 0.0
        while True:
            if (now := loop.time()) >= min(look, end):
                if answer := await self._answer(message_id):
                    while not self._queue.empty():
                        yield self._queue.get_nowait()
                    yield Event("done", answer)
                    return
                look = now + POLL_SECONDS
            if now >= end:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(min(look, end) - now):
                    event = await self._queue.get()
                if event.name == "reset":
                    raise Conflict("the conversation was reset")
                if event.name == "answered":
                    look = 0.0
                yield event

    async def answer(self, message_id: str, seconds: float) -> dict[str, Any] | None:
        """Return the answer to a message, None when there is none after `seconds`.

        Raises:
            Conflict: the conversation was reset, nobody will answer.
        """
        async for event in self.events(message_id, seconds):
            if event.name == "done":
                answer: dict[str, Any] = json.loads(event.data)
                return answer
        return None

    async def _answer(self, message_id: str) -> str:
        with suppress(TemporaryFailure):
            return await self._conversations.stored_answer(self._conversation, message_id)
        return ""


class Conversations:
    """Reads conversations; every method raises TemporaryFailure when the store is down."""

    def __init__(self, scripts: Scripts, clock: Clock) -> None:
        self._scripts = scripts
        self._client = scripts.client
        self._clock = clock
        self.live = Live(scripts.client)

    async def read(self, conversation: str) -> View | None:
        """Return the conversation, None when nothing was ever written in it."""
        key = [keys.state(conversation), keys.items(conversation), keys.inbox(conversation)]
        fields, entries, waiting = await self._scripts.run("read", key)
        flat = [_text(part) for part in fields]
        stored = dict(zip(flat[::2], flat[1::2], strict=True))
        if "since" not in stored or not ("state" in stored or entries or int(waiting)):
            return None
        facts = read_facts(stored)
        return View(
            load_conversation(conversation, stored.get("state"), facts),
            tuple(load_entry(text) for text in entries),
            int(stored.get("trimmed", 0)),
            int(waiting),
            facts.customer_id,
        )

    async def at_rest(self, conversation: str) -> Conversation | None:
        """Return the conversation as its last turn left it, None when there was none."""
        names = (TICKET, LOOK)
        state, *known = await _asked(self._client.hmget(keys.state(conversation), "state", *(f"f:{n}" for n in names)))
        facts = Facts({name: _text(value) for name, value in zip(names, known, strict=True) if value})
        return load_conversation(conversation, state, facts) if state is not None or facts.look else None

    async def exists(self, conversation: str) -> bool:
        """Return whether anything was written in the conversation since its start or reset."""
        return bool(await _asked(self._client.hexists(keys.state(conversation), "since")))

    async def reset(self, conversation: str) -> bool:
        """Forget the conversation; return whether there was one.

        A worker that holds it is fenced out and writes nothing more; whoever waits for an answer is told.
        """
        parts = (keys.inbox, keys.state, keys.outbox, keys.items, keys.answers, keys.journal, keys.kept)
        stay = (keys.seen, keys.audit, keys.uncopied)
        names = [part(conversation) for part in (*parts, *stay)]
        reply = await self._scripts.run("reset", names, keys.TOMBSTONE_SECONDS * 1000)
        if reply is None:
            return False
        ticket = _text(reply)
        if ticket and await self.conversation_of(ticket) == conversation:
            await _asked(self._client.delete(keys.ticket(ticket)))
        await self.publish(conversation, "reset", "")
        return True

    async def bind(self, conversation: str, customer_id: str) -> str:
        """Say for whom a new session speaks; return for whom it does (what was said first stays)."""
        return await self._say_once(conversation, CUSTOMER, customer_id)

    async def disclose(self, conversation: str) -> None:
        """Remember that its customer was told that an AI assistant writes, before any turn was taken."""
        await self._say_once(conversation, DISCLOSED, "1")

    async def _say_once(self, conversation: str, fact: str, text: str) -> str:
        return _text(await self._scripts.run("bind", [keys.state(conversation)], fact, text, UNWRITTEN_SECONDS))

    async def has_accepted(self, conversation: str, message_id: str) -> bool:
        """Return whether a message with this id was accepted in the last days."""
        return await _asked(self._client.zscore(keys.seen(conversation), message_id)) is not None

    async def stored_answer(self, conversation: str, message_id: str) -> str:
        """Return the JSON of the answer to a message, empty while there is none."""
        return _text(await _asked(self._client.hget(keys.answers(conversation), message_id)) or "")

    @asynccontextmanager
    async def watch(self, conversation: str) -> AsyncIterator[LiveWatch]:
        """Begin to listen; whoever wants all events begins before the message is accepted."""
        async with self.live.listen(conversation) as queue:
            yield LiveWatch(self, conversation, queue)

    async def answer(self, conversation: str, message_id: str, seconds: float) -> dict[str, Any] | None:
        """Return the answer to a message, None when there is none after `seconds`."""
        async with self.watch(conversation) as watch:
            return await watch.answer(message_id, seconds)

    async def publish(self, conversation: str, event: str, data: str) -> bool:
        """Send one live event (the `Audience` port); best effort."""
        return await self.live.publish(conversation, event, data)

    async def conversation_of(self, ticket_id: str) -> ConversationId | None:
        """Return the conversation a ticket is linked to."""
        found = await _asked(self._client.get(keys.ticket(ticket_id)))
        return None if found is None else ConversationId(_text(found))

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Link a ticket to a conversation, in the place of an older link."""
        await _asked(self._client.set(keys.ticket(ticket_id), conversation))

    async def announce(self, message: str, conversation: str) -> None:
        """Remember what a message to colleagues (`CHANNEL:TS`) is about: a click on it need not say so."""
        await _asked(self._client.set(keys.announced(message), conversation, ex=keys.ANNOUNCED_SECONDS))

    async def connected(self, account: str) -> float:
        """Return when the account was first connected, Unix seconds; the first call ever makes it now."""
        key = keys.connected(account)
        await _asked(self._client.set(key, repr(self._clock.now()), nx=True))
        return float(_text(await _asked(self._client.get(key))))

    async def remember_post(self, key_name: str, key: str, post: str) -> str | None:
        """Keep what an `Idempotency-Key` stands for; return what it stood for already, None when it is new."""
        name = keys.idempotency(key_name, key)
        if await _asked(self._client.set(name, post, nx=True, ex=keys.IDEMPOTENCY_SECONDS)):
            return None
        return _text(await _asked(self._client.get(name)) or post)


async def _asked(reply: Awaitable[_T]) -> _T:
    try:
        return await reply
    except store_errors as error:
        raise TemporaryFailure(f"store: {type(error).__name__}") from error


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
