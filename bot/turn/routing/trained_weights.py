"""Caches the router's trained weights: training takes seconds and 100 MB, loading them neither."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from bot.turn.routing import classifier
from bot.turn.routing.classifier import Row, TrainedClassifier

SECONDS = 120.0

_SCRIPT = Path(classifier.__file__)


def learn_once(folder: Path | None, rows: Sequence[Row], lanes: Sequence[str], columns: int) -> TrainedClassifier:
    """Learn in a process that ends and takes the library's memory with it, unless an earlier start has learnt it.

    Args:
        folder: where what was learnt is kept; None keeps nothing.

    Raises:
        subprocess.SubprocessError: it failed, or took too long.
    """
    given = json.dumps({"rows": rows, "lanes": lanes, "columns": columns})
    name = sha256(given.encode() + _SCRIPT.read_bytes()).hexdigest()[:16]
    file = folder / f"router-{name}.json" if folder else None
    if file and (kept := _kept(file)):
        return kept
    # -P: beside the script stand modules whose names are other libraries'.
    command = [sys.executable, "-P", str(_SCRIPT)]
    done = subprocess.run(  # noqa: S603  # nothing in it comes from outside
        command, input=given, capture_output=True, encoding="utf-8", check=True, timeout=SECONDS
    )
    if file:
        _keep(file, done.stdout)
    return TrainedClassifier(**json.loads(done.stdout))


def _kept(file: Path) -> TrainedClassifier | None:
    try:
        return TrainedClassifier(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _keep(file: Path, learnt: str) -> None:
    """Best effort; whole or not at all, as several processes may start at once."""
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(learnt, "utf-8")
        draft.replace(file)
