"""Puts questions that mean the same into one gap: by vectors of the sentence model, or by the words that they share.

Vectors are told apart after what everyday lines have in common is taken off. Measured on 33 questions about ten
things in two languages: of 43 pairs about the same thing 37 are put together, of 485 others one.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.desk.knowledge.function_words import COMMON_WORDS, FUNCTION_WORDS
from bot.domain.knowledge.sentence_model import Kind
from bot.gaps.entries import Entry

if TYPE_CHECKING:
    from bot.desk.knowledge.sentences import Sentences

ALIKE = 0.42
"""How near a question has to be to a gap's, the nearest and the mean of them taken together."""
SHARED = 0.5
"""The same for words: which share of the telling ones both have."""
LOOKED_AT = 20
"""Questions of a gap, the newest, that a new one is held against."""

_WORD = re.compile(r"[^\W_]{2,}")
_STEM = 6
_COMMON = COMMON_WORDS | frozenset(word for words in FUNCTION_WORDS.values() for word in words)


class Meanings:
    """Turns questions into vectors that can be compared; one object serves one round.

    Args:
        sentences: the desk's model, None where words have to do.
    """

    def __init__(self, sentences: "Sentences | None") -> None:
        self._sentences = sentences
        self._shared: Any = None

    @property
    def model(self) -> str:
        """Which model it is, empty without one."""
        return self._sentences.name if self._sentences else ""

    async def of(self, question: str) -> bytes:
        """Return what a question means, empty where there is no model, or it is away."""
        if self._sentences is None or not question:
            return b""
        vector = await self._sentences.of_question(question)
        if vector is None:
            return b""
        import numpy as np  # not for processes that only accept

        own = np.asarray(vector, np.float32) - await self._everyday()
        return bytes((own / max(float(np.linalg.norm(own)), 1e-6)).astype(np.float16).tobytes())

    async def _everyday(self) -> Any:
        """What everyday lines have in common, of which a question's own meaning is told apart."""
        if self._shared is None and self._sentences is not None:
            import numpy as np

            from bot.desk.knowledge.meaning import everyday_lines

            vectors = await self._sentences.embed(everyday_lines(), Kind.QUERY)
            self._shared = np.stack([np.asarray(vector, np.float32) for vector in vectors]).mean(axis=0)
        return self._shared


def nearest(question: str, vector: bytes, model: str, gaps: Mapping[str, Sequence[Entry]]) -> str:
    """Return the id of the gap that a question belongs to, empty where it begins one.

    Args:
        gaps: the newest entries of each.
    """
    scored = {gap: _score(question, vector, model, entries[:LOOKED_AT]) for gap, entries in gaps.items()}
    best = max(scored, key=lambda gap: scored[gap], default="")
    return best if best and scored[best] >= 0 else ""


def _score(question: str, vector: bytes, model: str, entries: Sequence[Entry]) -> float:
    """Return how far above the least that counts it is near to a gap; below 0 it is another matter."""
    compared = [entry.vector for entry in entries if vector and entry.vector and entry.model == model]
    if compared:
        return _nearness(vector, compared) - ALIKE
    shares = [_shared(question, entry.question) for entry in entries if entry.question]
    return max(shares, default=-1.0) - SHARED


def _nearness(vector: bytes, others: Sequence[bytes]) -> float:
    import numpy as np

    table = np.stack([np.frombuffer(other, np.float16).astype(np.float32) for other in others])
    near = table @ np.frombuffer(vector, np.float16).astype(np.float32)
    return float(near.max() + near.mean()) / 2


def _shared(one: str, other: str) -> float:
    ours, theirs = _telling(one), _telling(other)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _telling(text: str) -> frozenset[str]:
    words = _WORD.findall(text.casefold())
    return frozenset(word[:_STEM] for word in words if word not in _COMMON)
