"""Lets the router learn in a process of its own, once: what an earlier start has learnt is read again.

What the built-in desks lead to comes with the package (`bot/shipped`).
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from bot.desk.knowledge import function_words
from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.desk import Desk
from bot.domain.knowledge.sentence_model import Kind, Vector
from bot.shipped.weights import weights_named
from bot.turn.routing import features
from bot.turn.routing.router import Lesson, Router, can_learn, examples_of, lesson_of
from bot.turn.routing.trained import TrainedClassifier

SECONDS = 120.0

_SCRIPT = Path(__file__).with_name("classifier.py")
"""Never imported here: numpy belongs to the process that learns."""
_CODE = (_SCRIPT, Path(features.__file__), Path(function_words.__file__))
"""What else decides what is learnt from given sentences."""

_learnt: LRUCache[str, Router] = LRUCache(32)
"""By what they were learnt from: a desk that is read anew has mostly the same sentences."""


class LearningError(Exception):
    """The classifier could not learn, or took too long."""


async def router_of(desk: Desk, folder: Path | None = None, sentences: Sentences | None = None) -> Router | None:
    """Return the desk's router, None where its specialists give too few example sentences to learn from.

    Args:
        folder: where what was learnt is kept for the next start; None keeps nothing.
        sentences: the sentence model; None learns the words alone.

    Raises:
        LearningError, OSError: learning failed.
        Exception: the sentence model's.
    """
    lesson = await asyncio.to_thread(lesson_of_desk, desk)
    return await learnt(lesson, folder, sentences) if lesson else None


async def router_before(desk: Desk, folder: Path, sentences: Sentences | None) -> Router | None:
    """Return the same where it was learnt before, None also where it was not."""
    lesson = await asyncio.to_thread(lesson_of_desk, desk)
    return await _known(name_of(lesson, sentences), lesson, folder) if lesson else None


def lesson_of_desk(desk: Desk) -> Lesson | None:
    """Return what the desk's router learns from, None where that is too little."""
    examples = examples_of(desk)
    return lesson_of(examples) if can_learn(examples) else None


async def learnt(lesson: Lesson, folder: Path | None, sentences: Sentences | None) -> Router:
    """Return what comes of a lesson, from memory, package or file where it was learnt before.

    Raises:
        LearningError, OSError: learning failed.
        Exception: the sentence model's.
    """
    name = name_of(lesson, sentences)
    if known := await _known(name, lesson, folder):
        return known
    told = await taught(lesson, sentences)
    if folder:
        await asyncio.to_thread(_keep, _file(folder, name), told)
    _learnt[name] = router = Router(lesson.features, TrainedClassifier.from_json(json.loads(told)))
    return router


async def _known(name: str, lesson: Lesson, folder: Path | None) -> Router | None:
    if name not in _learnt and (told := await asyncio.to_thread(_kept, name, folder)):
        _learnt[name] = Router(lesson.features, told)
    return _learnt.get(name)


async def taught(lesson: Lesson, sentences: Sentences | None) -> str:
    """Learn, and return what was learnt as JSON.

    Raises:
        LearningError, OSError: learning failed.
        Exception: the sentence model's.
    """
    vectors = await sentences.embed(lesson.texts, Kind.QUERY) if sentences else None
    return await _told_by_another_process(await asyncio.to_thread(_given, lesson, vectors))


def name_of(lesson: Lesson, sentences: Sentences | None) -> str:
    """What was learnt is out of date when the sentences, the model or the code that learns is another."""
    given = json.dumps([lesson.texts, lesson.lanes, sentences.name if sentences else ""])
    return sha256(b"\0".join([given.encode(), *(file.read_bytes() for file in _CODE)])).hexdigest()[:16]


async def router_from(lesson: Lesson, vectors: Sequence[Vector] | None = None) -> Router:
    """Return a router that learns at once, and keep nothing.

    Args:
        vectors: what each of the lesson's texts means; None learns the words alone.

    Raises:
        LearningError, OSError: learning failed.
    """
    told = await _told_by_another_process(_given(lesson, vectors))
    return Router(lesson.features, TrainedClassifier.from_json(json.loads(told)))


def _given(lesson: Lesson, vectors: Sequence[Vector] | None = None) -> str:
    """Return what the classifier is given."""
    given = {"rows": lesson.rows(), "lanes": lesson.lanes, "columns": len(lesson.features)}
    meant = [list(vector) for vector in vectors] if vectors is not None else None
    return json.dumps(given | {"vectors": meant})


async def _told_by_another_process(given: str) -> str:
    # -P: beside the script stand modules whose names are other libraries'.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", str(_SCRIPT)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SECONDS):
            told, _ = await process.communicate(given.encode())
    except TimeoutError as error:
        raise LearningError(f"took longer than {SECONDS:.0f} s") from error
    finally:
        await _end(process)
    if process.returncode:
        raise LearningError(f"ended with {process.returncode}")
    return told.decode()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave no process behind that nobody waits for: whoever stops learning may be about to close the loop."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


def _file(folder: Path, name: str) -> Path:
    return folder / f"router-{name}.json"


def _kept(name: str, folder: Path | None) -> TrainedClassifier | None:
    try:
        told: dict[str, Any] | None = weights_named(name)
        if told is None:
            told = json.loads(_file(folder, name).read_text("utf-8")) if folder else None
        return TrainedClassifier.from_json(told) if told else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keep(file: Path, told: str) -> None:
    """Best effort; whole or not at all, as several processes may start at once."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(told, "utf-8")
        draft.replace(file)
