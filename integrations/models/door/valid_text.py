"""Joins surrogate halves in a model's text, and replaces those that stay alone.

JSON may carry a character outside the first plane as two escapes; a server that cuts its stream between them, or a
model that writes one alone, leaves half a character, which no store takes.
"""

import json
import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def sound(text: str) -> str:
    """Return the text with pairs joined and lone halves as U+FFFD."""
    if text.isascii() or not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def sound_json(text: str) -> str:
    """Return JSON whose texts are sound once it is read; what is no JSON stays, but sound."""
    text = sound(text)
    if not _ESCAPED_HALF.search(text):
        return text
    try:
        return json.dumps(_sound_within(json.loads(text)), ensure_ascii=False)
    except ValueError:
        return text


def _sound_within(value: Any) -> Any:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, list):
        return [_sound_within(part) for part in value]
    if isinstance(value, dict):
        return {sound(name): _sound_within(part) for name, part in value.items()}
    return value


class Seam:
    """Joins text that arrives in pieces: half a character waits for the other."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """Return what is whole now that `piece` has arrived."""
        text, self._half = self._half + piece, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return sound(text)
