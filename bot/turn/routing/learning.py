"""Lets the router learn in a process of its own, once: what an earlier start has learnt is read again."""

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

from bot.desk.knowledge.sentences import Sentences
from bot.desk.loading.loader import Desk
from bot.domain.sentence_model import Kind, Vector
from bot.turn.routing.router import Lesson, Router, can_learn, examples_of, lesson_of
from bot.turn.routing.trained import TrainedClassifier

SECONDS = 120.0

_SCRIPT = Path(__file__).with_name("classifier.py")
"""Never imported here: numpy belongs to the process that learns."""

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
    examples = examples_of(desk)
    if not can_learn(examples):
        return None
    return await learnt(await asyncio.to_thread(lesson_of, examples), folder, sentences)


async def learnt(lesson: Lesson, folder: Path | None, sentences: Sentences | None) -> Router:
    """Return what comes of a lesson, from memory or file where it was learnt before.

    Raises:
        LearningError, OSError: learning failed.
        Exception: the sentence model's.
    """
    name = _name(await asyncio.to_thread(_given, lesson), sentences.name if sentences else "")
    if name not in _learnt:
        _learnt[name] = Router(lesson.features, await _learn_once(name, folder, lesson, sentences))
    return _learnt[name]


async def router_from(lesson: Lesson, vectors: Sequence[Vector] | None = None) -> Router:
    """Return a router that learns at once, and keep nothing.

    Args:
        vectors: what each of the lesson's texts means; None learns the words alone.

    Raises:
        LearningError, OSError: learning failed.
    """
    told = await _told_by_another_process(_given(lesson, vectors))
    return Router(lesson.features, TrainedClassifier.from_json(json.loads(told)))


async def _learn_once(name: str, folder: Path | None, lesson: Lesson, sentences: Sentences | None) -> TrainedClassifier:
    file = folder / f"router-{name}.json" if folder else None
    if file and (kept := await asyncio.to_thread(_kept, file)):
        return kept
    vectors = await sentences.embed(lesson.texts, Kind.QUERY) if sentences else None
    told = await _told_by_another_process(_given(lesson, vectors))
    if file:
        await asyncio.to_thread(_keep, file, told)
    return TrainedClassifier.from_json(json.loads(told))


def _given(lesson: Lesson, vectors: Sequence[Vector] | None = None) -> str:
    """Return what the classifier is given."""
    given = {"rows": lesson.rows(), "lanes": lesson.lanes, "columns": len(lesson.features)}
    meant = [list(vector) for vector in vectors] if vectors is not None else None
    return json.dumps(given | {"vectors": meant})


def _name(given: str, model: str) -> str:
    """What was learnt is out of date when the sentences, the model or the code that learns is another."""
    return sha256(f"{given}\0{model}\0".encode() + _SCRIPT.read_bytes()).hexdigest()[:16]


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
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode:
        raise LearningError(f"ended with {process.returncode}")
    return told.decode()


def _kept(file: Path) -> TrainedClassifier | None:
    try:
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return TrainedClassifier.from_json(told)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keep(file: Path, told: str) -> None:
    """Best effort; whole or not at all, as several processes may start at once."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(told, "utf-8")
        draft.replace(file)
