"""Audit events: what may stand in them, and how they reach the common stream."""

from collections.abc import Awaitable, Callable
from time import time
from typing import Any

import pytest

from bot.domain.audit import AuditEvent, Deed, load_event
from bot.domain.ids import TERMINAL
from bot.store import keys
from bot.store.records import audit_log
from bot.store.records.audit_log import Audit, copy_all, masked
from bot.store.redis import Call, Client, Scripts
from bot.turn.audit import ids_in
from tests.unit.store.redis_harness import TTL, open_redis_harness

EVENT = AuditEvent(
    *(Deed.TOOL, "ok", "slack:T:U", "orders", 0.25, {"order_id": "A1001"}, 1700000000.5, 3, "7.1", "chat:a:b")
)


def test_an_event_survives_its_stream() -> None:
    assert load_event(EVENT.dump(), "chat:a:b") == EVENT


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ('{"order_id": "A1001", "amount": 49.99, "reason": "it broke"}', {"order_id": "A1001", "amount": "49.99"}),
        ('{"confirmation_number": "LL0EZ6", "new_seat": "12C"}', {"confirmation_number": "LL0EZ6"}),
        ('{"order_id": "please call me on 555 1234"}', {}),
        ('{"order_id": "4111111111111111"}', {}),
        ('{"phone_number": "5551234", "card_number": "1234", "account_id": "DE12"}', {}),
        ('{"customer_id": "sarah.chen1@example.com"}', {}),
        ('{"order_id": ["A1"], "amount": null}', {}),
        ("not json", {}),
        ('"A1001"', {}),
        ("", {}),
    ],
)
def test_of_a_models_arguments_ids_and_amounts_alone_are_kept(arguments: str, kept: dict[str, str]) -> None:
    assert ids_in(arguments) == kept


def test_an_address_that_a_caller_uses_as_id_is_masked() -> None:
    event = AuditEvent(Deed.MESSAGE, "customer", "chat:web:sarah@example.com", details={"customer": "a@example.com"})

    assert "example.com" not in masked([event])[0].dump()


async def test_an_event_is_committed_with_its_turn_or_not_at_all(redis_url: str, redis: Client) -> None:
    async with open_redis_harness(redis_url) as room:
        await room.inbox.accept(room.asks("chat:a:b", "hello"))
        held = await room.leases.acquire("chat:a:b")
        assert held is not None
        assert not isinstance(held, float)
        turn, entries = held.turn, held.entries
        await room.outbox.commit(held, held.conversation, consumed=1, events=[EVENT])
        held.turn, held.entries = turn, entries  # the answer to the first call was lost: the same call again
        await room.outbox.commit(held, held.conversation, consumed=1, events=[EVENT])

    assert await Audit(redis).story("chat:a:b") == [EVENT]
    assert await redis.ttl(keys.audit("chat:a:b")) <= TTL


async def _add(redis: Client, conversation: str, *names: str) -> None:
    """Store events as a commit does."""
    for name in names:
        event = AuditEvent(Deed.TURN, "answered", id=name)
        await redis.xadd(keys.audit(conversation), {"e": event.dump()})
    await redis.set(keys.uncopied(conversation), "1", ex=TTL)
    await redis.expire(keys.audit(conversation), TTL)
    await redis.zadd(keys.WORKED, {conversation: time() * 1000})


async def test_a_copier_that_dies_before_it_ticks_off_copies_nothing_twice(redis: Client, scripts: Scripts) -> None:
    await _add(redis, "chat:a:b", "1.0", "1.1")
    await copy_all(scripts)
    await redis.set(keys.uncopied("chat:a:b"), "1", ex=TTL)
    await _add(redis, "chat:a:b", "2.0")
    await copy_all(scripts)

    assert [event.id for _, event in await Audit(redis).everything()] == ["1.0", "1.1", "2.0"]
    assert not await redis.exists(keys.uncopied("chat:a:b"))


def before(
    scripts: Scripts, monkeypatch: pytest.MonkeyPatch, script: str, happens: Callable[[], Awaitable[object]]
) -> None:
    """Let something happen once, just before the copier calls a script."""
    real = scripts.run_apart

    async def late(*calls: Call) -> object:
        if calls and calls[0][0] == script:
            monkeypatch.setattr(scripts, "run_apart", real)
            await happens()
        return await real(*calls)

    monkeypatch.setattr(scripts, "run_apart", late)


async def test_of_two_copiers_at_once_one_copies(
    redis: Client, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _add(redis, "chat:a:b", "1.0")
    before(scripts, monkeypatch, "copy", lambda: copy_all(scripts))
    await copy_all(scripts)

    assert [event.id for _, event in await Audit(redis).everything()] == ["1.0"]
    assert not await redis.exists(keys.uncopied("chat:a:b"))


async def test_what_happens_while_it_is_copied_is_copied_next(
    redis: Client, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _add(redis, "chat:a:b", "1.0")
    before(scripts, monkeypatch, "copied", lambda: _add(redis, "chat:a:b", "2.0"))
    await copy_all(scripts)

    assert [event.id for _, event in await Audit(redis).everything()] == ["1.0", "2.0"]


@pytest.mark.parametrize("whole", [False, True], ids=["worked on", "whole"])
async def test_many_conversations_are_copied_together_each_in_its_order(
    redis: Client, scripts: Scripts, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    monkeypatch.setattr(audit_log, "CONVERSATIONS_AT_ONCE", 3)
    monkeypatch.setattr(audit_log, "EVENTS_AT_ONCE", 2)
    monkeypatch.setattr(audit_log, "BATCH", 2)
    told = {f"chat:a:{number}": [f"{number}.{event}" for event in range(number)] for number in range(1, 8)}
    for conversation, names in told.items():
        await _add(redis, conversation, *names)
    await redis.zadd(keys.WORKED, dict.fromkeys(told, 1.0))  # one claim took them all

    assert await copy_all(scripts, whole=whole) == sum(map(len, told.values()))
    found = [(event.conversation, event.id) for _, event in await Audit(redis).everything()]
    assert {name: [one for who, one in found if who == name] for name in told} == told
    assert not [name for name in told if await redis.exists(keys.uncopied(name))]
    assert await copy_all(scripts, whole=whole) == 0
    assert whole or not await redis.exists(keys.WORKED)


async def test_what_is_worked_on_is_looked_at_until_the_work_is_over(redis: Client, scripts: Scripts) -> None:
    now, long_ago = time() * 1000, (time() - 2 * audit_log.WORK_SECONDS) * 1000
    at_work, resting, over = "chat:a:1", "chat:a:2", "chat:a:3"
    terminal = f"chat:{TERMINAL}:1"
    await redis.zadd(keys.WORKED, {at_work: long_ago, resting: now, over: now, terminal: now})
    await redis.zadd(keys.DUE, {at_work: (time() + 30) * 1000, resting: (time() + 86_400) * 1000})
    await copy_all(scripts)

    assert set(await redis.zrange(keys.WORKED, 0, -1)) == {at_work.encode(), terminal.encode()}


async def test_what_is_taken_up_again_while_it_is_looked_at_stays(
    redis: Client, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis.zadd(keys.WORKED, {"chat:a:1": time() * 1000 - 5, "chat:a:2": time() * 1000 - 5})
    real = scripts.run

    async def late(name: str, *rest: Any) -> object:
        if name == "leave":
            await redis.zadd(keys.WORKED, {"chat:a:1": time() * 1000})
        return await real(name, *rest)

    monkeypatch.setattr(scripts, "run", late)
    await copy_all(scripts)

    assert await redis.zrange(keys.WORKED, 0, -1) == [b"chat:a:1"]


async def test_where_the_version_before_stopped_copying_this_one_goes_on(redis: Client, scripts: Scripts) -> None:
    await _add(redis, "chat:a:b", "1.0", "1.1")
    [(first, _), _] = await redis.xrange(keys.audit("chat:a:b"))
    await redis.set(keys.audited("chat:a:b"), first)
    await redis.delete(keys.WORKED)

    assert await copy_all(scripts, whole=True) == 1
    assert [event.id for _, event in await Audit(redis).everything()] == ["1.1"]
