"""Money through `kill -9`: wherever a worker dies between the offer and the customer's being told, it happens once."""

import signal
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.crash_points import PROPOSAL_STEPS, TICKET_YES_STEPS, YES_STEPS, points
from tests.chaos.machine import Machine, is_alive, machine, signal_quietly
from tests.chaos.plan import Plan
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, BOT_ID, HELP, SARAH, SARAH_ID, SUPPORT, TEAM, said

ASK = "c0m0: please tell me more [credit]"
ALONE = Plan(threads=0, tickets=0, lines=0, pause=0.0, thinking=0.0, faults=False, lease=4.0, redelivery=2.0)
OFFERED, DONE = "Shall I do this?", "Done: "
PATIENCE_SECONDS = 60.0
AT_ONCE = 4

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


@dataclass
class Customer:
    """Sarah, who asks for a credit in one conversation and says yes to the offer."""

    stage: Machine
    is_ticket: bool
    place: str = ""

    @property
    def conversation(self) -> str:
        return f"zendesk:{self.place}" if self.is_ticket else f"slack:{TEAM}:{HELP}:{self.place}"

    async def says(self, line: str) -> None:
        if not self.is_ticket:
            thread = {"thread_ts": self.place} if self.place else {}
            post = {"user": SARAH, "channel": HELP, "text": line, **thread}
            ts = (await self.stage.control("slack/post", post))["ts"]
            self.place = self.place or str(ts)
        elif self.place:
            comment = {"ticket_id": int(self.place), "author_id": SARAH_ID, "body": line, "public": True}
            await self.stage.control("zendesk/comment", comment)
        else:
            ticket = {"requester": SARAH_ID, "subject": "A credit", "body": line, "group_id": SUPPORT}
            self.place = str((await self.stage.control("zendesk/ticket", ticket))["id"])

    async def heard(self) -> list[str]:
        """Return what the bot said here, oldest first."""
        state = await self.stage.state()
        return self._on_ticket(state) if self.is_ticket else self._in_thread(state)

    def _on_ticket(self, state: Any) -> list[str]:
        ticket = next(ticket for ticket in state["zendesk"]["tickets"] if str(ticket["id"]) == self.place)
        return [c["body"] for c in ticket["comments"] if c["author_id"] == BOT_ID and c["public"]]

    def _in_thread(self, state: Any) -> list[str]:
        thread = [message for message in state["slack"]["messages"] if message["thread_ts"] == self.place]
        return [said(message) for message in thread if message["user"] == BOT and not message["streaming"]]

    async def hears(self, words: str) -> None:
        async def heard() -> bool:
            return any(words in text for text in await self.heard())

        try:
            await wait_until(heard, PATIENCE_SECONDS)
        except TimeoutError as error:
            raise AssertionError(f"{self.conversation} never heard “{words}”: {await self.heard()}") from error


class Workers:
    """One worker at a time."""

    def __init__(self, stage: Machine) -> None:
        self._stage = stage
        self._pid = 0

    async def new(self, *deadly: str) -> None:
        """Replace the worker by one that dies at one of these points."""
        if self._pid:
            signal_quietly(self._pid, signal.SIGKILL)
            await wait_until(self.is_dead, what="a death")
        self._pid = await self._stage.born("worker", points=dict.fromkeys(deadly, 1), stops=())

    def is_dead(self) -> bool:
        return not is_alive(self._pid)


async def test_wherever_the_worker_dies_there_is_one_commit_one_audit_row_and_one_message(tmp_path: Path) -> None:
    async with machine(tmp_path, ALONE) as stage:
        await stage.born("web", "--port", stage.bot.rpartition(":")[2], points={}, stops=())
        await wait_until(stage.web_answers, PATIENCE_SECONDS, what="the web app")
        workers = Workers(stage)
        offered = _customers(stage, PROPOSAL_STEPS, is_ticket=False)
        agreed = _customers(stage, YES_STEPS, is_ticket=False)
        on_tickets = _customers(stage, TICKET_YES_STEPS, is_ticket=True)
        customers = [*offered.values(), *agreed.values(), *on_tickets.values()]

        await _dying(workers, offered, ASK, OFFERED)
        await _all_say([*agreed.values(), *on_tickets.values()], ASK)
        await _all_hear(customers, OFFERED)
        await _dying(workers, agreed, "yes", DONE)
        await _dying(workers, on_tickets, "yes", DONE)
        await _all_say(offered.values(), "yes")
        await _all_hear(customers, DONE)

        told = {customer.conversation: _told(await customer.heard()) for customer in customers}
        books = _books(stage.folder / "data" / "desk.db")
        deaths = stage.deaths()

    once = {customer.conversation: 1 for customer in customers}
    assert told == once
    assert books == (once, len(once))
    assert len(deaths) == len(customers)


def _customers(stage: Machine, steps: Sequence[str], *, is_ticket: bool) -> dict[str, Customer]:
    """One for each point at which a worker dies."""
    return {point: Customer(stage, is_ticket=is_ticket) for point in points(steps)}


async def _all_say(customers: Iterable[Customer], line: str) -> None:
    for customer in customers:
        await customer.says(line)


async def _all_hear(customers: Iterable[Customer], words: str) -> None:
    for customer in customers:
        await customer.hears(words)


async def _dying(workers: Workers, customers: Mapping[str, Customer], line: str, answer: str) -> None:
    """Let each customer write while the worker dies at their point; what it leaves, the next one finds.

    Now and then one lives on: a turn that so many workers died of would go to people.
    """
    left = list(customers.items())
    while left:
        dying, left = left[:AT_ONCE], left[AT_ONCE:]
        for point, customer in dying:
            await workers.new(point)
            await customer.says(line)
            await wait_until(workers.is_dead, PATIENCE_SECONDS, what=f"a death {point}")
        await workers.new()
        for _, customer in dying:
            await customer.hears(answer)


def _told(texts: Sequence[str]) -> int:
    return sum(DONE in text for text in texts)


def _books(file: Path) -> tuple[dict[str, int], int]:
    """Return the audit rows of each conversation, and the credits that were given."""
    with closing(sqlite3.connect(file)) as books:
        rows = dict(books.execute("SELECT conversation, count(*) FROM frontdesk_audit GROUP BY conversation"))
        [[given]] = books.execute("SELECT count(*) FROM store_credits")
    return rows, given
