"""Nobody waits for the router to learn, and a machine on which it cannot learn serves all the same."""

import subprocess
from pathlib import Path

import pytest

from bot.desk.loading.loader import load_desk
from bot.turn.routing import background_training
from bot.turn.routing.background_training import BackgroundRouter
from bot.turn.routing.router import router_of
from tests.conftest import wait_until


async def test_it_is_not_sure_before_it_has_learnt_and_as_sure_as_the_router_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_training, "KEPT_SECONDS", 0.0)
    desk, late = load_desk("store"), BackgroundRouter()
    words = "Where is my order A1001?"

    early = late.route(words)
    await late.learn(desk, tmp_path)
    await wait_until(lambda: late.route(words).sure, what="what was learnt")
    learnt = router_of(desk)

    assert not early.sure
    assert learnt is not None
    assert late.route(words) == learnt.route(words)


async def test_learning_that_fails_leaves_every_message_to_triage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise subprocess.TimeoutExpired("learning", 120)

    monkeypatch.setattr(background_training, "router_of", fails)
    late = BackgroundRouter()
    await late.learn(load_desk("store"), tmp_path)

    assert not late.route("Where is my order A1001?").sure
