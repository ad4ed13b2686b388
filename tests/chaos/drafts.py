"""One run in which nobody is answered without a human: customers write, people decide in a hurry, everything dies.

While nobody decides the bot says nothing. Then several people send every open draft at once, by tags set three times
over and by buttons pressed twice: each customer reads one answer, and it is the draft that was sent.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.customers import Talk, talks, write_all
from tests.chaos.machine import TRIAGE, Machine, machine
from tests.chaos.model import MARK
from tests.chaos.plan import Plan
from tests.chaos.run import at_work, customers, is_wanted, remind
from tests.chaos.scenario import FAULTS, Scenario
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, DANA, said

SEND_TAG, ESCALATED_TAG = "frontdesk_send", "frontdesk_escalated"
SEND_BUTTON = "frontdesk_draft_send"
AGENTS = (1002, 1003)
_HEAD = re.compile(r"\AFrontdesk draft (\w+)\s")
_CARD_HEAD = re.compile(r"Frontdesk draft (\w+)")
LOOK_SECONDS, REMIND_SECONDS, PATIENCE_SECONDS = 0.5, 5.0, 60.0


@dataclass(frozen=True)
class DraftResult:
    """What one run showed.

    Args:
        lines: written by customers.
        drafts: shown to people.
        early: answers that a customer read before anybody had sent one.
        answered: answers that customers read in the end.
        twice: answers that stand there more than once.
        uncalled: answers that are no draft that somebody sent.
        shown_twice: drafts of which two notes or cards exist.
        unanswered: conversations whose draft was sent and never said.
        handed_over: conversations that people have, because a turn failed too often on a crowded machine.
    """

    lines: int
    drafts: int
    early: int
    answered: int
    twice: int
    uncalled: int
    shown_twice: int
    unanswered: int
    handed_over: int
    deaths: int
    seconds: float
    troubles: tuple[str, ...] = ()

    @property
    def failures(self) -> int:
        """Everything that must not be."""
        return self.early + self.twice + self.uncalled + self.shown_twice + self.unanswered


@dataclass
class Seen:
    """What stands at the vendors.

    Args:
        drafts: by conversation, each draft's text by its ID.
        answers: by conversation, what the bot said to its customer.
        shown: how many notes and cards a draft has.
        cards: the cards with buttons, by the draft's ID.
        handed_over: conversations that people have.
    """

    drafts: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    shown: Counter[str] = field(default_factory=Counter)
    cards: dict[str, str] = field(default_factory=dict)
    handed_over: set[str] = field(default_factory=set)


async def run_drafts(plan: Plan, folder: Path) -> DraftResult:
    """Play one run in an empty folder."""
    dice, began = random.Random(plan.seed), time.monotonic()
    async with machine(folder, plan) as stage:
        scenario = Scenario(stage, dice)
        await scenario.begin()
        await wait_until(stage.web_answers, what="the web app")
        await stage.control("faults", FAULTS)
        crowd = talks(plan, await customers(stage))
        keeper = asyncio.create_task(scenario.keep_alive())
        try:
            wanted = partial(is_wanted, scenario, time.monotonic())
            await asyncio.gather(write_all(stage, crowd, dice, wanted), scenario.play())
            await _all_drafted(stage, crowd)
            before = seen_of(crowd, await stage.state())
            await asyncio.gather(_everybody_sends(stage, crowd, before, dice), scenario.play())
            await scenario.calm()
            await _all_said(stage, crowd, dice)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        after = seen_of(crowd, await stage.state())
        deaths = len(stage.deaths()) + scenario.worker_kills + scenario.web_kills + scenario.store_kills
    return tally(crowd, before, after, deaths, time.monotonic() - began)


def tally(crowd: Sequence[Talk], before: Seen, after: Seen, deaths: int, seconds: float) -> DraftResult:
    """Return what was said, held against what was sent."""
    counts = [_count(talk, after) for talk in crowd]
    twice, uncalled, unanswered = (sum(column) for column in zip(*counts, strict=True))
    return DraftResult(
        lines=sum(len(talk.written) for talk in crowd),
        drafts=sum(map(len, after.drafts.values())),
        early=sum(map(len, before.answers.values())),
        answered=sum(map(len, after.answers.values())),
        twice=twice,
        uncalled=uncalled,
        shown_twice=sum(count - 1 for count in after.shown.values()),
        unanswered=unanswered,
        handed_over=len(after.handed_over),
        deaths=deaths,
        seconds=seconds,
        troubles=(
            *(f"{name} was answered before anybody had sent anything" for name in before.answers),
            *(
                f"{talk.conversation}: {twice} twice, {uncalled} uncalled, {unanswered} unanswered"
                for talk, (twice, uncalled, unanswered) in zip(crowd, counts, strict=True)
                if twice or uncalled or unanswered
            ),
        ),
    )


def _count(talk: Talk, seen: Seen) -> tuple[int, int, int]:
    """Return the answers that stand there too often, those that are no draft, and whether there is none."""
    texts = seen.answers.get(talk.conversation, [])
    if talk.conversation in seen.handed_over:
        return len(texts) - len(set(texts)), 0, 0
    answers = list(map(_marks_of, texts))
    drafts = set(map(_marks_of, seen.drafts.get(talk.conversation, {}).values()))
    return len(answers) - len(set(answers)), sum(one not in drafts for one in answers), int(not answers)


def seen_of(crowd: Sequence[Talk], state: Any) -> Seen:
    """Return what the vendors hold."""
    seen = Seen()
    tickets = {f"zendesk:{ticket['id']}": ticket for ticket in state["zendesk"]["tickets"]}
    for name, ticket in tickets.items():
        if ESCALATED_TAG in ticket["tags"]:
            seen.handed_over.add(str(ticket["external_id"] or name))
    for talk in crowd:
        if talk.conversation in tickets:
            _see_ticket(seen, talk.conversation, tickets[talk.conversation], state["zendesk"]["me"]["id"])
    for message in state["slack"]["messages"]:
        if message["user"] == BOT:
            _see_message(seen, message, crowd)
    return seen


def _see_message(seen: Seen, message: Any, crowd: Sequence[Talk]) -> None:
    if message["channel"] == TRIAGE:
        _see_card(seen, message, {talk.name: talk.conversation for talk in crowd})
        return
    place = (message["channel"], message["thread_ts"])
    for talk in crowd:
        if (talk.place, talk.ts) == place:
            seen.answers.setdefault(talk.conversation, []).append(said(message))


def _see_ticket(seen: Seen, conversation: str, ticket: Any, me: int) -> None:
    for comment in ticket["comments"]:
        if comment["author_id"] != me:
            continue
        if comment["public"]:
            seen.answers.setdefault(conversation, []).append(comment["body"])
        elif found := _HEAD.match(comment["body"]):
            seen.shown[found[1]] += 1
            seen.drafts.setdefault(conversation, {})[found[1]] = comment["body"]


def _see_card(seen: Seen, message: Any, names: Mapping[str, str]) -> None:
    text = said(message)
    found, marks = _CARD_HEAD.search(text), MARK.search(text)
    if not (found and marks):
        return
    seen.shown[found[1]] += 1
    seen.drafts.setdefault(names[marks[0].split("m")[0]], {})[found[1]] = text
    if any(block["type"] == "actions" for block in message["blocks"] or ()):
        seen.cards[found[1]] = message["ts"]


def _marks_of(text: str) -> str:
    return " ".join(sorted(set(MARK.findall(text))))


async def _all_drafted(stage: Machine, crowd: Sequence[Talk]) -> None:
    """Wait until the newest line of everybody stands in a draft; what a dead web app missed is told once more."""
    end, reminded = time.monotonic() + stage.plan.patience + PATIENCE_SECONDS, time.monotonic()
    while time.monotonic() < end:
        await asyncio.sleep(LOOK_SECONDS)
        state = await stage.state()
        seen = seen_of(crowd, state)
        behind = [talk for talk in crowd if _is_behind(talk, seen)]
        if not behind and not await at_work(stage):
            return
        if behind and time.monotonic() - reminded > REMIND_SECONDS:
            await remind(stage, behind, state)
            reminded = time.monotonic()


def _is_with_people(talk: Talk, seen: Seen) -> bool:
    return talk.conversation in seen.handed_over


def _is_behind(talk: Talk, seen: Seen) -> bool:
    if _is_with_people(talk, seen):
        return False
    return not any(talk.written[-1] in text for text in seen.drafts.get(talk.conversation, {}).values())


async def _everybody_sends(stage: Machine, crowd: Sequence[Talk], seen: Seen, dice: random.Random) -> None:
    async with asyncio.TaskGroup() as group:
        for talk in crowd:
            if talk.is_ticket:
                group.create_task(_tags(stage, talk, dice.random()))
        for draft, ts in seen.cards.items():
            group.create_task(_presses(stage, draft, ts, dice.random()))


async def _tags(stage: Machine, talk: Talk, pause: float) -> None:
    """Two people apply the macro, one of them twice; every change is told to the bot."""
    await asyncio.sleep(pause)
    for agent in (*AGENTS, AGENTS[0]):
        change: Mapping[str, Any] = {"ticket_id": talk.ticket, "actor_id": agent, "add_tags": [SEND_TAG]}
        await stage.control("zendesk/update", change)


async def _presses(stage: Machine, draft: str, ts: str, pause: float) -> None:
    await asyncio.sleep(pause)
    click = {"user": DANA, "channel": TRIAGE, "ts": ts, "action_id": SEND_BUTTON, "value": draft}
    await asyncio.gather(*(stage.control("slack/click", click) for _ in range(2)))


async def _all_said(stage: Machine, crowd: Sequence[Talk], dice: random.Random) -> None:
    """Wait until everybody has an answer; who was not heard, because a web app was dead, sends once more."""
    end, reminded = time.monotonic() + stage.plan.patience + PATIENCE_SECONDS, time.monotonic()
    while time.monotonic() < end:
        await asyncio.sleep(LOOK_SECONDS)
        seen = seen_of(crowd, await stage.state())
        silent = [talk for talk in crowd if not (seen.answers.get(talk.conversation) or _is_with_people(talk, seen))]
        if not silent and not await at_work(stage):
            return
        if silent and time.monotonic() - reminded > REMIND_SECONDS:
            await _everybody_sends(stage, silent, seen, dice)
            reminded = time.monotonic()
