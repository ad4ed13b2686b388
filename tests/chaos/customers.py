"""Customers who write line after line, whatever happens to the front desk."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from tests.chaos.machine import Machine
from tests.chaos.plan import Plan
from tests.flow.harness.frontdesk import ERIN, HELP, MARCUS, SARAH, SHARED

TEAM = "T0FRONTDSK"
ZENDESK_SUBJECT = "A question"
CONFIRM = "frontdesk_confirm"
CREDIT = " [credit]"
TOLD = ("Done: ", "I have not done this")
ASKED_AGAIN = "still waiting for your yes"
OFFER_SECONDS = 200.0
LOOK_SECONDS = 1.0


@dataclass
class Talk:
    """One conversation as its customer knows it.

    Args:
        name: `c` and its number; line `m` of it carries the mark `NAMEmM`.
        place: channel id, or the requester's Zendesk user id.
        asks_for_credit: whether the customer asks for money once, says yes to the offer, and waits to be told.
        conversation: the product's id, known once the first line is written.
        written: the marks of what was written, in order.
        agreed: whether the customer said yes.
        is_without_offer: whether the customer asked for a credit and saw no offer.
    """

    name: str
    is_ticket: bool
    author: str
    place: str
    asks_for_human: bool
    asks_for_credit: bool = False
    conversation: str = ""
    ts: str = ""
    ticket: int = 0
    written: list[str] = field(default_factory=list)
    agreed: bool = False
    is_without_offer: bool = False


def talks(plan: Plan, customers: Sequence[str]) -> list[Talk]:
    """Return the conversations of a run; `customers` are Zendesk ids of end users."""
    seats = [(SARAH, HELP), (MARCUS, HELP), (SARAH, SHARED), (ERIN, SHARED)]
    found = []
    for number in range(plan.threads + plan.tickets):
        is_ticket = number >= plan.threads
        author, place = seats[number % len(seats)]
        if is_ticket:
            author = place = customers[number % len(customers)]
        human = bool(plan.human) and number % plan.human == plan.human - 1
        credit = place == HELP and not human and bool(plan.credit) and number % plan.credit == 0
        found.append(Talk(f"c{number}", is_ticket, author, place, human, credit))
    return found


async def write_all(
    machine: Machine, crowd: Sequence[Talk], dice: random.Random, is_wanted: Callable[[], bool]
) -> None:
    """Let everybody write; return when the last line is written.

    Args:
        is_wanted: whether customers go on after the planned lines.
    """
    async with asyncio.TaskGroup() as group:
        for talk in crowd:
            group.create_task(_write(machine, talk, random.Random(dice.random()), is_wanted))


async def _write(machine: Machine, talk: Talk, dice: random.Random, is_wanted: Callable[[], bool]) -> None:
    plan = machine.plan
    await asyncio.sleep(dice.random() * plan.pause * 2)
    special = dice.randrange(1, plan.lines)  # the line that asks for a human or a credit, where one does
    for number in count():
        if number >= plan.lines and not is_wanted():
            return
        if number % 3:
            await asyncio.sleep(dice.expovariate(1 / plan.pause))
        mark = f"{talk.name}m{number}"
        wish = _wish(talk, number, special)
        talk.written.append(mark)
        await _line(machine, talk, f"{mark}: please tell me more{wish}")
        if wish == CREDIT:
            await _agree(machine, talk, by_click=dice.random() < 0.5)


def _wish(talk: Talk, number: int, special: int) -> str:
    """What a line asks of the model, beside its mark."""
    if talk.asks_for_credit and number == special:
        return CREDIT
    if talk.asks_for_human and number == special:
        return " [human]"
    return " [look]" if number % 4 == 1 else ""


async def _agree(machine: Machine, talk: Talk, *, by_click: bool) -> None:
    """Say yes to the offer once it is there, by two clicks or in a word, and write on when told what came of it."""
    try:
        ts, value = await _look(partial(_offered, machine, talk))
    except TimeoutError:
        talk.is_without_offer = True
        return
    talk.agreed = True
    with suppress(TimeoutError):  # the ledger sees what did not come
        while True:
            since = await _say_yes(machine, talk, ts, value, by_click=by_click)
            if await _look(partial(_told, machine, talk, since)) == "told" or by_click:
                return


async def _offered(machine: Machine, talk: Talk) -> tuple[str, str] | None:
    for message in await machine.thread(talk.place, talk.ts):
        elements = [element for block in message.get("blocks") or () for element in block.get("elements", ())]
        for element in elements:
            if element.get("action_id") == CONFIRM:
                return message["ts"], element["value"]
    return None


async def _told(machine: Machine, talk: Talk, since: str) -> str:
    messages = await machine.thread(talk.place, talk.ts)
    texts = {message["ts"]: json.dumps(message) for message in messages}
    if any(mark in text for text in texts.values() for mark in TOLD):
        return "told"
    return "asked again" if any(ts > since and ASKED_AGAIN in text for ts, text in texts.items()) else ""


async def _say_yes(machine: Machine, talk: Talk, ts: str, value: str, *, by_click: bool) -> str:
    """Agree; return the `ts` after which an answer to it stands."""
    if not by_click:
        return await _line(machine, talk, "yes")
    click = {"user": talk.author, "channel": talk.place, "ts": ts, "action_id": CONFIRM, "value": value}
    for _ in range(2):
        await machine.control("slack/click", click)
    return ts


async def _look(found: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a person who looks now and then sees; raises TimeoutError when it does not come."""
    async with asyncio.timeout(OFFER_SECONDS):
        while not (result := await found()):  # noqa: ASYNC110  # a person has no event to wait for
            await asyncio.sleep(LOOK_SECONDS)
        return result


async def say(machine: Machine, talk: Talk, number: int, wish: str = "") -> None:
    """Write the customer's next line."""
    mark = f"{talk.name}m{number}"
    talk.written.append(mark)
    await _line(machine, talk, f"{mark}: please tell me more{wish}")


async def _line(machine: Machine, talk: Talk, text: str) -> str:
    """Write a line; return its `ts`, empty on a ticket."""
    if talk.is_ticket and not talk.ticket:
        body = {"requester": int(talk.place), "subject": ZENDESK_SUBJECT, "body": text}
        talk.ticket = int((await machine.control("zendesk/ticket", body))["id"])
        talk.conversation = f"zendesk:{talk.ticket}"
    elif talk.is_ticket:
        body = {"ticket_id": talk.ticket, "author_id": int(talk.author), "body": text, "public": True}
        await machine.control("zendesk/comment", body)
    else:
        thread = {"thread_ts": talk.ts} if talk.ts else {}
        post = {"user": talk.author, "channel": talk.place, "text": text, **thread}
        ts = str((await machine.control("slack/post", post))["ts"])
        talk.ts = talk.ts or ts
        talk.conversation = f"slack:{TEAM}:{talk.place}:{talk.ts}"
        return ts
    return ""
