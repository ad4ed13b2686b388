"""A month of a desk, told by a script that keeps its own count: what figures say has to be that, to the last one.

    python -m tests.flow.figures.month 2000

Customers write, thank, come back, want people; people answer and rate nothing; time is moved. Meanwhile turns are cut
off in the middle, and whoever counts dies before and after what it writes.
"""

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.figures.report import By, Period, Report
from bot.figures.tables import FiguresDatabase
from bot.figures.writer import FiguresWriter
from bot.store import keys
from bot.store.records.audit_log import Audit, copy_all
from bot.store.redis import Scripts
from tests.conftest import wait_until
from tests.flow.harness.in_memory import InMemoryStage, open_in_memory
from tests.flow.harness.story import DANA_ID, SARAH_ID

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
PATIENCE = 300.0
QUESTIONS = ("How long does standard shipping take?", "How do I reset my password?", "Which cards do you accept?")
WISH, FURY, THANKS = "I want to talk to a human please", "This is unacceptable", "Thanks!"
TOO_LONG = "x" * 5_000
STATES = ("resolved.confirmed", "resolved.presumed", "undone", "escalated", "open")


@dataclass
class Expected:
    """What the script itself knows of one conversation.

    Args:
        first: the day of its first line.
        state: the figure that it counts for in the end.
        on: the day on which it does.
        reason: why people were asked, empty where they were not.
        human: whether a human has written after a hand-over.
    """

    first: date
    state: str = "open"
    on: date | None = None
    answered: bool = False
    reason: str = ""
    human: bool = False

    @property
    def day(self) -> date:
        """The day on which its state counts."""
        return self.on or self.first


@dataclass
class Month:
    """The script: an agenda of what happens when, and its own count.

    Args:
        kills: how often a turn was cut off, or a count died.
    """

    stage: InMemoryStage
    random: Random
    expected: dict[str, Expected] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    _agenda: list[tuple[float, int, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def today(self) -> date:
        """The day, as the desk counts it."""
        return datetime.fromtimestamp(self.stage.clock.now(), UTC).date()

    def at(self, seconds: float, what: Callable[[], Awaitable[None]]) -> None:
        """Let something happen so many seconds from now."""
        heappush(self._agenda, (self.stage.clock.now() + seconds, next(self._numbers), what))

    async def play(self) -> None:
        """Let everything happen in its time; what is due at one time happens together."""
        while self._agenda:
            due = self._agenda[0][0]
            await self.rest()
            await self._count()
            await self.stage._move_on(max(0.0, due - self.stage.clock.now()))
            while self._agenda and self._agenda[0][0] <= self.stage.clock.now() + MINUTE / 2:
                await heappop(self._agenda)[2]()

    async def rest(self) -> None:
        """Wait until everything is done, what the dead have left over too: it is due again a moment later."""
        engine, stage = self.stage.engine, self.stage

        async def is_at_rest() -> bool:
            due = await engine.client.zrange(keys.DUE, 0, -1, withscores=True)
            soon = (time() + _REDELIVERED) * 1000
            waits = [name.decode() for name, at in due if at <= soon]
            return not (waits or engine.worker._running or stage.telling)

        await wait_until(is_at_rest, PATIENCE, "rest")

    def kill_turns(self) -> None:
        """Let turns and deliveries die right before and right after what they store, from now on."""
        outbox = self.stage.engine.worker._deps.outbox
        for name in ("commit", "settle"):
            setattr(outbox, name, self._deadly(name, getattr(outbox, name)))

    def _deadly(self, name: str, store: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def stored(*given: object, **named: object) -> object:
            await self._may_die(f"before {name}")
            done = await store(*given, **named)
            await self._may_die(f"after {name}")
            return done

        return stored

    async def _may_die(self, where: str) -> None:
        task = asyncio.current_task()
        if task is None or self.random.random() > _DEADLY / 10:
            return
        self.kills[where] += task.cancel()
        await asyncio.sleep(0)

    async def _count(self) -> None:
        """Count on, with whoever does it dying here and there."""
        await copy_all(Scripts(self.stage.engine.client))
        writer = FiguresWriter(Audit(self.stage.engine.client), _Dying.counting(self), lambda: UTC)
        try:
            await writer.catch_up()
        except _Died:
            self.kills["counts"] += 1

    async def says(self, name: str, text: str) -> None:
        """A customer writes in a session."""
        author = Author(AuthorId.in_chat("web", f"guest_{name.rpartition(':')[2]}"))
        line = CustomerMessage(
            id=f"{name}:{next(self._numbers)}",
            conversation=ConversationId(name),
            author=author,
            text=text,
            at=self.stage.clock.now(),
            surface=Origin.CHAT,
        )
        await self.stage.engine.inbox.accept(line)

    def begins(self, name: str) -> Expected:
        """Note a conversation's first line."""
        return self.expected.setdefault(name, Expected(self.today))

    @property
    def question(self) -> str:
        """Something that the desk has an answer for."""
        return self.random.choice(QUESTIONS)


_DEADLY = 0.15
_REDELIVERED = 3.0
"""Seconds; whatever is due in them is no deadline of a conversation."""


class _Died(BaseException):
    """The process is gone."""


class _Dying(FiguresDatabase):
    """The database of figures, for a process that may die before or after what it commits."""

    random: Random

    @classmethod
    def counting(cls, month: Month) -> "_Dying":
        found = cls(month.stage.engine.figures._opened()._engine)
        found.random = month.random
        return found

    @asynccontextmanager
    async def writing(self):  # type: ignore[no-untyped-def]
        async with super().writing() as connection:
            yield self._alive(connection)
            self._alive(connection)
        self._alive(connection)

    def _alive(self, connection: AsyncConnection) -> AsyncConnection:
        if self.random.random() < _DEADLY / 2:
            raise _Died
        return connection


async def thanked(month: Month, name: str) -> None:
    """Asks, is answered, says thanks."""
    found = month.begins(name)
    found.state, found.on, found.answered = "resolved.confirmed", month.today, True
    await month.says(name, month.question)
    month.at(10 * MINUTE, lambda: month.says(name, THANKS))


async def silent(month: Month, name: str) -> None:
    """Asks, is answered, and is not heard of again."""
    found = month.begins(name)
    found.state, found.on, found.answered = "resolved.presumed", month.today, True
    await month.says(name, month.question)


async def came_back(month: Month, name: str) -> None:
    """Was glad, and asks something else three days later, which is answered too."""
    await thanked(month, name)

    async def again() -> None:
        found = month.expected[name]
        found.state, found.on = "resolved.presumed", month.today
        await month.says(name, month.question)

    month.at(3 * DAY, again)


async def was_undone(month: Month, name: str) -> None:
    """Was glad, and comes back two days later with what nobody can take in."""
    await thanked(month, name)
    month.expected[name].state = "undone"
    month.at(2 * DAY, lambda: month.says(name, TOO_LONG))


async def came_back_for_people(month: Month, name: str) -> None:
    """Was not answered again, but handed over."""
    await thanked(month, name)
    month.at(2 * DAY, lambda: _hands_over(month, name, WISH, "asked_for_human"))


async def refused(month: Month, name: str) -> None:
    """Writes too much to be answered."""
    month.begins(name)
    await month.says(name, TOO_LONG)


async def wants_people(month: Month, name: str) -> None:
    """Asks for people, and one of them answers."""
    month.begins(name)
    await _hands_over(month, name, WISH, "asked_for_human")
    month.expected[name].human = True
    month.at(20 * MINUTE, lambda: _answers(month, name))


async def is_upset(month: Month, name: str) -> None:
    """Is furious, and nobody has time."""
    month.begins(name)
    await _hands_over(month, name, FURY, "upset")


async def _hands_over(month: Month, name: str, words: str, reason: str) -> None:
    found = month.expected[name]
    found.state, found.on, found.reason = "escalated", None, reason
    await month.says(name, words)


async def _answers(month: Month, name: str) -> None:
    view = await month.stage.engine.conversations.read(name)
    assert view is not None
    assert view.conversation.ticket_id, name
    await month.stage.comments(int(view.conversation.ticket_id), DANA_ID, "I have looked into it for you.")


async def ticket_settled(month: Month, _name: str) -> None:
    """Opens a ticket, and is answered; nothing more."""
    await _opens(month, "resolved.presumed")


async def ticket_undone(month: Month, _name: str) -> None:
    """Thanks on a ticket; a human sees the next day that it was wrong."""
    number = await _opens(month, "undone")
    month.at(10 * MINUTE, lambda: month.stage.comments(number, SARAH_ID, THANKS))
    month.at(DAY, lambda: month.stage.comments(number, DANA_ID, "That was not right, sorry."))


async def ticket_shared(month: Month, _name: str) -> None:
    """A human joins on a ticket before it is settled."""
    number = await _opens(month, "open")
    month.expected[f"zendesk:{number}"].on = None
    month.at(HOUR, lambda: month.stage.comments(number, DANA_ID, "Let me add something."))


async def _opens(month: Month, state: str) -> int:
    number = await month.stage.opens(month.question)
    found = month.begins(f"zendesk:{number}")
    found.state, found.on, found.answered = state, month.today, True
    return number


Kind = Callable[[Month, str], Awaitable[None]]
KINDS: tuple[Kind, ...] = (
    *(thanked, silent, came_back, was_undone, came_back_for_people, refused, wants_people, is_upset),
    *(thanked, silent, thanked, silent, ticket_settled, ticket_undone, ticket_shared),
)
"""In these parts of all."""


@asynccontextmanager
async def opened(redis_url: str, folder: Path, seed: int = 7):  # type: ignore[no-untyped-def]
    """Yield the script before its first day, at midnight."""
    settings = {"frontdesk_lease_seconds": 1, "frontdesk_redelivery_seconds": 1, "frontdesk_rate_per_minute": 5_000}
    async with open_in_memory(redis_url, folder, **settings) as stage:
        stage.clock.advance(DAY - stage.clock.now() % DAY)
        month = Month(stage, Random(seed))
        month.kill_turns()
        yield month


async def play(month: Month, conversations: int, days: int = 30) -> Period:
    """Let a month pass; return it."""
    first = month.today
    kinds = _shuffled(month.random, conversations)
    for number, kind in enumerate(kinds):
        name = f"chat:web:month{number}"
        start = (number * days // conversations) * DAY + 9 * HOUR + (number % 3) * 2 * HOUR
        month.at(start, lambda kind=kind, name=name: kind(month, name))  # type: ignore[misc]
    await month.play()
    for days_later in (4, 8):
        await month.rest()
        await month.stage._move_on(days_later * DAY)  # until whatever is due has happened
    await month.rest()
    await copy_all(Scripts(month.stage.engine.client))
    await month.stage.engine.figures.writer().catch_up()
    return Period(first, first + timedelta(days=days + 11))


def _shuffled(random: Random, conversations: int) -> list[Kind]:
    kinds = [KINDS[number % len(KINDS)] for number in range(conversations)]
    random.shuffle(kinds)
    return kinds


async def differences(month: Month, period: Period) -> list[str]:
    """Return where figures are not what the script has counted."""
    figures, expected = month.stage.engine.figures, month.expected
    reports: dict[By, Report] = {by: await figures.report(period, by) for by in ("day", "week", "channel", "reason")}
    return [
        *_off("total", reports["day"].total, _totals(expected)),
        *[each for by in reports for each in _off(by, reports[by].total, reports["day"].total)],
        *_days_off(reports["day"], expected),
        *_reasons_off(reports["reason"], expected),
        *[each async for each in _lists_off(month, period)],
    ]


def _off(what: str, told, wanted) -> Iterator[str]:  # type: ignore[no-untyped-def]
    for name, number in wanted.items():
        if told[name] != number:
            yield f"{what}: {name} is {told[name]}, the script counted {number}"


def _totals(expected: dict[str, Expected]) -> dict[str, float]:
    talks = expected.values()
    resolved = sum(one.state.startswith("resolved") for one in talks)
    return {
        "conversations": len(expected),
        "answered": sum(one.answered for one in talks),
        **{state: sum(one.state == state for one in talks) for state in STATES},
        "automation_rate": resolved / len(expected),
        "escalation_rate": sum(bool(one.reason) for one in talks) / len(expected),
    }


def _days_off(report: Report, expected: dict[str, Expected]) -> Iterator[str]:
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for one in expected.values():
        days[str(one.first)]["conversations"] += 1
        days[str(one.first)]["answered"] += one.answered
        days[str(one.day)][one.state] += 1
    for row in report.rows:
        yield from _off(row.key, row.values, {name: days[row.key][name] for name in ("conversations", *STATES)})


def _reasons_off(report: Report, expected: dict[str, Expected]) -> Iterator[str]:
    reasons = Counter(one.reason or "none" for one in expected.values())
    for row in report.rows:
        yield from _off(row.key, row.values, {"conversations": reasons.pop(row.key, 0)})
    yield from (f"no row for {reason}" for reason in reasons)


async def _lists_off(month: Month, period: Period):  # type: ignore[no-untyped-def]
    for state in ("conversations", "answered", *STATES):
        wanted = {name for name, one in month.expected.items() if _is_in(one, state)}
        found = await _listed(month, state, period)
        if found != sorted(wanted):
            yield f"{state} opens {len(found)}: {sorted(wanted.symmetric_difference(found))[:5]} should not differ"
    humans = {name for name, one in month.expected.items() if one.human}
    if (found := await _listed(month, "time_to_human.p50", period)) != sorted(humans):
        yield f"time_to_human opens {len(found)}, not {len(humans)}"


def _is_in(one: Expected, figure: str) -> bool:
    return {"conversations": True, "answered": one.answered}.get(figure, one.state == figure)


async def _listed(month: Month, figure: str, period: Period) -> list[str]:
    found: list[str] = []
    after, is_first = "", True
    while is_first or after:
        page = await month.stage.engine.figures.conversations(figure, period, after)
        found, after, is_first = [*found, *page.conversations], page.next, False
    return sorted(found)


async def main(conversations: int) -> int:
    """Play the month on a store of its own, and tell how it went."""
    from bot.store.embedded import EmbeddedRedis

    began = monotonic()
    with TemporaryDirectory() as folder:
        store = EmbeddedRedis(Path(folder) / "store")
        await asyncio.to_thread(store.start)
        try:
            async with opened(store.url, Path(folder) / "data") as month:
                period = await play(month, conversations)
                wrong = await differences(month, period)
        finally:
            await asyncio.to_thread(store.close)
    print("\n".join(wrong) or "figures are what the script counted, to the last conversation")
    print(f"{len(month.expected)} conversations, killed: {dict(month.kills)}, {monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)))
