"""Finds what rules in words miss by what a line means: a wish for a human, orders to the model.

Words stay the floor: this only adds, and only where it is sure. A vector costs more than the rest of a turn, so most
lines are ruled out before by a look at their words. It learns in the background from examples in many
languages (`human_wish.yml`, `injection_signs.yml`), beside the desk's own and lines of the rest of the world.
"""

import asyncio
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import structlog
import yaml

from bot.desk.knowledge.sentences import Sentences
from bot.desk.language import language_of
from bot.desk.loading.desk import Desk
from bot.turn.routing.learning import learnt
from bot.turn.routing.router import Lesson, Router, elsewhere, examples_of
from bot.turn.routing.trained import NOWHERE

HUMAN_WISH = "human_wish"
INJECTION = "injection_signs"

_WANTED = "wanted"
SURE = {HUMAN_WISH: 0.9, INJECTION: 0.9}
"""The least probability that counts: chosen on the held-out folds of the examples, where next to nothing passes."""
LEARNING_SECONDS = 3.0
"""How long a line waits for what is still being learnt: what comes with the package is read in less."""
_MOST_WORDS = 40  # of a line; what a letter is about is read by a model

log = structlog.get_logger(__name__)


class Signs:
    """Knows the signs once it has learnt them, and finds none where that takes too long.

    Args:
        sentences: the sentence model.
    """

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences
        self._known: dict[str, Router] = {}
        self._learning: asyncio.Task[None] | None = None

    def knows(self, sign: str) -> bool:
        """Return whether it has learnt this sign."""
        return sign in self._known

    @property
    def has_learnt(self) -> bool:
        """Whether everything is learnt that can be."""
        return self._learning is not None and self._learning.done()

    def learn(self, desk: Desk, folder: Path) -> None:
        """Begin to learn.

        Args:
            folder: where what was learnt is kept.
        """
        self._learning = asyncio.create_task(self._learn(desk, folder))

    async def close(self) -> None:
        """Stop learning: nobody needs it any more."""
        if self._learning:
            self._learning.cancel()
            with suppress(asyncio.CancelledError):
                await self._learning

    async def shows(self, sign: str, text: str) -> bool:
        """Return whether a line surely means the sign."""
        if not 0 < len(text.split()) <= _MOST_WORDS or not may_show(sign, text):
            return False
        known = await self._learnt(sign)
        if known is None:
            return False
        vector = await self._sentences.of_question(text)
        return vector is not None and known.likeliest(text, vector).confidence >= SURE[sign]

    async def _learnt(self, sign: str) -> Router | None:
        """Return what tells a sign; a line that comes right after a start waits for it."""
        if sign not in self._known and self._learning:
            await asyncio.wait({self._learning}, timeout=LEARNING_SECONDS)
        return self._known.get(sign)

    async def _learn(self, desk: Desk, folder: Path) -> None:
        try:
            for sign in SURE:
                lesson = await asyncio.to_thread(lesson_of_sign, sign, desk)
                self._known[sign] = await learnt(lesson, folder, self._sentences)
        except Exception as error:  # the sentence model's may be any
            log.warning("signs.not_learnt", error=type(error).__name__, then="words alone decide")


def may_show(sign: str, text: str) -> bool:
    """Return whether the words of a line leave it open that it means the sign; those of other languages always do."""
    if language_of(text) in {"", *_read(sign)["hints"]}:
        return _hints(sign).search(text.casefold()) is not None
    return True


def lesson_of_sign(sign: str, desk: Desk) -> Lesson:
    """Return the sentences that a sign is learnt from; what customers ask this desk for is none."""
    told = examples_of_sign(sign)
    others = [*told["other"], *elsewhere(), *(line for said in examples_of(desk).values() for line in said)]
    lanes = [_WANTED] * len(told[_WANTED]) + [NOWHERE] * len(others)
    return Lesson.of([*told[_WANTED], *others], lanes)


def examples_of_sign(sign: str) -> dict[str, list[str]]:
    """Return the examples of a sign: those that show it under `wanted`, those that do not under `other`."""
    return {kind: _read(sign)[kind] for kind in (_WANTED, "other")}


@cache
def _hints(sign: str) -> re.Pattern[str]:
    """One expression of all languages' hints: at the beginning of a word, in a script without spaces anywhere."""
    words = [word for told in _read(sign)["hints"].values() for word in told]
    spaced, unspaced = (
        "|".join(word for word in words if (word[0] < "\u3000") is is_spaced) for is_spaced in (True, False)
    )
    return re.compile(rf"\b(?:{spaced})|{unspaced}")


@cache
def _read(sign: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(f"{sign}.yml").read_text("utf-8"))
    return read
