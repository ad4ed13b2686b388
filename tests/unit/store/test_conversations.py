"""The read side of the mailbox: view, answer, live events, reset, links."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.conversation import Owner
from bot.domain.errors import Conflict, LeaseLost, TemporaryFailure
from bot.domain.facts import Facts
from bot.domain.transcript import Role
from bot.store import keys
from bot.store.admin.overview import look_over
from bot.store.queue.held import Held
from bot.store.records import live_events
from bot.store.records.conversations import Conversations
from bot.store.records.live_events import Event
from bot.store.redis import Scripts, connect
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.doubles.clock import ManualClock
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness

CHAT = "chat:web:s1"


@pytest.fixture
async def room(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RedisHarness]:
    """A store that everybody has begun to listen to before anything is said, also on a crowded machine."""
    monkeypatch.setattr(live_events, "READY_SECONDS", PATIENCE_SECONDS)
    async with open_redis_harness(redis_url) as opened:
        yield opened


async def test_a_conversation_nobody_wrote_in_does_not_exist(room: RedisHarness) -> None:
    assert await room.conversations.read(CHAT) is None
    assert not await room.conversations.exists(CHAT)


async def test_a_view_shows_state_transcript_and_what_waits(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "where is A1001?"))
    await room.take_turn(CHAT)
    await room.inbox.accept(room.asks(CHAT, "and can I return it?"))

    view = await room.conversations.read(CHAT)

    assert view is not None
    assert [entry.role for entry in view.entries] == [Role.USER, Role.ASSISTANT]
    assert (view.length, view.trimmed, view.waiting) == (2, 0, 1)
    assert (view.conversation.owner, view.conversation.specialist) == (Owner.BOT, "orders")


async def test_the_length_counts_what_was_trimmed_away(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "one"))
    await room.take_turn(CHAT)
    await room.inbox.accept(room.asks(CHAT, "two"))
    held = await room.leases.acquire(CHAT)
    assert isinstance(held, Held)
    await room.outbox.commit(held, held.conversation, consumed=1, items=[], keep=0)

    view = await room.conversations.read(CHAT)

    assert view is not None
    assert (view.length, len(view.entries)) == (2, 0)


async def test_an_answer_is_found_whether_it_comes_before_or_after_one_asks(room: RedisHarness) -> None:
    message = room.asks(CHAT, "where is A1001?")
    async with room.conversations.watch(CHAT) as watch:
        await room.inbox.accept(message)
        waiting = asyncio.create_task(watch.answer(message.id, PATIENCE_SECONDS))
        await room.take_turn(CHAT)
        assert (await waiting or {})["response"] == "You wrote: where is A1001?"

    late = await room.conversations.answer(CHAT, message.id, PATIENCE_SECONDS)

    assert late == {"response": "You wrote: where is A1001?", "agent": "orders", "turn": 1, "chat_length": 2}


async def test_who_listens_hears_of_an_answer_once_it_is_stored(room: RedisHarness) -> None:
    message = room.asks(CHAT, "where is A1001?")
    async with room.conversations.live.listen(CHAT) as queue:
        await room.inbox.accept(message)
        await room.take_turn(CHAT)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await queue.get() == Event("answered")
        assert await room.conversations.stored_answer(CHAT, message.id)


async def test_nobody_hears_of_an_answer_whose_holder_has_lost_the_conversation(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "where is A1001?"))
    held = await room.leases.acquire(CHAT)
    assert isinstance(held, Held)
    await room.commit(held)
    held.token = "another"
    async with room.conversations.live.listen(CHAT) as queue:
        with pytest.raises(LeaseLost):
            await room.deliver(held)
        await room.conversations.publish(CHAT, "delta", "the next thing that is said")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await queue.get()).name == "delta"


async def test_an_answer_is_found_by_polling_when_no_event_says_so(room: RedisHarness) -> None:
    message = room.asks(CHAT, "hello")
    await room.inbox.accept(message)
    held = await room.leases.acquire(CHAT)
    assert isinstance(held, Held)
    await room.commit(held)
    waiting = asyncio.create_task(room.conversations.answer(CHAT, message.id, PATIENCE_SECONDS))
    await asyncio.sleep(0)

    await room.outbox.settle(held, held.outbox[0], answer={"response": "hi"}, answers=[message.id])

    assert await waiting == {"response": "hi"}


@pytest.mark.parametrize("seconds", [0.0, -1.0])
async def test_an_answer_that_is_there_is_found_however_late_one_looks(room: RedisHarness, seconds: float) -> None:
    message = room.asks(CHAT, "hello")
    await room.inbox.accept(message)
    await room.take_turn(CHAT)

    assert (await room.conversations.answer(CHAT, message.id, seconds) or {})["response"] == "You wrote: hello"


async def test_no_answer_is_none_after_the_time(room: RedisHarness) -> None:
    assert await room.conversations.answer(CHAT, "m1", 0.05) is None


async def test_every_answered_message_of_a_turn_has_the_same_answer(room: RedisHarness) -> None:
    first, second = room.asks(CHAT, "hi"), room.asks(CHAT, "order A1001")
    await room.inbox.accept(first)
    await room.inbox.accept(second)
    await room.take_turn(CHAT)

    answers = [await room.conversations.answer(CHAT, message.id, PATIENCE_SECONDS) for message in (first, second)]

    assert answers[0] == answers[1]
    assert answers[0] is not None


async def test_the_answers_of_the_last_turns_are_kept_and_no_more(room: RedisHarness) -> None:
    asked = [room.asks(CHAT, f"question {number}") for number in range(60)]
    for message in asked:
        await room.inbox.accept(message)
        await room.take_turn(CHAT)

    kept = [bool(await room.conversations.stored_answer(CHAT, message.id)) for message in asked]

    assert all(kept[-12:])
    assert sum(kept) <= 24


async def test_events_reach_only_those_who_listen_to_that_conversation(room: RedisHarness) -> None:
    async with room.conversations.watch(CHAT) as watch, room.conversations.watch("chat:web:other") as other:
        await room.conversations.publish(CHAT, "delta", "Your order\nis on its way.")

        assert await anext(watch.events("m1", PATIENCE_SECONDS)) == Event("delta", "Your order\nis on its way.")
        assert [event async for event in other.events("m1", 0.05)] == []


async def test_the_answer_ends_the_events(room: RedisHarness) -> None:
    message = room.asks(CHAT, "where?")
    await room.inbox.accept(message)
    await room.take_turn(CHAT)

    async with room.conversations.watch(CHAT) as watch:
        events = [event async for event in watch.events(message.id, PATIENCE_SECONDS)]

    assert [event.name for event in events] == ["done"]
    assert json.loads(events[0].data)["response"] == "You wrote: where?"


async def test_live_events_arrive_before_the_answer(room: RedisHarness) -> None:
    async with room.conversations.watch(CHAT) as watch:
        events = watch.events("m1", PATIENCE_SECONDS)
        await room.conversations.publish(CHAT, "status", "is thinking…")
        await room.conversations.publish(CHAT, "delta", "Hello.")

        assert await anext(events) == Event("status", "is thinking…")
        assert await anext(events) == Event("delta", "Hello.")


async def test_a_listener_that_left_costs_nothing(room: RedisHarness) -> None:
    async with room.conversations.watch(CHAT):
        pass

    async def nobody_listens() -> bool:
        return int((await room.scripts.client.info("stats"))["pubsub_patterns"]) == 0

    await wait_until(nobody_listens)


async def test_a_reset_conversation_is_gone_and_begins_again_from_nothing(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "one"))
    await room.take_turn(CHAT)

    assert await room.conversations.reset(CHAT)

    assert await room.conversations.read(CHAT) is None
    assert not await room.conversations.reset(CHAT)
    await room.inbox.accept(room.asks(CHAT, "two"), expected_items=0)
    await room.take_turn(CHAT)
    view = await room.conversations.read(CHAT)
    assert view is not None
    assert (view.length, view.conversation.turns) == (2, 1)


async def test_a_worker_that_holds_a_conversation_while_it_is_reset_writes_nothing(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "one"))
    held = await room.leases.acquire(CHAT)
    assert isinstance(held, Held)

    await room.conversations.reset(CHAT)

    with pytest.raises(LeaseLost):
        await room.commit(held)
    assert await room.conversations.read(CHAT) is None


async def test_the_fence_never_goes_back_to_a_holders(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "one"))
    frozen = await room.leases.acquire(CHAT)
    assert isinstance(frozen, Held)
    await room.conversations.reset(CHAT)
    await room.inbox.accept(room.asks(CHAT, "two"))

    held = await room.leases.acquire(CHAT)

    assert isinstance(held, Held)
    assert held.fence > frozen.fence
    with pytest.raises(LeaseLost):
        await room.commit(frozen)
    await room.commit(held)


async def test_a_message_redelivered_after_a_reset_is_still_a_duplicate(room: RedisHarness) -> None:
    message = room.asks(CHAT, "one")
    await room.inbox.accept(message)
    await room.conversations.reset(CHAT)

    await room.inbox.accept(message)

    assert await room.conversations.read(CHAT) is None
    assert await room.conversations.has_accepted(CHAT, message.id)


async def test_who_waits_for_an_answer_is_told_of_a_reset(room: RedisHarness) -> None:
    message = room.asks(CHAT, "one")
    async with room.conversations.watch(CHAT) as watch:
        await room.inbox.accept(message)
        await room.conversations.reset(CHAT)

        with pytest.raises(Conflict):
            await watch.answer(message.id, PATIENCE_SECONDS)


async def test_a_reset_unlinks_the_ticket_unless_it_went_to_another_conversation(room: RedisHarness) -> None:
    for name, linked in (("chat:web:a", "chat:web:a"), ("chat:web:b", "slack:T:C:1")):
        await room.inbox.accept(room.asks(name, "one"))
        held = await room.leases.acquire(name)
        assert isinstance(held, Held)
        await room.commit(held)
        await room.outbox.settle(held, held.outbox[0], facts=Facts.ticket(name[-1]))
        await room.conversations.link(name[-1], linked)
        await room.conversations.reset(name)

    assert await room.conversations.conversation_of("a") is None
    assert await room.conversations.conversation_of("b") == "slack:T:C:1"


async def test_a_reset_leaves_nothing_without_an_end(room: RedisHarness) -> None:
    await room.inbox.accept(room.asks(CHAT, "one"))
    await room.take_turn(CHAT)
    await room.conversations.reset(CHAT)

    left = [key.decode() async for key in room.scripts.client.scan_iter(match=f"fd:{{{CHAT}}}:*")]

    assert sorted(left) == [keys.seen(CHAT), keys.state(CHAT)]
    assert all([await room.scripts.client.ttl(key) > 0 for key in left])


async def test_a_session_speaks_for_whom_it_was_first_said(room: RedisHarness) -> None:
    assert await room.conversations.bind(CHAT, "cust_001") == "cust_001"
    assert await room.conversations.bind(CHAT, "cust_002") == "cust_001"
    assert await room.conversations.bind("chat:web:nobody", "") == ""
    assert await room.conversations.bind("chat:web:nobody", "cust_001") == ""


async def test_binding_makes_no_conversation_and_does_not_stay_without_one(room: RedisHarness) -> None:
    await room.conversations.bind(CHAT, "cust_001")

    assert await room.conversations.read(CHAT) is None
    assert 0 < await room.scripts.client.ttl(keys.state(CHAT)) <= 3_600


async def test_the_customer_survives_turns_and_is_a_fact_for_them(room: RedisHarness) -> None:
    await room.conversations.bind(CHAT, "cust_001")
    await room.inbox.accept(room.asks(CHAT, "one"))
    held = await room.take_turn(CHAT)

    view = await room.conversations.read(CHAT)

    assert view is not None
    assert view.customer_id == "cust_001"
    assert held is not None
    assert held.conversation.facts.customer_id == "cust_001"


async def test_an_account_is_connected_once(room: RedisHarness) -> None:
    first = await room.conversations.connected("acme")
    room.clock.advance(86_400)

    assert await room.conversations.connected("acme") == first == room.clock.now() - 86_400
    assert await room.scripts.client.ttl(keys.connected("acme")) == -1


async def test_what_an_idempotency_key_stands_for_first_stays_for_a_day(room: RedisHarness) -> None:
    assert await room.conversations.remember_post("web", "k1", "first") is None
    assert await room.conversations.remember_post("web", "k1", "second") == "first"
    assert await room.conversations.remember_post("other", "k1", "second") is None
    assert 86_000 < await room.scripts.client.ttl(keys.idempotency("web", "k1")) <= 86_400


async def test_an_overview_counts_owners_and_shows_the_newest_without_words(room: RedisHarness) -> None:
    for name in ("chat:web:a", "chat:web:b"):
        await room.inbox.accept(room.asks(name, "a secret wish"))
        await room.take_turn(name)
    await room.inbox.accept(room.asks("zendesk:35", "a secret wish"))
    await room.conversations.bind("chat:web:empty", "cust_001")

    overview = await look_over(room.scripts, 2)

    assert overview.owners[Owner.BOT] == 3
    assert overview.owners[Owner.HUMAN] == 0
    assert overview.complete
    assert overview.dead == 0
    assert overview.newest[0].id == "zendesk:35"
    assert overview.newest[0].waiting == 1
    assert len(overview.newest) == 2
    assert "wish" not in repr(overview)


async def test_an_overview_says_when_it_did_not_see_all(room: RedisHarness) -> None:
    for number in range(5):
        await room.inbox.accept(room.asks(f"chat:web:{number}", "hi"))

    overview = await look_over(room.scripts, 2, most=3)

    assert not overview.complete
    assert overview.owners[Owner.BOT] == 3


async def test_a_store_that_is_down_is_a_temporary_failure(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path}/nothing.sock")
    gone = Conversations(Scripts(client), ManualClock())

    for reading in (gone.read(CHAT), gone.exists(CHAT), gone.reset(CHAT), gone.conversation_of("1")):
        with pytest.raises(TemporaryFailure):
            await reading
    with pytest.raises(TemporaryFailure):
        await look_over(Scripts(client), 1)
    await gone.publish(CHAT, "delta", json.dumps("lost, and nobody minds"))
    await client.aclose(close_connection_pool=True)
