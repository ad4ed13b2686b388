"""A worker freezes at its last step before a write, another one does its work, it thaws: everything is there once."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.crash_points import RELAY
from tests.chaos.machine import Machine, is_alive, machine
from tests.chaos.plan import Plan
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import HELP, SARAH

ALONE = Plan(threads=0, tickets=0, lines=0, pause=0.0, thinking=0.0, faults=False, lease=2.0, redelivery=2.0)
PATIENCE_SECONDS = 60.0
CALL, LINE = "c0m0: please get somebody [human]", "c0m1: is anybody there?"

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


async def test_a_customer_s_line_that_a_frozen_worker_had_in_hand_stands_on_the_ticket_once(tmp_path: Path) -> None:
    async with machine(tmp_path, ALONE) as stage:
        await stage.born("web", "--port", stage.bot.rpartition(":")[2], points={}, stops=())
        await wait_until(stage.web_answers, PATIENCE_SECONDS, what="the web app")
        frozen = await stage.born("worker", points={}, stops=(f"before {RELAY}",))
        ts = (await stage.control("slack/post", {"user": SARAH, "channel": HELP, "text": CALL}))["ts"]
        await _written(stage, "Frontdesk summary")

        await stage.control("slack/post", {"user": SARAH, "channel": HELP, "text": LINE, "thread_ts": ts})
        await wait_until(lambda: stage.freezes() == [(frozen, f"before {RELAY}")], PATIENCE_SECONDS, "the freeze")
        await stage.born("worker", points={}, stops=())
        await _written(stage, LINE)
        os.kill(frozen, signal.SIGCONT)
        os.kill(frozen, signal.SIGTERM)  # what it has begun, it finishes
        await wait_until(lambda: not is_alive(frozen), PATIENCE_SECONDS, "its end")

        texts = [comment["body"] for comment in (await _ticket(stage))["comments"]]

    assert sum(LINE in text for text in texts) == 1


async def _ticket(stage: Machine) -> Any:
    tickets = (await stage.state())["zendesk"]["tickets"]
    return next((ticket for ticket in tickets if ticket["external_id"]), {"comments": []})


async def _written(stage: Machine, words: str) -> None:
    async def is_there() -> bool:
        return any(words in comment["body"] for comment in (await _ticket(stage))["comments"])

    await wait_until(is_there, PATIENCE_SECONDS, what=words)
