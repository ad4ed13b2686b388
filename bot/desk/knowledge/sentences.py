"""Shares one sentence model between search and router: keeps its vectors, and lets no question wait for long."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog
from cachetools import LRUCache

from bot.domain.knowledge.sentence_model import Kind, SentenceModel, Vector
from bot.domain.ports import Clock

QUESTION_SECONDS = 3.0
REST_SECONDS = 60.0
"""How long a model that did not answer is not asked about questions."""
LONGEST_QUESTION = 800
"""Characters of a question: what a letter is about stands at its beginning, and a vector of more takes too long."""
LONGEST = 8_000
"""Characters of any other text."""

_REMEMBERED = 4_096  # texts: some six megabytes

Key = tuple[Kind, str]
Memory = LRUCache[Key, Vector]
"""Vectors by what they are of; those that were wanted last."""
Shipped = Callable[[str, Sequence[str], Kind], Mapping[str, Vector]]
"""A model's name, texts and their kind → the vectors of those that come with the package."""

log = structlog.get_logger(__name__)


def memory() -> Memory:
    """Return an empty memory."""
    return LRUCache(_REMEMBERED)


class Sentences:
    """One model with a memory; may be used by any number of tasks of one event loop.

    Args:
        known: what the model has made before; its own where none is given.
        shipped: tells what need not be computed; None computes everything.
    """

    def __init__(
        self, model: SentenceModel, clock: Clock, known: Memory | None = None, shipped: Shipped | None = None
    ) -> None:
        self._model = model
        self._clock = clock
        self._known = memory() if known is None else known
        self._shipped = shipped
        self._asked: dict[Key, asyncio.Future[Vector]] = {}
        self._tasks: set[asyncio.Task[Sequence[Vector]]] = set()
        self._rests_until = 0.0

    @property
    def name(self) -> str:
        """Which model it is: vectors of two models cannot be compared."""
        return self._model.name

    async def embed(self, texts: Sequence[str], kind: Kind) -> list[Vector]:
        """Return the texts' vectors, in order, however long it takes.

        Raises:
            Exception: the model's.
        """
        cut = [text[:LONGEST] for text in texts]
        shipped = await asyncio.to_thread(self._shipped, self.name, cut, kind) if self._shipped else {}
        rest = list(dict.fromkeys(text for text in cut if text not in shipped))
        known = {**shipped, **dict(zip(rest, await self._made(rest, kind), strict=True))}
        return [known[text] for text in cut]

    async def _made(self, texts: Sequence[str], kind: Kind) -> list[Vector]:
        """Return the texts' vectors by the model; what it has made before is remembered."""
        wanted = [(kind, text) for text in texts]
        known = {key: self._known[key] for key in wanted if key in self._known}
        known |= await self._new([key for key in dict.fromkeys(wanted) if key not in known], kind)
        return [known[key] for key in wanted]

    async def of_question(self, text: str) -> Vector | None:
        """Return the question's vector, None where the model is away: whoever asks then goes by the words."""
        if self._clock.now() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                [vector] = await self._made([text.strip()[:LONGEST_QUESTION]], Kind.QUERY)
        except Exception as error:  # whatever it is, the words still find something
            self._rests_until = self._clock.now() + REST_SECONDS
            log.warning("sentences.failed", model=self.name, error=type(error).__name__)
            return None
        return vector

    async def _new(self, missing: Sequence[Key], kind: Kind) -> dict[Key, Vector]:
        """Return what the model makes of new texts; what somebody asks for already is waited for."""
        others = {key: self._asked[key] for key in missing if key in self._asked}
        made = await self._ask([key for key in missing if key not in others], kind)
        return made | {key: await asyncio.shield(answer) for key, answer in others.items()}

    async def _ask(self, keys: Sequence[Key], kind: Kind) -> dict[Key, Vector]:
        """Ask the model; a task that is cancelled meanwhile takes nothing from others who wait for the answer."""
        if not keys:
            return {}
        self._tasks.add(asking := asyncio.create_task(self._make([text for _, text in keys], kind)))
        asking.add_done_callback(self._tasks.discard)
        for place, key in enumerate(keys):
            self._asked[key] = each = asyncio.get_running_loop().create_future()
            asking.add_done_callback(partial(self._answer, key, place, each))
        return dict(zip(keys, await asyncio.shield(asking), strict=True))

    async def _make(self, texts: Sequence[str], kind: Kind) -> Sequence[Vector]:
        vectors = await self._model.embed(texts, kind)
        if len(vectors) != len(texts):
            raise ValueError(f"{len(vectors)} vectors for {len(texts)} texts")
        return vectors

    def _answer(
        self, key: Key, place: int, each: "asyncio.Future[Vector]", asking: "asyncio.Task[Sequence[Vector]]"
    ) -> None:
        self._asked.pop(key, None)
        if asking.cancelled():
            each.cancel()
        elif error := asking.exception():
            each.set_exception(error)
            each.exception()  # it is no fault where nobody else waits
        else:
            self._known[key] = vector = asking.result()[place]
            each.set_result(vector)
