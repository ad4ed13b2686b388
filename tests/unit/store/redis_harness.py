"""A whole mailbox on a real Redis, with a worker that answers by repeating what was asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from uuid import uuid4

from bot.domain.conversation import Conversation
from bot.domain.effects import Reply
from bot.domain.errors import LeaseLost
from bot.domain.events import Author, CustomerMessage, InboundMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.transcript import Entry, Role
from bot.store.queue.due import DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.conversations import Conversations
from bot.store.redis import Scripts, connect
from bot.store.tasks import end
from tests.doubles.clock import ManualClock

TTL = 3_600


@dataclass
class RedisHarness:
    """Everything between the way in and the answer."""

    scripts: Scripts
    due: DueQueue
    inbox: Inbox
    outbox: Outbox
    leases: Leases
    conversations: Conversations
    clock: ManualClock
    turns: list[list[str]] = field(default_factory=list)
    change: Callable[[Conversation], Conversation] = lambda conversation: conversation

    async def take_turn(self, name: str) -> Held | None:
        """Answer all that waits in a conversation, as one turn."""
        held = await self.leases.acquire(name)
        if not isinstance(held, Held):
            return None
        await self.commit(held)
        await self.deliver(held)
        await self.leases.release(held)
        return held

    async def commit(self, held: Held) -> None:
        said = [entry.text for entry in held.entries]
        self.turns.append(said)
        before = held.conversation
        entries = [Entry(Role.USER, "\n".join(said), 1.0), Entry(Role.ASSISTANT, _echo(said), 2.0, "orders")]
        after = self.change(
            replace(before, specialist="orders", turns=before.turns + 1, items=before.items + len(entries))
        )
        reply = Reply(
            id=f"{held.entries[-1].id}:reply",
            text=_echo(said),
            agent="orders",
            answers=tuple(entry.id for entry in held.entries),
            turn=after.turns,
            items=after.items,
        )
        texts = [entry.dump() for entry in entries]
        await self.outbox.commit(held, after, consumed=len(said), items=texts, effects=[reply])

    async def deliver(self, held: Held) -> None:
        for stored in list(held.outbox):
            reply = stored.effect
            assert isinstance(reply, Reply)
            answer = {"response": reply.text, "agent": reply.agent, "turn": reply.turn, "chat_length": reply.items}
            await self.outbox.settle(held, stored, answer=answer, answers=reply.answers)

    async def work(self) -> None:
        """Be a worker, until cancelled."""
        while True:
            claims, pause = await self.due.claim(10, 30.0)
            for claim in claims:
                with suppress(LeaseLost):
                    await self.take_turn(claim.conversation)
                await self.due.finish(claim)
            await asyncio.sleep(min(pause, 0.01))

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.work())
        try:
            yield
        finally:
            await end(task)

    def asks(self, conversation: str, text: str, name: str = "") -> InboundMessage:
        return CustomerMessage(
            id=name or uuid4().hex,
            conversation=ConversationId(conversation),
            author=Author(AuthorId("chat:web:cust_001")),
            text=text,
            at=self.clock.now(),
            surface=Origin.CHAT,
        )


def _echo(said: Sequence[str]) -> str:
    return "You wrote: " + " / ".join(said)


@asynccontextmanager
async def open_redis_harness(url: str) -> AsyncIterator[RedisHarness]:
    """Open a whole mailbox on the server at `url`."""
    client = connect(url)
    scripts = Scripts(client)
    due = DueQueue(scripts, debounce=0.5)
    clock = ManualClock()
    yield RedisHarness(
        scripts,
        due,
        Inbox(scripts, due, ttl=TTL, debounce=0.5),
        Outbox(scripts, ttl=TTL),
        Leases(scripts, due, clock, owner=uuid4().hex, seconds=20, hold=30, newest=100),
        Conversations(scripts, clock),
        clock,
    )
    await client.aclose()
