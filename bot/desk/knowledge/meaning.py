"""Searches knowledge by meaning: passages as vectors of a sentence model, kept in a file on this machine.

A passage is sent to the model once, whatever is restarted; a question is one short call. Where the model does not
answer in time, the words alone decide.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from bot.desk.knowledge.search import Passage
from bot.desk.knowledge.sentences import LONGEST, Sentences
from bot.domain.sentence_model import Kind

_AT_ONCE = 64  # passages that are kept together

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

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def read(self, texts: Iterable[str]) -> dict[str, Vector]:
        """Return the vectors of those texts that have one."""
        found = {}
        for text in texts:
            row = self._store.execute("SELECT vector FROM vectors WHERE name = ?", (self._name(text),)).fetchone()
            if row:
                found[text] = np.frombuffer(row[0], np.float32)
        return found

    def write(self, vectors: Iterable[tuple[str, Vector]]) -> None:
        """Keep the vectors of texts."""
        rows = [(self._name(text), vector.tobytes()) for text, vector in vectors]
        with self._store:
            self._store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _name(self, text: str) -> str:
        return sha256(f"{self._model}\0{text}".encode()).hexdigest()


class MeaningSearch:
    """Finds passages by what they mean."""

    def __init__(self, sentences: Sentences, kept: VectorFile) -> None:
        self._sentences = sentences
        self._kept = kept
        self._passages: list[Passage] = []
        self._vectors: Vector | None = None

    async def learn(self, passages: Sequence[Passage]) -> None:
        """Know these passages and no others; those never seen before are sent to the model.

        Raises:
            Exception: the model's; what it answered before is kept.
        """
        if passages == self._passages:
            return
        texts = [_text(passage) for passage in passages]
        known = await asyncio.to_thread(self._kept.read, texts)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            vectors = await self._sentences.embed(part, Kind.PASSAGE)
            made = {text: np.asarray(vector, np.float32) for text, vector in zip(part, vectors, strict=True)}
            await asyncio.to_thread(self._kept.write, made.items())
            known |= made
        self._vectors = np.stack([known[text] for text in texts]) if texts else None
        self._passages = list(passages)

    async def nearest(self, query: str, limit: int) -> list[Passage]:
        """Return the passages that mean most nearly what the query does, the nearest first; none is an answer too."""
        passages, vectors = self._passages, self._vectors
        asked = None if vectors is None else await self._sentences.of_question(query)
        if vectors is None or asked is None:
            return []
        near = vectors @ np.asarray(asked, np.float32)
        best = np.argsort(-near)[:limit]
        return [passages[int(index)] for index in best if near[index] >= self._sentences.near]


def _text(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}"[:LONGEST]
