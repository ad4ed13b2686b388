"""Ending a task for certain."""

import asyncio
from contextlib import suppress

from bot.store.tasks import end


async def test_a_task_that_swallows_cancellations_is_ended_all_the_same() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 3:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3_600)
            swallowed += 1
        await asyncio.sleep(3_600)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await end(task)

    assert task.cancelled()
    assert swallowed == 3


async def test_a_task_that_failed_or_finished_is_just_gone() -> None:
    async def fail() -> None:
        raise ValueError

    failed, finished = asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0))
    await asyncio.wait([failed, finished])

    await end(failed)
    await end(finished)
