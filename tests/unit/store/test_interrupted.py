"""One Ctrl-C ends a command, also where what it waits for swallows the cancellation."""

import asyncio
import os
import signal

import pytest

from bot.store.tasks import run


def test_what_is_done_is_returned() -> None:
    async def add() -> int:
        await asyncio.sleep(0)
        return 3

    assert run(add()) == 3


def test_a_failure_stays_a_failure() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(fail())


def test_one_press_ends_what_has_swallowed_its_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.tasks.TIDY_SECONDS", 0.01)
    swallowed = 0

    async def deaf_once() -> None:
        nonlocal swallowed
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed += 1
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        run(deaf_once())
    assert swallowed == 1
