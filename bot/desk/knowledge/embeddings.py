"""Searches knowledge by meaning: passages as vectors of an embedding model, cached on this machine.

Optional (`embeddings` in `desk.yml`). A passage is sent to the model once, whatever is restarted; a question is one
short call. Where the model does not answer in time, the words alone decide, and it is left alone for a while.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from bot.desk.knowledge.search import Passage
from bot.domain.ports import Clock

QUERY_SECONDS = 3.0
REST_SECONDS = 60.0
"""How long a model that did not answer is not asked about questions."""

CLOSE = 0.35
"""Least cosine of a passage that answers; unrelated texts of common embedding models lie below 0.3."""

_AT_ONCE = 64  # passages per call
_LONGEST = 8_000  # characters of a passage

Vector = np.ndarray[Any, np.dtype[np.float32]]
Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]
"""Texts → their vectors, in order; raises whatever goes wrong."""

log = structlog.get_logger(__name__)


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


class EmbeddingSearch:
    """Finds passages by what they mean."""

    def __init__(self, embed: Embed, kept: VectorFile, clock: Clock) -> None:
        self._embed = embed
        self._kept = kept
        self._clock = clock
        self._passages: list[Passage] = []
        self._vectors: Vector | None = None
        self._rests_until = 0.0

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
            made = dict(zip(part, map(_unit, await self._embed(part)), strict=True))
            await asyncio.to_thread(self._kept.write, made.items())
            known |= made
        self._vectors = np.stack([known[text] for text in texts]) if texts else None
        self._passages = list(passages)

    async def nearest(self, query: str, limit: int) -> list[Passage]:
        """Return the passages that mean most nearly what the query does, the nearest first; none is an answer too."""
        if self._vectors is None or self._clock.now() < self._rests_until:
            return []
        passages, vectors = self._passages, self._vectors
        try:
            async with asyncio.timeout(QUERY_SECONDS):
                [asked] = await self._embed([query[:_LONGEST]])
            near = vectors @ _unit(asked)
        except Exception as error:  # whatever it is, the words still find something
            self._rests_until = self._clock.now() + REST_SECONDS
            log.warning("embeddings.failed", error=type(error).__name__)
            return []
        best = np.argsort(-near)[:limit]
        return [passages[int(index)] for index in best if near[index] >= CLOSE]


def _text(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}"[:_LONGEST]


def _unit(values: Sequence[float]) -> Vector:
    vector = np.asarray(values, np.float32)
    return vector / max(float(np.linalg.norm(vector)), 1e-9)
