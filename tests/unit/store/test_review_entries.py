"""Review entries in the store: once, decided once, gone when their days are over, and a person's own."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.review import ReviewEntry, Verdict, Why
from bot.store import keys
from bot.store.records.review_entries import ReviewEntries
from tests.unit.store.redis_harness import RedisHarness, open_redis_harness

NOW = 1_795_000_000.0
DAY = 86_400.0
ENTRY = ReviewEntry("e1", Why.THUMB, "slack:T1:D1:1.0", "orders", NOW, "slack:T1:U1", (), "Where?", "There.")


@pytest.fixture
async def room(redis_url: str) -> AsyncIterator[RedisHarness]:
    async with open_redis_harness(redis_url) as opened:
        yield opened


@pytest.fixture
def entries(room: RedisHarness) -> ReviewEntries:
    return ReviewEntries(room.scripts.client, 90)


async def test_an_entry_is_kept_once_and_the_newest_stands_first(entries: ReviewEntries) -> None:
    newer = replace(ENTRY, id="e2", at=NOW + 5)

    assert [await entries.put(one, NOW + 10) for one in (ENTRY, newer, ENTRY)] == [True, True, False]
    assert await entries.open() == [newer, ENTRY]
    assert await entries.open(1) == [newer]


async def test_what_was_decided_counts_once_stays_and_does_not_come_back(entries: ReviewEntries) -> None:
    await entries.put(ENTRY, NOW)

    assert await entries.decide(ENTRY, Verdict.WRONG_FACT, NOW, "ops")
    assert not await entries.decide(ENTRY, Verdict.GOOD, NOW, "ops")
    assert await entries.open() == []
    assert await entries.forget("slack:T1:U1") == 1
    assert not await entries.put(ENTRY, NOW)
    assert [(one.topic, one.verdict) for one in await entries.decided()] == [("orders", "wrong_fact")]


async def test_words_are_gone_when_their_days_are_over(entries: ReviewEntries, room: RedisHarness) -> None:
    assert not await entries.put(replace(ENTRY, id="old", at=NOW - 91 * DAY), NOW)
    await entries.put(ENTRY, NOW + 30 * DAY)
    assert 59 * DAY < await room.scripts.client.ttl(keys.review("e1")) <= 60 * DAY

    await entries.add_reason("e1", "It was late.")
    found = await entries.read("e1")
    assert found
    assert found.reason == "It was late."
    assert 59 * DAY < await room.scripts.client.ttl(keys.review("e1")) <= 60 * DAY
    await entries.tidy(NOW + 91 * DAY)
    assert await room.scripts.client.zcard(keys.REVIEW) == 0


async def test_a_persons_entries_are_exported_and_forgotten_whatever_they_are_known_by(entries: ReviewEntries) -> None:
    theirs = replace(ENTRY, customer="cust_001")
    other = replace(ENTRY, id="e2", person="slack:T1:U2", conversation="slack:T1:D2:1.0")
    for one in (theirs, other):
        await entries.put(one, NOW)

    for name in ("slack:T1:U1", "cust_001", "slack:T1:D1:1.0"):
        assert await entries.export(name) == [theirs]
    assert await entries.forget("cust_001") == 1
    assert await entries.open() == [other]
    assert await entries.forget("nobody") == 0
