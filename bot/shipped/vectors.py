"""Reads the vectors of sentences that come with the package: the built-in desks' and what every desk learns from."""

from array import array
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.domain.knowledge.sentence_model import Kind, Vector

FILE = Path(__file__).with_name("vectors.npz")


def vectors_of(model: str, texts: Iterable[str], kind: Kind) -> dict[str, Vector]:
    """Return the vectors of those texts that have one by this model."""
    known, numbers = _table()
    found = ((text, numbers.get(_name(model, kind, text))) for text in texts)
    return {text: array("f", known[number].astype("f4").tobytes()) for text, number in found if number is not None}


def write(model: str, vectors: Mapping[Kind, Mapping[str, Vector]]) -> None:
    """Let these be all that the package has; half precision is near enough, and half the size."""
    import numpy as np

    named = {_name(model, kind, text): vector for kind, told in vectors.items() for text, vector in told.items()}
    names = np.array([list(name) for name in sorted(named)], np.uint8)
    np.savez_compressed(FILE, names=names, vectors=np.array([named[name] for name in sorted(named)], np.float16))
    _table.cache_clear()


@cache
def _table() -> tuple[Any, Mapping[bytes, int]]:
    """Return all vectors, and which is whose."""
    import numpy as np  # not for processes that only accept

    if not FILE.exists():
        return None, {}
    with np.load(FILE) as read:
        return read["vectors"], {name.tobytes(): number for number, name in enumerate(read["names"])}


def _name(model: str, kind: Kind, text: str) -> bytes:
    return sha256(f"{model}\0{kind}\0{text}".encode("utf-8", "replace")).digest()[:16]
