"""Periodic work goes on whatever one round comes to, and one process does it for all."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from bot.app.background import UPKEEP
from bot.domain.errors import TemporaryFailure
from bot.runtime.periodic import repeat
from bot.store.records.cursors import EXPORT, THREADS, take_round
from bot.store.redis import Client
from bot.store.tasks import end
from tests.conftest import wait_until


class Rounds:
    """Work that fails as it is told to; it remembers of which rounds it was told that they begin anew."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.anew: list[bool] = []

    async def work(self, anew: bool) -> None:
        """Do a round."""
        self.anew.append(anew)
        if self.failures and (failure := self.failures.pop(0)):
            raise failure

    def reached(self, count: int) -> Callable[[], object]:
        """Return what tells whether so many rounds were done."""

        async def reached() -> bool:
            return len(self.anew) >= count

        return reached


@pytest.mark.parametrize(
    ("failure", "anew"), [(None, False), (TemporaryFailure("away"), True), (ValueError("a mistake of ours"), False)]
)
async def test_a_round_that_fails_ends_nothing_and_an_outage_begins_anew(failure: Exception | None, anew: bool) -> None:
    rounds = Rounds(None, failure)
    task = asyncio.create_task(repeat("test", 0.0, rounds.work))
    await wait_until(rounds.reached(3))
    await end(task)

    assert rounds.anew[:3] == [True, False, anew]


async def test_one_process_does_the_round_for_all(redis: Client) -> None:
    take, both = partial(take_round, redis), Rounds()
    tasks = [asyncio.create_task(repeat("test", 3_600.0, both.work, take)) for _ in range(2)]
    await wait_until(both.reached(1))
    assert not await take("test:start", 60.0)
    for task in tasks:
        await end(task)

    assert both.anew == [True]


async def test_a_process_that_starts_later_does_not_wait_for_the_others_next_round(redis: Client) -> None:
    assert await take_round(redis, "test", 3_600.0)
    rounds = Rounds()
    task = asyncio.create_task(repeat("test", 3_600.0, rounds.work, partial(take_round, redis)))
    await wait_until(rounds.reached(1))
    await end(task)


def test_no_two_tasks_take_each_others_rounds() -> None:
    names = [*(task.name for task in UPKEEP), EXPORT, THREADS]
    assert len(set(names)) == len(names)
