"""One run: customers write, the scenario is played, everything settles, the ledger is read."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.store import keys
from tests.chaos.customers import Talk, talks, write_all
from tests.chaos.ledger import Tally, count, turns_of
from tests.chaos.machine import Machine, machine
from tests.chaos.plan import Plan
from tests.chaos.scenario import FAULTS, Scenario
from tests.conftest import wait_until

SETTLE_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Result:
    """What one run showed.

    Args:
        unvisited: points at which nothing died.
        credits: how many customers said yes to one.
        model_repeats: questions the model was asked before: what a death took before it was journaled.
        journaled_again: steps that were journaled, and done again nevertheless.
    """

    plan: Plan
    tally: Tally
    visited: tuple[str, ...]
    unvisited: tuple[str, ...]
    worker_kills: int
    web_kills: int
    store_kills: int
    zombies: int
    credits: int
    model_calls: int
    model_repeats: int
    journaled_again: int
    dead_letters: int
    seconds: float
    settle_seconds: float

    @property
    def deaths(self) -> int:
        """Processes that died by `kill -9`."""
        return self.worker_kills + self.web_kills + self.store_kills + len(self.visited)


async def run(plan: Plan, folder: Path) -> Result:
    """Play one run in an empty folder."""
    dice = random.Random(plan.seed)
    began = time.monotonic()
    async with machine(folder, plan) as stage:
        scenario = Scenario(stage, dice)
        await scenario.begin()
        await wait_until(stage.web_answers, what="the web app")
        if plan.faults:
            await stage.control("faults", FAULTS)
        crowd = talks(plan, await customers(stage))
        keeper = asyncio.create_task(scenario.keep_alive())
        go_on = partial(is_wanted, scenario, time.monotonic())
        try:
            await asyncio.gather(write_all(stage, crowd, dice, go_on), scenario.play())
            await scenario.calm()
            written = time.monotonic()
            tally = await _settled(stage, crowd)
            settled = time.monotonic() - written
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        asked = await stage.asked()
        return Result(
            plan=plan,
            tally=tally,
            visited=tuple(stage.deaths()),
            unvisited=tuple(scenario.unvisited),
            worker_kills=scenario.worker_kills,
            web_kills=scenario.web_kills,
            store_kills=scenario.store_kills,
            zombies=scenario.zombies,
            credits=sum(talk.agreed for talk in crowd),
            model_calls=asked["calls"],
            model_repeats=asked["repeated"],
            journaled_again=stage.asked_again(),
            dead_letters=await stage.store.xlen(keys.DEAD),
            seconds=time.monotonic() - began,
            settle_seconds=settled,
        )


def is_wanted(scenario: Scenario, began: float) -> bool:
    """Return whether customers go on after the planned lines."""
    plan, gone = scenario.machine.plan, time.monotonic() - began
    has_enough = len(scenario.machine.deaths()) >= plan.fewest
    return scenario.has_more and gone < (plan.longest if has_enough else max(plan.longest, plan.slowest))


async def customers(stage: Machine) -> list[str]:
    users = (await stage.state())["zendesk"]["users"]
    return [str(user["id"]) for user in users if user["role"] == "end-user"]


async def _settled(stage: Machine, crowd: Sequence[Talk]) -> Tally:
    """Return the tally once nothing is lost and nothing is due, or when patience has an end."""
    tally = Tally()
    end = time.monotonic() + stage.plan.patience
    while time.monotonic() < end:
        await asyncio.sleep(SETTLE_LOOK_SECONDS)
        state = await stage.state()
        tally = count(crowd, state, await _turns(stage, crowd), stage.commits())
        due = await at_work(stage)
        # What a frozen process posted a second time stands there until the thread is read back, seconds later.
        due += sum(member.startswith(b"0 ") for member in await stage.store.zrange(keys.DOUBTS, 0, -1))
        if not tally.lost + tally.credits_lost and not due:
            break
        if tally.lost:
            await remind(stage, crowd, state)
    if tally.failures:
        (stage.folder / "state.json").write_text(json.dumps(await stage.state()))
    return tally


async def at_work(stage: Machine) -> int:
    """Return how many conversations somebody works on, or has to; not those that wait for a look or a deadline."""
    store, count = stage.store, 0
    for member in await store.zrange(keys.DUE, 0, -1):
        name = member.decode()
        waiting = await store.llen(keys.inbox(name)) + await store.llen(keys.outbox(name))
        count += bool(waiting or await store.hget(keys.state(name), "owner"))
    return count


async def remind(stage: Machine, crowd: Sequence[Talk], state: Any) -> None:
    """Zendesk tells nobody twice of what a dead web app missed; the next change of a ticket makes up for it."""
    staff = next(user["id"] for user in state["zendesk"]["users"] if user["name"].startswith("Lee"))
    for talk in crowd:
        if talk.is_ticket:
            tag = {"ticket_id": talk.ticket, "actor_id": staff, "add_tags": [f"seen_{random.randrange(10**9)}"]}
            await stage.control("zendesk/update", tag)


async def _turns(stage: Machine, crowd: Sequence[Talk]) -> dict[str, list[list[str]]]:
    return {talk.conversation: turns_of(await stage.transcript(talk.conversation)) for talk in crowd}
