"""Collects gaps: reads the audit from where the last round ended, and keeps what was asked, masked, in its gap."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.desk.loading.desk import Desk
from bot.domain.audit import AuditEvent
from bot.gaps.entries import Entry, Reason, Signal, gap_id
from bot.gaps.grouping import Meanings, nearest
from bot.gaps.masking import mask_of
from bot.gaps.said import answer_of, question_of
from bot.gaps.signals import is_missed, signals
from bot.gaps.store import GapStore
from bot.store.records.audit_log import Audit
from bot.store.records.conversations import Conversations, View

if TYPE_CHECKING:
    from bot.desk.knowledge.sentences import Sentences

EVERY_SECONDS = 60.0
DAY_SECONDS = 86_400.0

OpenModel = Callable[[], "AbstractAsyncContextManager[Sentences | None]"]


@dataclass(frozen=True)
class Collector:
    """Reads the audit, and what was said in the conversations that it names.

    Args:
        desk: returns the desk that is at work.
        sentences: opens its sentence model, which is asked only where something new was found.
        retention_days: after which every word goes.
    """

    audit: Audit
    conversations: Conversations
    store: GapStore
    desk: Callable[[], Desk]
    sentences: OpenModel
    retention_days: float

    async def collect(self, now: float) -> int:
        """Read on; return how many events were read.

        Args:
            now: Unix seconds.

        Raises:
            TemporaryFailure: the store is down.
        """
        await self.store.fade(now - self.retention_days * DAY_SECONDS)
        count, place = 0, await self.store.position()
        while rows := await self.audit.everything(place):
            last = rows[-1][0]
            if not await self._take([event for _, event in rows], place, last):
                break  # somebody else reads on
            count, place = count + len(rows), last
        return count

    async def _take(self, events: Sequence[AuditEvent], before: str, after: str) -> bool:
        found = await self._entries(await self._confirmed(signals(events)))
        answers = await self._answers({event.conversation for event in events})
        return await self.store.write(found, answers, before, after)

    async def _confirmed(self, found: Iterable[Signal]) -> list[Signal]:
        """Leave out a search that missed in a turn in which another one did not."""
        return [signal for signal in found if signal.reason is not Reason.NO_ARTICLE or await self._missed(signal)]

    async def _missed(self, signal: Signal) -> bool:
        return is_missed(signal.turn, await self.audit.story(signal.conversation))

    async def _entries(self, found: Sequence[Signal]) -> list[tuple[Signal, Entry]]:
        """Return what is written of each, with its gap."""
        if not found:
            return []
        gaps = {gap: list(entries) for gap, entries in (await self.store.compared()).items()}
        entries: list[tuple[Signal, Entry]] = []
        async with self._meanings() as meanings:
            for signal in found:
                entry = await self._entry(signal, meanings, gaps)
                if entry:
                    gaps.setdefault(entry.gap, []).insert(0, entry)
                    entries.append((signal, entry))
        return entries

    @asynccontextmanager
    async def _meanings(self) -> AsyncIterator[Meanings]:
        async with self.sentences() as model:
            yield Meanings(model)

    async def _entry(self, signal: Signal, meanings: Meanings, gaps: Mapping[str, Sequence[Entry]]) -> Entry | None:
        """Return what is kept of one conversation, None where nothing is left of what was asked."""
        view = await self.conversations.read(signal.conversation)
        question, answer = self._words(signal, view) if view else ("", "")
        if not question:
            return None
        vector = await meanings.of(question)
        made = Entry(
            *(signal.id, "", signal.reason, signal.conversation, signal.author, signal.turn, signal.at, signal.topic),
            question=question,
            answer=answer,
            vector=vector,
            model=meanings.model if vector else "",
        )
        return replace(made, gap=_gap_of(made, gaps))

    def _words(self, signal: Signal, view: View) -> tuple[str, str]:
        desk, drafts = self.desk(), view.conversation.drafts
        mask = mask_of(view.conversation, view.entries, desk)
        question = question_of(signal, view.entries, drafts, desk.policy)
        return mask(question).strip(), mask(answer_of(signal, view.entries, drafts)).strip()

    async def _answers(self, touched: Iterable[str]) -> dict[str, str]:
        """Return what people have answered meanwhile, where something happened again."""
        found: dict[str, str] = {}
        for waiting in await self.store.waiting(frozenset(touched)):
            view = await self.conversations.read(waiting.signal.conversation)
            answer = self._words(waiting.signal, view)[1] if view else ""
            if answer and answer != waiting.answer:
                found[waiting.id] = answer
        return found


def _gap_of(entry: Entry, gaps: Mapping[str, Sequence[Entry]]) -> str:
    """Return the gap of the same question in the same conversation, else the nearest one, else a new one."""
    for gap, entries in gaps.items():
        if any(one.conversation == entry.conversation and one.question == entry.question for one in entries):
            return gap
    return nearest(entry.question, entry.vector, entry.model, gaps) or gap_id(entry.id)
