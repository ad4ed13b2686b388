"""Searches knowledge by meaning: passages as vectors of a sentence model, kept in a file on this machine.

A passage is sent to the model once, whatever is restarted; a question is one short call. Where the model does not
answer in time, the words alone decide.

How near is near differs from model to model, from language to language and from passage to passage: some are near to
everything. So everyday lines that no desk answers are held against the passages first: half of the nearness to them is
taken off, from questions and from passages, and what eleven of twelve of the lines do not reach counts as found.
"""

import asyncio
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from bot.desk.knowledge.passages import Passage, may_read
from bot.desk.knowledge.sentences import LONGEST, Sentences
from bot.domain.knowledge.sentence_model import Kind

_AT_ONCE = 64  # texts that are kept together
_TAKEN_OFF = 0.5  # of the nearness to everyday lines
_REACHED = 0.92  # of the everyday lines that find nothing
_EVERYDAY = Path(__file__).with_name("everyday.txt")

Vector = np.ndarray[Any, np.dtype[np.float32]]


class VectorFile:
    """Vectors by the text they are of, in a file; several processes may share it.

    Args:
        file: None keeps them in memory alone.
        model: vectors of another model are not mixed in.
    """

    def __init__(self, file: Path | None, model: str) -> None:
        self._model = model
        self._store = sqlite3.connect(file or ":memory:", timeout=10, check_same_thread=False)
        self._store.execute("CREATE TABLE IF NOT EXISTS vectors (name TEXT PRIMARY KEY, vector BLOB NOT NULL)")
        self._in_use = Lock()  # a connection that is closed under a thread that reads with it ends the process
        self._is_closed = False

    def close(self) -> None:
        """Close the file, after what is still read or written; from now on it holds nothing."""
        with self._in_use:
            self._is_closed = True
            self._store.close()

    def read(self, texts: Iterable[str], kind: Kind) -> dict[str, Vector]:
        """Return the vectors of those texts that have one."""
        with self._in_use:
            rows = {} if self._is_closed else {text: self._row(self._name(text, kind)) for text in texts}
        return {text: np.frombuffer(row[0], np.float32) for text, row in rows.items() if row}

    def write(self, vectors: Iterable[tuple[str, Vector]], kind: Kind) -> None:
        """Keep the vectors of texts."""
        rows = [(self._name(text, kind), vector.tobytes()) for text, vector in vectors]
        with self._in_use:
            if not self._is_closed:
                with self._store:
                    self._store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _row(self, name: str) -> tuple[bytes] | None:
        found: tuple[bytes] | None = self._store.execute(
            "SELECT vector FROM vectors WHERE name = ?", (name,)
        ).fetchone()
        return found

    def _name(self, text: str, kind: Kind) -> str:
        return sha256(f"{self._model}\0{kind}\0{text}".encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class _Learnt:
    """Passages with their vectors, and what everyday lines told of them.

    Args:
        rows: a vector per passage and per question that an article lists; what everyday lines share is taken off.
        owner: of each row the passage's number.
        hub: of each row how much nearer than others it is to everything.
        floor: what a passage has to reach.
        spread: a standard deviation of everyday lines' nearness.
        rooms: the audiences that there are.
        room: of each passage the number of its audience.
    """

    passages: Mapping[Passage, int]
    rows: Vector
    owner: Any
    hub: Vector
    floor: float
    spread: float
    rooms: Sequence[Collection[str]]
    room: Any

    def nearness(self, asked: Vector) -> Vector:
        """Return each passage's nearness to a question: its text's, or that of a question which it lists."""
        near = np.full(len(self.passages), -1.0, np.float32)
        np.maximum.at(near, self.owner, self.rows @ asked - self.hub)
        return (near - self.floor) / self.spread


class MeaningSearch:
    """Finds passages by what they mean."""

    def __init__(self, sentences: Sentences, kept: VectorFile) -> None:
        self._sentences = sentences
        self._kept = kept
        self._learnt: _Learnt | None = None

    async def learn(self, passages: Sequence[Passage]) -> None:
        """Know these passages and no others; those never seen before are sent to the model.

        Raises:
            Exception: the model's; what it answered before is kept.
        """
        numbered = {passage: number for number, passage in enumerate(dict.fromkeys(passages))}
        if self._learnt and self._learnt.passages == numbered:
            return
        wanted = [text for passage in numbered for text in texts_of(passage)]
        known = await self._vectors(wanted, Kind.PASSAGE)
        lines = await asyncio.to_thread(everyday_lines)
        asked, said = [np.stack(list((await self._vectors(lines, kind)).values())) for kind in Kind]
        self._learnt = await asyncio.to_thread(_learnt, numbered, known, asked, said) if numbered else None

    async def nearness(
        self, query: str, limit: int, readers: Collection[str], also: Sequence[Passage]
    ) -> Mapping[Passage, float] | None:
        """Return how near passages are, in deviations above the least that counts as found; None while it cannot."""
        learnt = self._learnt
        asked = await self._sentences.of_question(query) if learnt else None
        if learnt is None or asked is None:
            return None
        near = learnt.nearness(np.asarray(asked, np.float32))
        open_rooms = [number for number, audience in enumerate(learnt.rooms) if may_read(audience, readers)]
        readable = np.flatnonzero(np.isin(learnt.room, open_rooms))
        best = readable[np.argsort(-near[readable])[:limit]]
        all_passages = list(learnt.passages)
        found = {all_passages[int(number)]: float(near[number]) for number in best}
        return found | {
            passage: float(near[learnt.passages[passage]]) for passage in also if passage in learnt.passages
        }

    async def _vectors(self, texts: Sequence[str], kind: Kind) -> dict[str, Vector]:
        """Return the texts' vectors; the file tells those that it has."""
        known = await asyncio.to_thread(self._kept.read, texts, kind)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            vectors = await self._sentences.embed(part, kind)
            made = {text: np.asarray(vector, np.float32) for text, vector in zip(part, vectors, strict=True)}
            await asyncio.to_thread(self._kept.write, made.items(), kind)
            known |= made
        return known


def _learnt(passages: Mapping[Passage, int], known: Mapping[str, Vector], asked: Vector, said: Vector) -> _Learnt:
    """Return what is known of the passages.

    Args:
        asked, said: the everyday lines as questions and as passages.
    """
    rows: list[Vector] = []
    owner: list[int] = []
    for passage, number in passages.items():
        title, text, *questions = [known[part] for part in texts_of(passage)]
        rows += [np.asarray((title + text) / 2, np.float32), *questions]
        owner += [number] * (1 + len(questions))
    table = np.stack(rows) - _TAKEN_OFF * said.mean(axis=0)
    near = asked @ table.T
    hub = _TAKEN_OFF * (near.mean(axis=0) - near.mean())
    best = (near - hub).max(axis=1)
    rooms = list(dict.fromkeys(passage.audience for passage in passages))
    room = np.asarray([rooms.index(passage.audience) for passage in passages])
    floor, spread = _quantile(best, _REACHED), max(float((near - hub).std()), 1e-3)
    return _Learnt(passages, table, np.asarray(owner), hub, floor, spread, rooms, room)


def _quantile(values: Vector, part: float) -> float:
    """Return what this part of all is not above; numpy's own loads masked arrays for it, which nothing else needs."""
    return float(np.interp(part * (len(values) - 1), np.arange(len(values)), np.sort(values)))


def texts_of(passage: Passage) -> Sequence[str]:
    """Title, text and questions, each by itself: together the text drowns a telling title."""
    return [part[:LONGEST] for part in (passage.title, passage.text, *passage.questions)]


def everyday_lines() -> list[str]:
    """Return what is held against the passages."""
    return [line for line in _EVERYDAY.read_text("utf-8").splitlines() if not line.startswith("#")]
