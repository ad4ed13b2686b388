"""A worker that freezes in the middle of a post, loses the conversation, and posts when it thaws."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.dispatcher import Delivery
from bot.domain.conversation import Conversation
from bot.domain.effects import Reply
from bot.domain.errors import LeaseLost
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.runtime.duplicate_sweep import tidy
from bot.store import keys
from bot.store.codec import dump
from bot.store.queue.dead_letters import DeadLetters
from bot.store.queue.held import Held
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.duplicate_checks import DuplicateChecks
from bot.store.redis import Scripts
from integrations.slack.outbound.channel import SlackChannel
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import SARAH, SARAH_DM, TEAM, Stage, open_stage
from tests.flow.harness.sides import slack_channel

EFFECT, WORDS = "frozen:reply", "It is on its way."
LEASE_SECONDS = 0.2


class Freezing(SlackChannel):
    """Says nothing until it thaws."""

    thawed: asyncio.Event
    is_frozen: asyncio.Event

    async def reply(self, conversation: Conversation, effect: Reply) -> str:
        """Post, after a while."""
        self.is_frozen.set()
        await self.thawed.wait()
        return await super().reply(conversation, effect)


@dataclass
class Hands:
    """One worker's lease and delivery on the stage's store; nobody renews the lease."""

    leases: Leases
    outbox: Outbox
    delivery: Delivery
    doubts: DuplicateChecks

    async def hold(self, conversation: str) -> Held:
        """Acquire the conversation once it is free."""

        async def held() -> Held | None:
            found = await self.leases.acquire(conversation)
            return found if isinstance(found, Held) else None

        result: Held = await wait_until(held, what="the lease")
        return result


def hands(stage: Stage, name: str, chat: SlackChannel) -> Hands:
    scripts = Scripts(stage.engine.client)
    due, clock = stage.engine.due, stage.engine.clock
    leases = Leases(scripts, due, clock, owner=name, seconds=LEASE_SECONDS, hold=30, newest=10)
    outbox, doubts = Outbox(scripts, ttl=3600), DuplicateChecks(scripts, after=(0,))
    letters = DeadLetters(stage.engine.client)
    delivery = Delivery(
        outbox, stage.engine.conversations, letters, leases.learn, clock, channels={"slack": chat}, doubts=doubts
    )
    return Hands(leases, outbox, delivery, doubts)


def freezing(stage: Stage) -> Freezing:
    """Return the stage's Slack side as a frozen worker has it."""
    chat = Freezing(slack_channel(stage.engine)._api.settings, stage.engine.clock)
    chat.thawed, chat.is_frozen = asyncio.Event(), asyncio.Event()
    return chat


async def labelled(stage: Stage, ts: str) -> list[Mapping[str, Any]]:
    """Return the thread's messages that carry the effect."""
    found = await stage.thread(SARAH_DM, ts)
    return [one for one in found if ((one["metadata"] or {}).get("event_payload") or {}).get("effect_id") == EFFECT]


async def test_what_a_frozen_worker_posts_a_second_time_is_taken_back(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
    await stage.answers(SARAH_DM, ts)
    await stage.settled()
    name = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    chat = slack_channel(stage.engine)
    frozen, second = freezing(stage), hands(stage, "second", chat)
    first = hands(stage, "first", frozen)
    line = CustomerMessage("line", ConversationId(name), Author(AuthorId("slack:T:U")), "And now?")
    await stage.engine.client.rpush(keys.inbox(name), dump(line))  # nobody else is woken for it
    await stage.engine.client.expire(keys.inbox(name), 60)

    held = await first.hold(name)
    await first.outbox.commit(held, held.conversation, consumed=1, effects=[Reply(EFFECT, WORDS)])
    posting = asyncio.create_task(first.delivery.deliver(held, frozenset({EFFECT})))
    await frozen.is_frozen.wait()
    await second.delivery.deliver(await second.hold(name))
    assert len(await labelled(stage, ts)) == 1
    frozen.thawed.set()
    await posting
    with pytest.raises(LeaseLost):  # the end of the last effect is stored with the letting go
        await first.leases.release(held)
    doubled = await labelled(stage, ts)
    await frozen.close()
    assert len(doubled) == 2

    async def read_back() -> list[Mapping[str, Any]] | None:
        await tidy(second.doubts, {Origin.SLACK: chat}, stage.engine.clock)
        left = await labelled(stage, ts)
        return left if len(left) < 2 else None

    [left] = await wait_until(read_back, what="the second one taken back")
    assert left["ts"] == doubled[0]["ts"]


@dataclass
class Post:
    """A reply that waits."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, *_: Any) -> str:
        """Never come back."""
        self.begun.set()
        await asyncio.Event().wait()
        return ""


async def test_a_worker_that_lost_a_conversation_has_its_thread_read_back(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_lease_seconds=1) as stage:
        post = Post()
        monkeypatch.setattr(slack_channel(stage.engine), "reply", post)
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        name = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await post.begun.wait()
        monkeypatch.undo()
        await stage.engine.client.hincrby(keys.state(name), "fence", 1)  # somebody else took it

        async def doubted() -> bool:
            return any(name.encode() in one for one in await stage.engine.client.zrange(keys.DOUBTS, 0, -1))

        await wait_until(doubted, what="the doubt")
