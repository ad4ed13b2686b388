"""Keeps gaps in the database: written once however often the audit is read, wordless when their time is over."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk.database import Database
from bot.gaps import tables
from bot.gaps.contradictions import Contradiction
from bot.gaps.entries import Entry, Gap, Reason, Signal
from bot.gaps.published import can_be_known, is_known

AUDIT = "audit"
MOST = 10_000
"""Entries that a list is made of, the newest."""
_COMPARED = 2_000
"""Entries, the newest with words, that a new question is held against."""
_BEGINNING = "-"
_ANSWERED = "answered:"
"""Begins the names of places that are times: since when an article about a gap is known."""
_WORDLESS: Mapping[str, Any] = {"question": "", "answer": "", "vector": b"", "model": ""}

_table = tables.entries
_SHOWN = [column for column in _table.columns if column.name not in {"vector", "model", "draft"}]


@dataclass(frozen=True)
class Waiting:
    """An entry to which people may still answer, or answer better."""

    signal: Signal
    id: str
    answer: str


class GapStore:
    """What is kept of gaps; every method raises SQLAlchemy's errors when the database is down."""

    def __init__(self, data: Database) -> None:
        self._data = data

    async def position(self) -> str:
        """Return how far the audit was read, `-` for its beginning."""
        wanted = select(tables.read.c.position).where(tables.read.c.name == AUDIT)
        async with self._data.session() as session:
            return str(await session.scalar(wanted) or _BEGINNING)

    async def write(
        self, found: Sequence[tuple[Signal, Entry]], answers: Mapping[str, str], before: str, after: str
    ) -> bool:
        """Write what a part of the audit showed, with its position, in one transaction; False where others were faster.

        Args:
            answers: what people answered, by an entry's id.
            before: position from which it was read; `after` is the one that follows.
        """
        async with self._data.alone() as session:
            now = await session.scalar(select(tables.read.c.position).where(tables.read.c.name == AUDIT))
            if str(now or _BEGINNING) != before:
                return False
            ids = [entry.id for _, entry in found]
            known = set(await session.scalars(select(_table.c.id).where(_table.c.id.in_(ids))))
            rows = [asdict(entry) | {"draft": signal.draft} for signal, entry in found if entry.id not in known]
            if rows:
                await session.execute(insert(_table), rows)
            for name, text in answers.items():
                await session.execute(update(_table).where(_table.c.id == name).values(answer=text))
            await session.execute(delete(tables.read).where(tables.read.c.name == AUDIT))
            await session.execute(insert(tables.read).values(name=AUDIT, position=after))
        return True

    async def compared(self) -> Mapping[str, Sequence[Entry]]:
        """Return what new questions are held against: of each gap its newest entries."""
        wanted = select(_table).where(_table.c.question != "").order_by(_table.c.at.desc()).limit(_COMPARED)
        async with self._data.session() as session:
            return _by_gap([_entry(row) for row in (await session.execute(wanted)).mappings()])

    async def waiting(self, conversations: Collection[str]) -> Sequence[Waiting]:
        """Return the entries of these conversations that have words."""
        wanted = select(_table).where(_table.c.conversation.in_(conversations), _table.c.question != "")
        async with self._data.session() as session:
            rows = (await session.execute(wanted)).all()
        return [Waiting(_signal(row), row.id, row.answer) for row in rows]

    async def gaps(self) -> Sequence[Gap]:
        """Return the gaps, the most frequent first; of two that are alike the newer one.

        One that an article answers is none any more, unless somebody has missed an answer since.
        """
        wanted = select(*_SHOWN).order_by(_table.c.at.desc(), _table.c.id).limit(MOST)
        async with self._data.session() as session:
            found = _by_gap([_entry(row) for row in (await session.execute(wanted)).mappings()])
            places = {row.gap: row.place for row in (await session.execute(select(tables.articles))).all()}
            answered = await _answered(session)
        gaps = [Gap(name, entries, places.get(name, "")) for name, entries in found.items()]
        missing = [gap for gap in gaps if gap.at > answered.get(gap.id, 0.0)]
        return sorted(missing, key=lambda gap: (-gap.count, -gap.at))

    async def gap(self, name: str) -> Gap | None:
        """Return one gap, None where there is none of this id."""
        return next((gap for gap in await self.gaps() if gap.id == name), None)

    async def drafted(self, gap: str, place: str, at: float) -> None:
        """Remember where the draft of an article stands.

        Args:
            at: Unix seconds.
        """
        async with self._data.session() as session:
            await session.execute(delete(tables.articles).where(tables.articles.c.gap == gap))
            await session.execute(insert(tables.articles).values(gap=gap, place=place, at=at))

    async def note_answered(self, sources: Collection[str], now: float) -> None:
        """Note of which gaps the drafted article is known by now, and of which it is not any more.

        Args:
            sources: of all passages that customers are answered from.
            now: Unix seconds.
        """
        async with self._data.session() as session:
            drafts = (await session.execute(select(tables.articles))).all()
            noted = set(await _answered(session)) if drafts else set()
        told = {row.gap: row.place for row in drafts if can_be_known(row.place, sources)}
        known = {gap for gap, place in told.items() if is_known(place, sources)}
        gone = noted & set(told) - known
        if new := known - noted:
            await self._note(dict.fromkeys(new, f"{now:.3f}"))
        if gone:
            await self._note(dict.fromkeys(gone, ""))

    async def _note(self, times: Mapping[str, str]) -> None:
        """Note since when articles are known, empty where they are not; another worker may have noted it already."""
        names = {f"{_ANSWERED}{gap}": at for gap, at in times.items()}
        rows = [{"name": name, "position": at} for name, at in names.items() if at]
        async with self._data.alone() as session:
            await session.execute(delete(tables.read).where(tables.read.c.name.in_(names)))
            if rows:
                await session.execute(insert(tables.read), rows)

    async def contradictions(self) -> Sequence[Contradiction]:
        """Return where articles contradict each other, as it was seen last."""
        async with self._data.session() as session:
            rows = await session.execute(select(tables.contradictions).order_by(tables.contradictions.c.id))
            return [Contradiction(**row) for row in rows.mappings()]

    async def replace_contradictions(self, found: Sequence[Contradiction]) -> None:
        """Let these be all."""
        async with self._data.alone() as session:
            await session.execute(delete(tables.contradictions))
            if found:
                await session.execute(insert(tables.contradictions), [asdict(each) for each in found])

    async def fade(self, until: float) -> int:
        """Take every word out of what is older; counts stay. Return how many entries that were.

        Args:
            until: Unix seconds.
        """
        old = (_table.c.at < until, _table.c.question != "")
        async with self._data.session() as session:
            if await session.scalar(select(_table.c.id).where(*old).limit(1)) is None:
                return 0  # an update waits for other writers even where it finds nothing
            done: Any = await session.execute(update(_table).where(*old).values(**_WORDLESS))
        return int(done.rowcount)

    async def forget(self, authors: Collection[str]) -> int:
        """Take everything out that is of these people, author ids; counts stay. Return how many entries that were."""
        return await self._take_out(_table.c.author.in_(authors))

    async def forget_conversation(self, conversation: str) -> int:
        """Take out what is of one conversation; counts stay. Return how many entries that were."""
        return await self._take_out(_table.c.conversation == conversation)

    async def export(self, authors: Collection[str]) -> Sequence[Mapping[str, Any]]:
        """Return what is kept of these people, author ids, for themselves."""
        wanted = select(*_SHOWN).where(_table.c.author.in_(authors)).order_by(_table.c.at)
        async with self._data.session() as session:
            return [dict(row) for row in (await session.execute(wanted)).mappings()]

    async def _take_out(self, *which: Any) -> int:
        """Blank these rows; those of one conversation go on counting as one, under a name that tells nothing."""
        names = select(_table.c.conversation, func.min(_table.c.id)).where(*which).group_by(_table.c.conversation)
        count = 0
        async with self._data.session() as session:
            for conversation, first in (await session.execute(names)).all():
                # The rows stay under their own keys, so that nothing is read from the audit a second time.
                nobody = {"author": "", "conversation": first[:16], **_WORDLESS}
                mine = update(_table).where(*which, _table.c.conversation == conversation).values(**nobody)
                done: Any = await session.execute(mine)
                count += int(done.rowcount)
        return count


async def _answered(session: AsyncSession) -> dict[str, float]:
    """Return since when the article about a gap is known (Unix seconds), by the gap."""
    rows = await session.execute(select(tables.read).where(tables.read.c.name.startswith(_ANSWERED)))
    return {row.name.removeprefix(_ANSWERED): float(row.position) for row in rows.all()}


def _by_gap(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.gap, []).append(entry)
    return found


def _entry(row: RowMapping) -> Entry:
    values = {str(name): value for name, value in row.items() if name != "draft"}
    return Entry(**values | {"reason": Reason(values["reason"])})


def _signal(row: Row[Any]) -> Signal:
    return Signal(Reason(row.reason), row.conversation, row.author, row.turn, row.at, row.topic, row.draft)
