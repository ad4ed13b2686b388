"""Keeps what models answered to past tickets, masked: the same sample is answered once, and a stop loses nothing."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bot.data_folder import own_folder
from bot.desk.knowledge.passages import Passage
from bot.desk.loading.desk import Desk

FOLDER = "replays"
KEPT_DAYS = 90
_DAY = 86_400


class Recordings:
    """One file an answer, under the data folder, for nobody else to read."""

    def __init__(self, data_folder: Path) -> None:
        self._folder = own_folder(data_folder / FOLDER / "answers")
        self._forget_old()

    def get(self, key: str) -> Mapping[str, Any] | None:
        """Return what was recorded, None for nothing, or for what cannot be read."""
        with suppress(OSError, ValueError):
            raw = json.loads(self._file(key).read_text("utf-8"))
            return raw if isinstance(raw, dict) else None
        return None

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Record at once: a stop in the middle leaves the file as it was."""
        file = self._file(key)
        beside = file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(value, out, ensure_ascii=False)
        beside.replace(file)

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _forget_old(self) -> None:
        for file in self._folder.glob("*.json"):
            with suppress(OSError):
                if file.stat().st_mtime < time.time() - KEPT_DAYS * _DAY:
                    file.unlink()


def key_of(*parts: object) -> str:
    """Return under what an answer to all of this is recorded."""
    return sha256(json.dumps([version("frontdesk-bot"), *parts], default=str).encode()).hexdigest()


def digest_of(desk: Desk, articles: Mapping[str, Sequence[Passage]]) -> str:
    """Return what changes with whatever the desk says, knows and can do; its cases are none of that.

    Args:
        articles: that it knows beside its own files.
    """
    found = sha256()
    for path in sorted(path for path in desk.folder.rglob("*") if path.is_file()):
        parts = path.relative_to(desk.folder).parts
        if parts[0] != "cases" and "__pycache__" not in parts:
            found.update("/".join(parts).encode() + path.read_bytes())
    for name in sorted(articles):
        found.update("\n".join([name, *(passage.text for passage in articles[name])]).encode())
    return found.hexdigest()
