"""A turn that fails every time is contained: people get it, and what it was is kept."""

import asyncio
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from bot.cli import conversations
from bot.domain.events import CustomerMessage
from bot.domain.ports import Preview
from bot.store import keys
from bot.turn.context import TurnInput, TurnResult
from bot.turn.turn import Turn
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, DANA_ID, SARAH, SARAH_DM, SARAH_ID, SUPPORT, TEAM, Stage, open_stage
from tests.flow.harness.models import offline_with

ROOT = Path(__file__).resolve().parents[3]


async def test_a_turn_that_fails_every_time_goes_to_people(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug that no retry cures")

    monkeypatch.setattr("bot.app.container.create_models", offline_with(fail))
    monkeypatch.setattr("bot.runtime.worker.FAILED_SECONDS", 0.01)
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        answer = (await stage.answers(SARAH_DM, ts))[0]
        ticket = (await stage.tickets())[0]
        dead = await stage.engine.client.xlen(keys.DEAD)

    assert f"#{ticket['id']}" in answer
    assert dead == 1


@pytest.mark.parametrize("owner", ["escalated", "human"])
async def test_what_is_written_to_people_reaches_them_although_its_turn_fails_every_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    """Such as while the desk's database is away, which nothing that people have to read depends on."""

    take = Turn.take

    async def fail(turn: Turn, waiting: TurnInput, preview: Preview) -> TurnResult:
        if isinstance(waiting.messages[0], CustomerMessage):
            raise ConnectionRefusedError
        return await take(turn, waiting, preview)

    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a human")
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    if owner == "human":
        await stage.comments(ticket_id, DANA_ID, "I am Dana, how can I help?")
    await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{ts}", owner)
    await stage.quiet()
    monkeypatch.setattr("bot.runtime.worker.FAILED_SECONDS", 0.01)
    monkeypatch.setattr(Turn, "take", fail)
    for line in ("My card was charged twice.", "On Monday."):
        await stage.writes(SARAH, SARAH_DM, line, thread_ts=ts)
        await wait_until(partial(stage.comment, ticket_id, line), what=line)
        await stage.quiet()

    comments = [comment["body"] for comment in (await stage.ticket(ticket_id))["comments"] if comment["public"]]
    assert comments[-2:] == ["My card was charged twice.", "On Monday."]
    assert await stage.engine.client.xlen(keys.DEAD) == 0


async def test_a_turn_that_was_given_up_is_answered_once_it_is_tried_again(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command, in a process of its own, while the worker runs."""
    broken = [True]

    def fail_while_broken(*_: object) -> None:
        if broken:
            raise RuntimeError("a bug until it is mended")

    monkeypatch.setattr("bot.app.container.create_models", offline_with(fail_while_broken))
    monkeypatch.setattr("bot.runtime.worker.FAILED_SECONDS", 0.01)
    monkeypatch.setattr("bot.runtime.held_work.MOST_FAILURES", 1)
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        await stage.answers(SARAH_DM, ts)
        ticket_id = (await stage.tickets())[0]["id"]
        await stage.quiet()
        broken.clear()
        told = await command(redis_url, tmp_path, "conversations", "retry", "--all")
        answers = await stage.answers(SARAH_DM, ts, 2)
        await wait_until(lambda: stage.has_no_tag(ticket_id, "frontdesk_escalated"))
        await stage.quiet()

        assert "is tried again" in told
        assert "A1001" in answers[1]
        assert "shipped" in answers[1]
        assert await stage.owner(f"slack:{TEAM}:{SARAH_DM}:{ts}") == "bot"
        assert await stage.engine.client.xlen(keys.DEAD) == 0
        assert len(await stage.answers(SARAH_DM, ts)) == 2


async def test_an_operator_closes_a_conversation_and_the_customer_opens_it_again(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, "I want to speak to a human")
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    name = f"slack:{TEAM}:{SARAH_DM}:{ts}"

    assert await conversations._close(stage.engine.settings, name)
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)
    closed = await stage.owner(name)
    assert await conversations._close(stage.engine.settings, name)  # closed already
    await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?", thread_ts=ts)
    answers = await stage.answers(SARAH_DM, ts, 2)

    assert (closed, ticket["status"]) == ("idle_closed", "solved")
    assert "frontdesk_escalated" not in ticket["tags"]
    assert [comment["public"] for comment in ticket["comments"]][-1] is False
    assert any("A1001" in answer for answer in answers)


async def test_a_conversation_that_is_deleted_while_it_is_answered_stays_deleted(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thinking, goes_on = asyncio.Event(), asyncio.Event()

    async def think(*_: object) -> None:
        thinking.set()
        await goes_on.wait()

    monkeypatch.setattr("bot.app.container.create_models", offline_with(think))
    async with open_stage(redis_url, tmp_path, frontdesk_lease_seconds=1) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        name = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await thinking.wait()
        assert await conversations._delete(stage.engine.settings, name)
        goes_on.set()
        await stage.settled()
        left = {key.decode() async for key in stage.engine.client.scan_iter(match=f"fd:{{{name}}}:*")}
        said = await stage.thread(SARAH_DM, ts)

    assert left == {keys.state(name), keys.seen(name)}
    assert [message["text"] for message in said if message["user"] == BOT and not message["streaming"]] == []


async def command(redis_url: str, folder: Path, *arguments: str) -> str:
    """Run a command in a process of its own; return what it printed."""
    environment = {**os.environ, "REDIS_URL": redis_url, "PYTHONPATH": str(ROOT), "FRONTDESK_DATA_DIR": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", *arguments), cwd=folder, env=environment, stdout=subprocess.PIPE
    )
    async with asyncio.timeout(250):
        told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode()


async def test_a_worker_goes_on_whatever_one_look_comes_to_and_says_when_it_takes_no_work(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.runtime.worker.IDLE_TOO_LONG_SECONDS", 1.0)
    monkeypatch.setattr("integrations.web.health.KEEP_SECONDS", 0.0)
    async with open_stage(redis_url, tmp_path) as stage:
        due = stage.engine.due
        await wait_until(lambda: _is_ready(stage), what="a worker that takes work")
        claim = due.claim
        monkeypatch.setattr(due, "claim", _stumbling)
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A1001?")
        await wait_until(lambda: _names_the_worker(stage), what="a worker that says that it takes no work")

        monkeypatch.setattr(due, "claim", claim)
        assert "A1001" in (await stage.answers(SARAH_DM, ts))[0]
        await wait_until(lambda: _is_ready(stage), what="a worker that is ready again")


async def _stumbling(most: int, hold: float) -> None:
    raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "somebody else's text")


async def _is_ready(stage: Stage) -> bool:
    return (await stage.http.get(f"{stage.bot}/readyz")).status_code == 200


async def _names_the_worker(stage: Stage) -> bool:
    answer = await stage.http.get(f"{stage.bot}/readyz")
    return answer.status_code == 503 and answer.json()["dependencies"]["worker"] == "unreachable"


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00 \\ud83d", "日本語 \\udc00"])
async def test_half_a_character_on_one_ticket_costs_no_other_an_answer(
    redis_url: str, tmp_path: Path, half: str
) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        await stage.takes_all()
        tickets = [await _opens(stage, half if number % 3 == 0 else str(number)) for number in range(6)]
        answers = [(await stage.bot_comments(ticket))[0]["body"] for ticket in tickets]
        await stage.quiet()
        log = stage.log.getvalue()
    assert all("A1001" in answer for answer in answers)
    assert not [event for event in ("worker.failed", "worker.stumbled", "turn.failed") if event in log]


async def _opens(stage: Stage, half: str) -> int:
    """A customer's mail in which half of a character stands, as a vendor's JSON carries it."""
    who = f'"requester": {SARAH_ID}, "subject": "A question", "group_id": {SUPPORT}'
    body = f'{{{who}, "body": "Where is my order A1001? {half}"}}'
    answer = await stage.http.post(f"{stage.page}/_sandbox/zendesk/ticket", content=body.encode())
    return int(answer.json()["id"])
