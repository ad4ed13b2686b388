"""Makes what comes with the package for the built-in desks: `make shipped`, after any of their words changed.

An own desk that changes some of these sentences still finds the vectors of the others.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot import desks
from bot.app.store import WallClock
from bot.desk.knowledge.meaning import everyday_lines, texts_of
from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.desk.reference.page import reference
from bot.domain.knowledge.sentence_model import Kind
from bot.shipped import vectors, weights
from bot.turn.input_checks.signs import SURE, lesson_of_sign
from bot.turn.routing.learning import lesson_of_desk, name_of, taught
from bot.turn.routing.router import Lesson
from integrations.models.embedded_sentences import embedded_sentences

DESKS = ("store", "airline")


def texts_to_ship(desks: Sequence[Desk]) -> Mapping[Kind, Sequence[str]]:
    """Return all texts that a first start with one of these desks wants the vectors of."""
    passages = [text for desk in desks for passage in desk.knowledge.passages() for text in texts_of(passage)]
    learnt = [text for desk in desks for lesson, _ in lessons_to_ship(desk) for text in lesson.texts]
    lines = everyday_lines()
    return {Kind.QUERY: [*learnt, *lines], Kind.PASSAGE: [*passages, *lines]}


def lessons_to_ship(desk: Desk) -> Iterator[tuple[Lesson, bool]]:
    """Yield what a desk's process learns from, and whether with the sentence model."""
    if lesson := lesson_of_desk(desk):
        yield lesson, True
        yield lesson, False
    for sign in SURE:
        yield lesson_of_sign(sign, desk), True


PAGE = Path(desks.__file__).with_name("REFERENCE.md")
"""The reference of a desk's files, for those who read it before they have installed anything."""


async def _make() -> None:
    PAGE.write_text(reference(), "utf-8")
    loaded = [load_desk(name) for name in DESKS]
    model = embedded_sentences()
    sentences = Sentences(model, WallClock())
    wanted = {kind: list(dict.fromkeys(texts)) for kind, texts in texts_to_ship(loaded).items()}
    made = {kind: dict(zip(texts, await model.embed(texts, kind), strict=True)) for kind, texts in wanted.items()}
    vectors.write(model.name, made)
    learnt: dict[str, str] = {}
    for lesson, with_model in (each for desk in loaded for each in lessons_to_ship(desk)):
        known = sentences if with_model else None
        learnt[name_of(lesson, known)] = await taught(lesson, known)
    weights.write({name: json.dumps(json.loads(told), separators=(",", ":")) for name, told in learnt.items()})


if __name__ == "__main__":
    asyncio.run(_make())
