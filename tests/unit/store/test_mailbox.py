"""The mailbox: accepted once, one holder at a time, committed together."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.effects import Reply, UpdateTicket
from bot.domain.errors import LeaseLost
from bot.domain.events import Author, ButtonClicked, CustomerMessage, InboundMessage, TicketDeleted, TicketHint
from bot.domain.facts import Facts
from bot.domain.ids import AuthorId, ConversationId
from bot.store import keys
from bot.store.queue import lease
from bot.store.queue.due import DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Accepted, Change, Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.redis import Client, Scripts
from tests.conftest import PATIENCE_SECONDS
from tests.doubles.clock import ManualClock

CONVERSATION = "slack:T1:D1:1700000000.000100"
TTL = 1000


def line(number: int, *, conversation: str = CONVERSATION, user: str = "U1") -> InboundMessage:
    """The customer's line number `number`."""
    return CustomerMessage(
        id=f"m{number}",
        conversation=ConversationId(conversation),
        author=Author(AuthorId(f"slack:T1:{user}")),
        text=f"{number}",
    )


def click(number: int) -> ButtonClicked:
    return ButtonClicked(f"m{number}", ConversationId(CONVERSATION), Author(AuthorId("slack:T1:U1")))


def hint(number: int) -> TicketHint:
    author = Author(AuthorId("zendesk:webhook"))
    return TicketHint(f"m{number}", ConversationId(CONVERSATION), author, ticket_id="7")


def deleted(number: int) -> TicketDeleted:
    author = Author(AuthorId("zendesk:webhook"))
    return TicketDeleted(f"m{number}", ConversationId(CONVERSATION), author, ticket_id="7")


class RedisHarness:
    """The mailbox's parts on one store; `debounce` 0 makes everything due at once."""

    def __init__(self, scripts: Scripts, debounce: float = 0.0) -> None:
        self.scripts = scripts
        self.due = DueQueue(scripts, debounce=debounce)
        self.inbox = Inbox(scripts, self.due, ttl=TTL, debounce=debounce)
        self.outbox = Outbox(scripts, ttl=TTL)

    def leases(self, owner: str, seconds: float = 30.0) -> Leases:
        """A worker's leases."""
        return Leases(self.scripts, self.due, ManualClock(), owner=owner, seconds=seconds, hold=30, newest=100)

    async def hold(self, owner: str = "w1", conversation: str = CONVERSATION) -> Held:
        """The conversation, held by `owner`."""
        held = await self.leases(owner).acquire(conversation)
        assert isinstance(held, Held)
        return held


@pytest.fixture
def room(scripts: Scripts) -> RedisHarness:
    return RedisHarness(scripts)


async def test_a_second_delivery_is_not_stored_but_still_wakes(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    claims, _ = await room.due.claim(10, hold=60)
    await room.due.finish(claims[0])

    again = await room.inbox.accept(line(1))

    assert again is Accepted.DUPLICATE
    assert [claim.conversation for claim in (await room.due.claim(10, hold=60))[0]] == [CONVERSATION]
    assert [message.id for message in (await room.hold()).entries] == ["m1"]


async def test_two_ids_of_one_gesture_are_one_message(room: RedisHarness) -> None:
    await room.inbox.accept(line(1), second_id="client-7")

    assert await room.inbox.accept(replace(line(2)), second_id="client-7") is Accepted.DUPLICATE


async def test_a_line_without_mention_is_for_joined_threads_only(room: RedisHarness) -> None:
    unknown = await room.inbox.accept(line(1), joined_only=True)
    await room.inbox.accept(line(2))

    assert unknown is Accepted.UNKNOWN_CONVERSATION
    assert await room.inbox.accept(line(3), joined_only=True) is Accepted.NEW


async def test_a_dropped_line_does_not_poison_its_mention(room: RedisHarness) -> None:
    await room.inbox.accept(line(1), joined_only=True)

    assert await room.inbox.accept(line(1)) is Accepted.NEW


async def test_a_stale_transcript_is_refused(room: RedisHarness) -> None:
    await room.inbox.accept(line(1), expected_items=0)
    held = await room.hold()
    await room.outbox.commit(held, held.conversation, consumed=1, items=["{}", "{}"])

    assert await room.inbox.accept(line(2), expected_items=0) is Accepted.STALE
    assert await room.inbox.accept(line(2), expected_items=2) is Accepted.NEW


async def test_a_line_joins_only_what_is_unanswered(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    assert await room.inbox.accept(line(2), still_waiting="m1") is Accepted.NEW
    held = await room.hold()
    await room.outbox.commit(held, held.conversation, consumed=2)

    assert await room.inbox.accept(line(3), still_waiting="m2") is Accepted.ANSWERED


async def test_one_worker_holds_a_conversation(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    await room.hold("w1")

    left = await room.leases("w2").acquire(CONVERSATION)

    assert isinstance(left, float)
    assert 0 < left <= 30


async def test_a_retake_reads_what_the_first_attempt_read(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    first = await room.hold("w1")
    await room.inbox.accept(line(2))

    second = await room.hold("w1")

    assert [message.id for message in second.entries] == ["m1"]
    assert (second.clock, second.attempts) == (first.clock, 2)


async def test_of_a_flood_a_turn_reads_a_bounded_head_and_nothing_is_lost(
    room: RedisHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "MOST_MESSAGES", 2)
    for number in range(1, 6):
        await room.inbox.accept(line(number))

    turns = []
    while held := await room.leases("w1").acquire(CONVERSATION):
        assert isinstance(held, Held)
        turns.append([message.id for message in held.entries])
        await room.outbox.commit(held, held.conversation, consumed=len(held.entries))
        await room.leases("w1").release(held)

    assert turns == [["m1", "m2"], ["m3", "m4"], ["m5"]]


async def test_an_attempt_of_the_version_before_that_read_more_is_retaken_whole(
    room: RedisHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        await room.inbox.accept(line(number))
    first = await room.hold("w1")
    await room.inbox.accept(line(4))
    monkeypatch.setattr(lease, "MOST_MESSAGES", 2)

    again = await room.hold("w1")

    assert [message.id for message in again.entries] == [message.id for message in first.entries] == ["m1", "m2", "m3"]


async def test_a_fenced_out_worker_writes_nothing(room: RedisHarness, redis: Client) -> None:
    await room.inbox.accept(line(1))
    zombie = await room.hold("w1")
    await redis.hset(keys.state(CONVERSATION), "until", 0)
    successor = await room.hold("w2")

    with pytest.raises(LeaseLost):
        await room.outbox.commit(zombie, zombie.conversation, consumed=1, effects=[Reply("e", "twice")])
    with pytest.raises(LeaseLost):
        await room.leases("w1").note(zombie, "preview", "x")
    with pytest.raises(LeaseLost):
        await room.leases("w1").release(zombie)
    with pytest.raises(LeaseLost):
        await room.leases("w1").expand(zombie, 1, [])

    assert await redis.llen(keys.outbox(CONVERSATION)) == 0
    assert [message.id for message in successor.entries] == ["m1"]


async def test_commit_moves_state_items_effects_and_messages_together(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    held = await room.hold()
    await room.inbox.accept(line(2))
    effect = UpdateTicket("e1", comment="note")

    left = await room.outbox.commit(
        held,
        replace(held.conversation, turns=1, ticket_id="7"),
        consumed=1,
        items=['{"role":"user"}'],
        effects=[effect],
    )

    again = await room.hold()
    assert left == 1
    assert [message.id for message in again.entries] == ["m2"]
    assert (again.conversation.turns, again.conversation.ticket_id) == (1, "7")
    assert again.items == ['{"role":"user"}']
    assert [stored.effect for stored in again.outbox] == [effect]


async def test_a_commit_that_is_repeated_after_a_lost_answer_changes_nothing(room: RedisHarness, redis: Client) -> None:
    await room.inbox.accept(line(1))
    await room.inbox.accept(line(2))
    held = await room.hold()
    repeated = replace(held)

    await room.outbox.commit(held, held.conversation, consumed=1, items=["{}"])
    await room.outbox.commit(repeated, held.conversation, consumed=1, items=["{}"])

    assert await redis.llen(keys.inbox(CONVERSATION)) == 1
    assert await redis.llen(keys.items(CONVERSATION)) == 1


async def test_release_keeps_the_lease_while_there_is_work(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    held = await room.hold()
    leases = room.leases("w1")

    assert await leases.release(held)

    await room.outbox.commit(held, held.conversation, consumed=1)
    assert not await leases.release(held)


async def test_a_dead_worker_s_claim_is_due_again(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    await room.due.claim(10, hold=0.05)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (claims := (await room.due.claim(10, hold=60))[0]):
            await room.due.sleep(0.02)

    assert claims[0].conversation == CONVERSATION


async def test_a_wake_during_the_work_outlives_its_end(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    claims, _ = await room.due.claim(10, hold=60)
    await room.inbox.accept(line(2))

    await room.due.finish(claims[0])

    assert (await room.due.claim(10, hold=60))[0]


async def test_lines_in_quick_succession_are_due_once_the_last_one_is_old_enough(scripts: Scripts) -> None:
    room = RedisHarness(scripts, debounce=30)
    await room.inbox.accept(line(1))
    await room.inbox.accept(line(2))

    claims, pause = await room.due.claim(10, hold=60)

    assert claims == []
    assert pause > 0


async def test_a_click_does_not_wait_for_the_next_line(scripts: Scripts) -> None:
    room = RedisHarness(scripts, debounce=30)
    await room.inbox.accept(line(1))
    await room.inbox.accept(click(2))

    claims, _ = await room.due.claim(10, hold=60)

    assert [claim.conversation for claim in claims] == [CONVERSATION]


async def test_an_edit_counts_until_a_turn_has_taken_the_line(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    assert await room.inbox.edit(CONVERSATION, "m1", "new words") is Change.WAITING
    held = await room.hold()

    late = await room.inbox.edit(CONVERSATION, "m1", "too late")

    assert held.entries[0].text == "new words"
    assert late is Change.RUNNING


async def test_a_deleted_line_that_no_turn_took_is_withdrawn(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    await room.inbox.accept(line(2))

    assert await room.inbox.withdraw(CONVERSATION, "m1") is Change.WAITING

    assert [message.id for message in (await room.hold()).entries] == ["m2"]


async def test_hints_are_replaced_in_place_and_comments_are_taken_once(room: RedisHarness) -> None:
    await room.inbox.accept(hint(1))
    await room.inbox.accept(line(2))
    held = await room.hold()
    leases = room.leases("w1")
    comment = replace(line(3), id="comment:3")

    await leases.expand(held, 2, [("comment:3", comment), ("comment:3", comment), ("", line(2))])

    assert [message.id for message in held.entries] == ["comment:3", "m2"]


async def test_the_heartbeat_cancels_work_that_lost_its_lease(room: RedisHarness, redis: Client) -> None:
    await room.inbox.accept(line(1))
    claims, _ = await room.due.claim(1, hold=60)
    leases = room.leases("w1", seconds=0.2)
    held = await leases.acquire(CONVERSATION)
    assert isinstance(held, Held)
    await redis.hincrby(keys.state(CONVERSATION), "fence", 1)

    with pytest.raises(LeaseLost):
        async with leases.heartbeat(held, claims[0]):
            await asyncio.Event().wait()


async def test_two_tasks_of_one_worker_do_not_share_a_conversation(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    leases = room.leases("w1")
    await leases.acquire(CONVERSATION, ":1")

    assert isinstance(await leases.acquire(CONVERSATION, ":2"), float)
    assert isinstance(await leases.acquire(CONVERSATION, ":1"), Held)


async def test_a_hint_that_comes_while_another_is_looked_at_waits_for_its_own_look(room: RedisHarness) -> None:
    await room.inbox.accept(hint(1))
    held = await room.hold()
    await room.inbox.accept(hint(2))

    await room.leases("w1").expand(held, 1, [("comment:3", replace(line(3), id="comment:3"))])

    assert [message.id for message in held.entries] == ["comment:3"]
    await room.outbox.commit(held, held.conversation, consumed=1)
    assert [message.id for message in (await room.hold()).entries] == ["m2"]


async def test_a_look_that_finds_nothing_frees_what_waits_behind_it(room: RedisHarness) -> None:
    await room.inbox.accept(hint(1))
    held = await room.hold()
    await room.inbox.accept(line(2))

    await room.leases("w1").expand(held, 1, [])

    assert held.entries == []
    again = await room.hold()
    assert ([message.id for message in again.entries], again.attempts) == (["m2"], 1)


async def test_a_look_that_is_repeated_after_a_lost_answer_changes_nothing(room: RedisHarness) -> None:
    await room.inbox.accept(hint(1))
    await room.inbox.accept(line(2))
    held = await room.hold()
    leases = room.leases("w1")
    found = [("comment:3", replace(line(3), id="comment:3")), ("", line(2))]

    await leases.expand(held, 2, found)
    await leases.expand(held, 2, found)

    assert [message.id for message in held.entries] == ["comment:3", "m2"]
    assert [message.id for message in (await room.hold()).entries] == ["comment:3", "m2"]


async def test_the_rest_of_what_a_holder_read_is_a_turn_of_its_own(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    await room.inbox.accept(line(2))
    held = await room.hold()
    await room.outbox.commit(held, held.conversation, consumed=1)
    await room.inbox.accept(line(3))

    again = await room.hold()

    assert [message.id for message in again.entries] == ["m2"]
    assert (again.clock, again.attempts) == (held.clock, 2)


async def test_only_a_customer_s_turn_uses_up_what_was_withheld_before(room: RedisHarness) -> None:
    await room.inbox.accept(deleted(1))
    await room.inbox.accept(line(2))
    held = await room.hold()
    effect = Reply("e", "held back")
    await room.outbox.commit(held, held.conversation, consumed=0, effects=[effect])
    await room.outbox.settle(held, held.outbox[0], facts=Facts.left_unsaid("held back"))

    await room.outbox.commit(held, held.conversation, consumed=1)
    after_fields = await room.hold()

    assert after_fields.facts.unsent == "held back"
    await room.outbox.commit(after_fields, held.conversation, consumed=1)
    await room.inbox.accept(line(3))
    assert not (await room.hold()).facts.unsent


async def test_holding_a_conversation_at_rest_is_no_attempt_and_never_brings_back_a_forgotten_one(
    room: RedisHarness, redis: Client
) -> None:
    await room.inbox.accept(line(1))
    held = await room.hold()
    await room.outbox.commit(held, held.conversation, consumed=1)
    leases = room.leases("w1")
    assert await leases.acquire(CONVERSATION) is None

    resting = await leases.acquire(CONVERSATION, at_rest=True)
    assert isinstance(resting, Held)
    assert (resting.attempts, resting.entries, resting.fence) == (0, [], held.fence + 1)
    await room.inbox.accept(line(2))
    await room.outbox.commit(resting, resting.conversation, consumed=0)
    assert (await room.hold()).attempts == 1

    await redis.delete(keys.state(CONVERSATION), keys.inbox(CONVERSATION))
    assert await leases.acquire(CONVERSATION, at_rest=True) is None


async def test_a_line_that_was_read_in_its_thread_counts_as_taken_wherever_its_event_is(room: RedisHarness) -> None:
    for number, user in ((2, "U1"), (3, "U2"), (1, "U1")):
        await room.inbox.accept(line(number, user=user))
    held = await room.hold()
    await room.inbox.accept(line(5))
    await room.outbox.commit(held, held.conversation, consumed=1, above=["m1", "m4"])

    assert [entry.id for entry in held.entries] == ["m3"]
    assert await room.inbox.accept(line(1)) is Accepted.DUPLICATE  # it waited already
    assert await room.inbox.accept(line(4)) is Accepted.DUPLICATE  # it was still on its way
    again = await room.leases("w1").acquire(CONVERSATION)
    assert isinstance(again, Held)
    assert [entry.id for entry in again.entries] == ["m3"]
    await room.outbox.commit(again, again.conversation, consumed=1)
    assert [entry.id for entry in (await room.hold()).entries] == ["m5"]


async def test_a_line_that_is_deleted_after_the_commit_is_known_to_all_but_the_first_effect(room: RedisHarness) -> None:
    await room.inbox.accept(line(1))
    held = await room.hold()
    await room.outbox.commit(held, held.conversation, consumed=1)
    await room.inbox.withdraw(CONVERSATION, "m1")

    assert await room.outbox.deleted(held) == frozenset()  # as the commit found them, a moment ago
    assert await room.outbox.deleted(held) == {"m1"}
