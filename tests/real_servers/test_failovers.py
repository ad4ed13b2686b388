"""A primary dies while customers write: what its replica had not received is found again, and nothing is said twice."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import RedisError

from bot.store import keys
from bot.store.records.cursors import EXPORT, THREADS
from bot.store.redis import Client, connect, disconnect
from integrations.sandbox import SandboxOptions
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, BOT_ID, HELP, SARAH, SARAH_ID, Stage, open_stage
from tests.flow.harness.sides import catch_up
from tests.real_servers.cluster_servers import open_cluster
from tests.real_servers.redis_servers import open_replicated, server_program

QUESTIONS = ("Where is my order A1001?", "How long does shipping take?", "Do you take PayPal?")
THREADS_OPEN, TICKETS_OPEN = 6, 4
PATIENT_SECONDS = 10.0
"""For so long a customer waits before the next line."""
KILLED_AFTER = 6
"""Answers, of all."""
WRITE_SECONDS = 0.001
"""Between two writes: the loop is the front desk's, too."""
SOON = (0.3,) * 200
"""Seconds after which a vendor delivers again: real ones wait for minutes."""
LATER = 3_600.0
ANSWERED = re.compile("(u+b)+")
"""Each line of the customer (u) is followed by one answer (b), which may be one for several."""


@dataclass
class Writes:
    """Writes that a server acknowledged, and what it has of them afterwards.

    Args:
        key: they are under, so that one primary has them all.
    """

    client: Client
    key: str
    done: int = 0
    _asked: int = 0
    _ends: bool = False

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Write while the body runs."""
        task = asyncio.create_task(self._write())
        try:
            yield
        finally:
            self._ends = True  # a Cluster's client takes a cancellation for a fault of its own
            await task

    async def _write(self) -> None:
        while not self._ends:
            self._asked += 1
            await asyncio.sleep(WRITE_SECONDS)
            with suppress(RedisError, OSError):
                await self.client.sadd(self.key, self._asked)
                self.done += 1

    async def lost(self) -> int:
        """Return how many acknowledged ones are not there."""
        return max(0, self.done - int(await self.client.scard(self.key)))


async def _thread(stage: Stage) -> None:
    ts = ""
    for number, question in enumerate(QUESTIONS):
        said = await stage.writes(SARAH, HELP, question if ts else f"<@{BOT}> {question}", ts or None)
        ts = ts or said
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENT_SECONDS):
                await stage.answers(HELP, ts, number + 1)


async def _ticket(stage: Stage) -> None:
    ticket = await stage.opens(QUESTIONS[0])
    for number, question in enumerate(QUESTIONS):
        if number:
            await stage.comments(ticket, SARAH_ID, question)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENT_SECONDS):
                await stage.bot_comments(ticket, number + 1)


async def said(stage: Stage) -> list[str]:
    """Return of each thread and ticket who wrote, in order: u for the customer, b for the bot."""
    state = await stage.state()
    threads: dict[str, str] = {}
    for message in state["slack"]["messages"]:
        if message["channel"] == HELP and not message["deleted"]:
            root = message["thread_ts"] or message["ts"]
            threads[root] = threads.get(root, "") + _who(message["user"], BOT)
    tickets = [ticket["comments"] for ticket in state["zendesk"]["tickets"]]
    return [*threads.values(), *(_on_ticket(comments) for comments in tickets)]


def _on_ticket(comments: Sequence[Any]) -> str:
    return "".join(_who(comment["author_id"], BOT_ID) for comment in comments if comment["public"])


def _who(author: object, bot: object) -> str:
    return "b" if author == bot else "u"


async def _answered(stage: Stage) -> int:
    return sum(each.count("b") for each in await said(stage))


async def survived(url: str, folder: Path, key: str, kill: Callable[[], None]) -> None:
    """Let customers write, kill a primary among them, and let everything be found again; see that all were answered."""
    options = SandboxOptions(random_seed=7, slack_retry_delays=SOON, zendesk_retry_delays=SOON)
    writes = Writes(connect(url), key)
    async with open_stage(
        url, folder, sandbox=options, frontdesk_redelivery_seconds=2, frontdesk_lease_seconds=4
    ) as stage:
        await stage.takes_all()
        crowd = [_thread(stage) for _ in range(THREADS_OPEN)] + [_ticket(stage) for _ in range(TICKETS_OPEN)]
        async with writes.going_on():
            written = asyncio.gather(*crowd)
            await wait_until(lambda: _reached(stage), what="answers")
            kill()
            await written
            await _writes_again(writes)
        await stage.passes(LATER)
        found = await catch_up(stage.engine, THREADS), await catch_up(stage.engine, EXPORT)
        await stage.quiet()
        told, lost = await said(stage), await writes.lost()
    await disconnect(writes.client)

    lines, answers = sum(each.count("u") for each in told), sum(each.count("b") for each in told)
    sys.stderr.write(f"{lines} lines, {answers} answers; {lost} of {writes.done} writes lost; found again {found}\n")
    assert [each for each in told if not ANSWERED.fullmatch(each)] == []
    assert len(told) == THREADS_OPEN + TICKETS_OPEN


async def _reached(stage: Stage) -> bool:
    return await _answered(stage) >= KILLED_AFTER


async def _writes_again(writes: Writes) -> None:
    done = writes.done
    await wait_until(lambda: writes.done > done, what="a write after the failover")


async def test_customers_are_answered_once_where_sentinels_promote_a_replica(tmp_path: Path) -> None:
    with open_replicated(server_program("redis", tmp_path), tmp_path) as servers:
        await survived(servers.url, tmp_path / "data", "probe", lambda: servers.kill(servers.primary()))


async def test_customers_are_answered_once_where_a_node_of_a_cluster_dies(tmp_path: Path) -> None:
    key = f"{keys.DUE}:probe"  # with whoever has the queue of what is due
    with open_cluster(server_program("redis", tmp_path), tmp_path) as servers:
        await survived(servers.url, tmp_path / "data", key, lambda: servers.kill(servers.primary_of(key)))
