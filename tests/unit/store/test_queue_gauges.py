"""What waits in the store is shown as it is: by how much the oldest is late, and what was given up."""

import time

import pytest

from bot.domain.errors import TemporaryFailure
from bot.store import keys
from bot.store.admin.queue_gauges import show_queues
from bot.store.queue.dead_letters import DeadLetters
from bot.store.redis import Scripts, connect
from bot.telemetry import metrics


def shown() -> dict[str, float]:
    names = ("frontdesk_due_conversations", "frontdesk_due_oldest_seconds", "frontdesk_dead_letters_kept")
    return {name: metrics.REGISTRY.get_sample_value(name) or 0.0 for name in names}


async def test_an_empty_store_shows_nothing(scripts: Scripts) -> None:
    await show_queues(scripts)
    assert set(shown().values()) == {0.0}


async def test_what_is_due_is_shown_and_what_has_a_later_deadline_is_not(scripts: Scripts) -> None:
    now = time.time() * 1000
    due = {"slack:T:C:1": now - 90_000, "slack:T:C:2": now - 1_000, "slack:T:C:3": now + 900_000}
    await scripts.client.zadd(keys.DUE, due)
    await DeadLetters(scripts.client).bury("slack:T:C:4", "reply", "{}", "not_in_channel")

    await show_queues(scripts)

    assert shown()["frontdesk_due_conversations"] == 2
    assert shown()["frontdesk_due_oldest_seconds"] >= 90
    assert shown()["frontdesk_dead_letters_kept"] == 1


async def test_a_store_that_is_away_is_a_failure_that_passes() -> None:
    away = Scripts(connect("redis://127.0.0.1:1"))
    with pytest.raises(TemporaryFailure):
        await show_queues(away)
