"""Answers one past ticket as the desk would have, by the clock of then; nothing is written outside of the room.

A room has a store in memory, a help desk that only listens, a database that refuses writes, no channel and no mail.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from bot.app.container import open_engine
from bot.app.rehearsal import RehearsalModels, open_for_reading, seed_for_reading
from bot.app.sentences import open_sentences
from bot.app.server import working
from bot.app.settings import Settings, load_settings
from bot.app.stand_ins import StandIns
from bot.app.store import WallClock
from bot.data_folder import own_folder
from bot.desk.cases import Case, TurnOfCase
from bot.desk.database.read_only import ReadOnlyDatabase
from bot.desk.knowledge.passages import Passage
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.desk.policy.autonomy import Autonomy
from bot.desk.tools.customer import Customer
from bot.domain.transcript import Role
from bot.evals.books import InMemoryTickets
from bot.evals.play import EvalTalk, Happened, Played, PlayedStep
from bot.evals.replay.prepare import Prepared
from bot.evals.rooms import MOST_ROOMS, without_vendors
from bot.replay.answers import DeskAnswer, Handed, Proposed
from bot.replay.past_tickets import Person
from bot.store.embedded import EmbeddedRedis
from bot.store.records.conversations import View
from bot.turn.routing.learning import router_of

PARALLEL = 4

Articles = Mapping[str, Sequence[Passage]]
"""Passages by the id of their article."""

_NO_MAIL = {
    "frontdesk_smtp_url": "",
    "frontdesk_approvals_channel": "",
    "frontdesk_triage_channel": "",
    "frontdesk_api_keys": (),
}
"""What is left out of a room beside the vendors."""
_OFFERS = frozenset({"propose", "reason", "approval"})
_REASON = "Reason for handing over:**"


class ClockOfThen:
    """Time that goes on from a moment in the past."""

    def __init__(self, then: float) -> None:
        self._then = then
        self._began = time.monotonic()

    def now(self) -> float:
        """Return Unix seconds."""
        return self._then + time.monotonic() - self._began


class PastTalk(EvalTalk):
    """One ticket's conversation; what the desk's books hold from before is none of its doing."""

    view: View | None = None

    async def _done(self) -> list[Happened]:
        return []

    async def _step(self, says: str, answer: str, view: View) -> Any:
        self.view = view
        return await super()._step(says, answer, view)


@asynccontextmanager
async def open_rooms(
    settings: Settings, desk: Desk, models: RehearsalModels, articles: Articles
) -> AsyncIterator["Rooms"]:
    """Yield rooms whose store writes nothing to disk, and ends with them.

    Args:
        articles: what the desk knows beside its own files.

    Raises:
        ConfigError: there is no Redis to embed.
    """
    with TemporaryDirectory(prefix="frontdesk-replay-") as folder:
        server = EmbeddedRedis(Path(folder), is_kept=False)
        await asyncio.to_thread(server.start)
        try:
            await _learn_once(settings, desk)
            data = await open_for_reading(settings, desk)
            base = data or await seed_for_reading(own_folder(Path(folder) / "base"), desk, WallClock())
            try:
                yield Rooms(settings, desk, models, articles, Path(folder), server.url, base, is_seeded=data is None)
            finally:
                await base.close()
        finally:
            await asyncio.to_thread(server.close)


async def _learn_once(settings: Settings, desk: Desk) -> None:
    """Learn here what every room needs, so that not several of them do beside each other; it is kept for all starts."""
    folder = own_folder(settings.frontdesk_data_dir)
    async with open_sentences(settings, desk.policy, WallClock()) as sentences:
        for known in {None, sentences}:
            await router_of(desk, folder, known)


class Rooms:
    """Answers tickets, some of them at once.

    Args:
        base: the desk's data.
        is_seeded: whether that are its first rows, for want of any other: then every room has them by its own clock.
    """

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        models: RehearsalModels,
        articles: Articles,
        folder: Path,
        redis_url: str,
        base: ReadOnlyDatabase,
        *,
        is_seeded: bool,
    ) -> None:
        self._settings = without_vendors(settings) | _NO_MAIL
        self._desk = desk
        self._models = models
        self._folder = folder
        self._redis_url = redis_url
        self.base = base
        self.articles = articles
        self._is_seeded = is_seeded
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for number in range(min(PARALLEL, MOST_ROOMS)):
            self._free.put_nowait(number)

    @asynccontextmanager
    async def reading(self, then: float) -> AsyncIterator[ReadOnlyDatabase]:
        """Yield the data that a ticket of that time is answered from."""
        if not self._is_seeded:
            yield self.base
            return
        folder = self._folder / uuid4().hex
        folder.mkdir()
        found = await seed_for_reading(folder, self._desk, ClockOfThen(then))
        try:
            yield found
        finally:
            await found.close()

    async def answer(self, asked: Prepared, then: float, is_over: Callable[[], bool]) -> DeskAnswer | None:
        """Return what the desk would have answered at that time, None where the limit of the cost came between.

        Args:
            is_over: asked when there is room: whether that limit is reached by now.
        """
        number = await self._free.get()
        try:
            if is_over():
                return None
            async with self.reading(then) as data:
                return await self._answer(asked, then, data, number)
        finally:
            self._free.put_nowait(number)

    async def _answer(self, asked: Prepared, then: float, data: ReadOnlyDatabase, number: int) -> DeskAnswer | None:
        began, refused = time.monotonic(), data.refused.count
        models, calls = self._models.masked(asked.mask.deep)
        own: dict[str, Any] = {
            "redis_url": f"{self._redis_url}?db={number}",
            "frontdesk_desk": str(self._desk.folder),
        }
        book = InMemoryTickets()
        instead = StandIns(self._fresh_desk(), models, data.showing(_masked_customer(asked)))
        async with open_engine(
            load_settings(**self._settings | own),
            concurrency=1,
            clock=ClockOfThen(then),
            tickets=book,
            instead=instead,
        ) as engine:
            await engine.client.flushdb()
            async with working(engine.worker):
                talk = PastTalk(engine, book, _case(asked))
                played = await talk.played()
        if calls.is_stopped:
            return None
        if calls.is_failing:
            return DeskAnswer(trouble="the model did not answer")
        held_back = {**_held_back(book), "database": data.refused.count - refused}
        seconds = time.monotonic() - began
        return _answer_of(played, talk.view, held_back, seconds).masked(asked.mask)

    def _fresh_desk(self) -> Desk:
        """Return the desk as it would answer by itself: what its dial holds back today is what is to be judged."""
        desk = load_desk(str(self._desk.folder))
        for name, passages in self.articles.items():
            desk.knowledge.replace(name, passages)
        return replace(desk, policy=desk.policy.model_copy(update={"autonomy": Autonomy()}))


def _case(asked: Prepared) -> Case:
    return Case(name="past ticket", customer=asked.customer_id, turns=(TurnOfCase(says=asked.question),))


def _masked_customer(asked: Prepared) -> Callable[[Customer], Customer]:
    """Return what shows a customer of the desk without their name and address."""
    requester = asked.ticket.requester

    def shown(customer: Customer) -> Customer:
        is_requester = requester is not None and customer.id == asked.customer_id
        person = Person(requester.id if requester and is_requester else customer.id, customer.name, customer.email)
        return replace(customer, name=asked.mask.know(person), email=asked.mask.email(customer.email))

    return shown


def _held_back(book: InMemoryTickets) -> Mapping[str, int]:
    """Count what a help desk would have got."""
    return {"tickets": len(book.opened), "comments": sum(bool(update.comment) for update in book.updated)}


def _answer_of(played: Played, view: View | None, held_back: Mapping[str, int], seconds: float) -> DeskAnswer:
    if view is None or not played.steps:
        return DeskAnswer(trouble=played.trouble or "no answer", seconds=seconds, held_back=held_back)
    step = played.steps[-1]
    return DeskAnswer(
        text=step.answer,
        specialist=step.specialist,
        calls=tuple(name for name, _ in step.calls),
        found=tuple(entry.text for entry in view.entries if entry.role is Role.TOOL_OUTPUT),
        proposed=tuple(_proposed(effect) for effect in step.effects if effect.kind in _OFFERS),
        handed=_handed(step),
        held_back=held_back,
        spent=played.spent,
        seconds=round(seconds, 2),
        trouble=played.trouble,
    )


def _proposed(effect: Happened) -> Proposed:
    amount = "" if effect.amount is None else f"{effect.amount:.2f}"
    return Proposed(effect.action, effect.subject, amount)


def _handed(step: PlayedStep) -> Handed | None:
    made = [effect for effect in step.effects if effect.kind == "escalate"]
    return Handed(made[-1].group, made[-1].priority, _reason(step.notes)) if made else None


def _reason(notes: str) -> str:
    lines = (line for line in notes.splitlines() if _REASON in line)
    return next(lines, "").partition(_REASON)[2].strip()
