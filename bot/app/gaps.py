"""Opens what gaps are collected and read with: the audit, the database, and the desk's sentence model."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.app.database_look import database_url
from bot.app.sentences import open_sentences
from bot.app.settings import Settings
from bot.app.store import WallClock, open_store
from bot.desk.database import Database
from bot.desk.knowledge.documents import read_knowledge
from bot.desk.knowledge.passages import Passage
from bot.desk.loading.desk import Desk, load_rules
from bot.gaps.collector import Collector
from bot.gaps.contradictions import Contradiction, contradictions
from bot.gaps.store import GapStore
from bot.store.records.audit_log import Audit, copy_all
from bot.store.records.conversations import Conversations
from bot.store.redis import Scripts

if TYPE_CHECKING:
    from bot.app.container import Engine
    from bot.desk.knowledge.sentences import Sentences
    from bot.runtime.periodic import Work


async def collecting(engine: "Engine") -> "Work":
    """Return the rounds that collect gaps while a worker runs; the desk may be another one in each."""

    def sentences() -> "AbstractAsyncContextManager[Sentences | None]":
        return open_sentences(engine.settings, engine.at_work.policy, engine.clock)

    known = Known()

    async def work(_anew: bool) -> None:
        store = GapStore(engine.data)
        collector = Collector(
            *(Audit(engine.client), engine.conversations, store, lambda: engine.at_work.desk),
            sentences=sentences,
            retention_days=engine.settings.frontdesk_retention_days,
        )
        await collector.collect(engine.clock.now())
        passages = engine.at_work.desk.knowledge.passages()
        await known.compare(passages, store)
        await store.note_answered({passage.source for passage in passages}, engine.clock.now())

    return work


class Known:
    """The articles that were compared last: what has not changed needs no second look."""

    def __init__(self) -> None:
        self._passages: frozenset[Passage] | None = None

    async def compare(self, passages: Sequence[Passage], store: GapStore) -> None:
        """Look for contradictions where any article has changed."""
        now = frozenset(passages)
        if now == self._passages:
            return
        await store.replace_contradictions(await asyncio.to_thread(contradictions, passages))
        self._passages = now


@dataclass(frozen=True)
class OpenGaps:
    """What a command works with.

    Args:
        desk: its rules alone.
        now: Unix seconds.
    """

    desk: Desk
    store: GapStore
    now: float

    async def contradictions(self) -> Sequence[Contradiction]:
        """Return where articles contradict each other: the desk's own now, the others as a worker saw them last."""
        own = contradictions(read_knowledge(self.desk.folder, []))
        seen = await self.store.contradictions()
        return list({each.id: each for each in (*own, *seen)}.values())


@asynccontextmanager
async def open_gaps(settings: Settings) -> AsyncIterator[OpenGaps]:
    """Yield the gaps, with everything in them that has happened until now.

    Raises:
        ConfigError: store, database or desk cannot be used.
        TemporaryFailure: the store is down.
    """
    clock = WallClock()
    async with AsyncExitStack() as stack:
        desk = load_rules(settings.frontdesk_desk)
        client = await stack.enter_async_context(open_store(settings))
        data = await Database.reached(database_url(settings))
        stack.push_async_callback(data.close)
        await data.bring_up()
        scripts, store = Scripts(client), GapStore(data)
        await copy_all(scripts)
        collector = Collector(
            *(Audit(client), Conversations(scripts, clock), store, lambda: desk),
            sentences=partial(open_sentences, settings, desk.policy, clock),
            retention_days=settings.frontdesk_retention_days,
        )
        await collector.collect(clock.now())
        yield OpenGaps(desk, store, clock.now())


async def forget_conversation(settings: Settings, name: str) -> int:
    """Take what is kept of a conversation out of the gaps; counts stay. Return how many entries that were.

    Raises:
        ConfigError: the database does not answer, or its tables are older.
    """
    data = await Database.reached(database_url(settings))
    try:
        await data.bring_up()
        return await GapStore(data).forget_conversation(name)
    finally:
        await data.close()
