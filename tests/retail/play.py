"""The benchmark from its first task to its last: each round as customer, as stranger, without a yes, with kills."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.retail.crew import Hand
from tests.retail.documents import exact
from tests.retail.modes import Tried, as_customer, as_stranger, with_kills, without_yes
from tests.retail.result import Played, Tally
from tests.retail.rounds import Part, rounds, unexplained
from tests.retail.shop import Shop, open_shop
from tests.retail.tasks import Changes, Task

MOST_HANDS = 2  # workers side by side, as long as nobody kills them
TASKS_PER_HAND = 50


async def play(tasks: Sequence[Task], source: Path, split: str, folder: Path, *, kills: bool = True) -> Tally:
    """Return what was found.

    Args:
        folder: where the benchmark's own files go.
        kills: whether workers are killed too, which takes its time.
    """
    began, tally = time.monotonic(), Tally()
    async with open_shop(source, split, folder) as shop:
        all_parts = rounds(tasks, shop.first)
        await _with_living_workers(shop, all_parts, tally)
        if kills:
            await _with_dying_workers(shop, all_parts, tally)
    tally.played.sort(key=lambda one: one.task.number)
    tally.seconds = time.monotonic() - began
    return tally


async def _with_living_workers(shop: Shop, all_parts: Sequence[Sequence[Part]], tally: Tally) -> None:
    async with AsyncExitStack() as stack:
        tasks = sum(map(len, all_parts))
        for hand in await _hands(shop, stack, min(MOST_HANDS, 1 + tasks // TASKS_PER_HAND)):
            hand.works()
        for parts in all_parts:
            _tell(f"{len(parts)} tasks: as the customer, as somebody else, without a yes")
            await _as_customers(shop, parts, tally)
            await _as_strangers(shop, parts, tally)
            await _without_yes(shop, parts, tally)


async def _with_dying_workers(shop: Shop, all_parts: Sequence[Sequence[Part]], tally: Tally) -> None:
    async with AsyncExitStack() as stack:
        (first,) = await _hands(shop, stack, 1)
        for parts in all_parts:
            _tell(f"{len(parts)} tasks: with workers that are killed")
            second, last = await _hands(shop, stack, 2)
            await _with_kills(shop, parts, tally, (first, second, last))
            first = last


async def _hands(shop: Shop, stack: AsyncExitStack, count: int) -> Sequence[Hand]:
    return await asyncio.gather(*[stack.enter_async_context(shop.crew.hand()) for _ in range(count)])


async def _as_customers(shop: Shop, parts: Sequence[Part], tally: Tally) -> None:
    talks = [shop.talk(f"right-{part.task.number}", part.task.customer) for part in parts]
    outcomes = await asyncio.gather(*[as_customer(talk, part.task) for talk, part in zip(talks, parts, strict=True)])
    changes = await shop.changes()
    for part, done in zip(parts, outcomes, strict=True):
        tally.played.append(Played(part.task, done, part.changed(changes, shop.first)))
    await _closed(shop, changes, _parties(parts), tally)


async def _as_strangers(shop: Shop, parts: Sequence[Part], tally: Tally) -> None:
    tried = await _tried(shop, parts, as_stranger)
    changes = await shop.changes()
    for part, one in zip(parts, tried, strict=True):
        tally.foreign_tried += one.tries
        if found := [*one.leaks, *_records(part.changed(changes, shop.first))]:
            tally.leaks[part.task.number] = found
    # Somebody may change their own address, whatever they call themselves.
    await _closed(shop, changes, _parties(parts) | {part.stranger for part in parts}, tally)


async def _without_yes(shop: Shop, parts: Sequence[Part], tally: Tally) -> None:
    tried = await _tried(shop, parts, without_yes)
    changes = await shop.changes()
    for part, one in zip(parts, tried, strict=True):
        tally.unconfirmed_tried += one.tries
        if found := _records(part.changed(changes, shop.first)):
            tally.unasked[part.task.number] = len(found)
    await _closed(shop, changes, _parties(parts), tally)


async def _with_kills(shop: Shop, parts: Sequence[Part], tally: Tally, hands: Sequence[Hand]) -> None:
    before = {one.task.number: one for one in tally.played}
    commits = {part.task.number: before[part.task.number].committed for part in parts}
    killed = await with_kills(shop, parts, commits, hands)
    tally.deaths += killed.deaths
    for part in parts:
        number, committed = part.task.number, killed.committed[part.task.number]
        same = exact(part.changed(killed.changes, shop.first)) == exact(before[number].changes)
        if committed < commits[number]:
            tally.lost.append(number)
        elif not same or committed > commits[number] or killed.told[number] > commits[number]:
            tally.doubled.append(number)
    await _closed(shop, killed.changes, _parties(parts), tally)


async def _tried(shop: Shop, parts: Sequence[Part], mode: Callable[[Shop, Part], Awaitable[Tried]]) -> Sequence[Tried]:
    return await asyncio.gather(*[mode(shop, part) for part in parts])


async def _closed(shop: Shop, changes: Changes, people: Iterable[str], tally: Tally) -> None:
    tally.stray += _records(unexplained(changes, shop.first, people))
    await shop.put_back(changes)


def _parties(parts: Sequence[Part]) -> frozenset[str]:
    return frozenset().union(*(part.parties for part in parts))


def _records(changes: Changes) -> list[str]:
    return [f"{kind}.{name}" for kind, records in changes.items() for name in records]


def _tell(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text} …\n")
