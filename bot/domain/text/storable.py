"""Makes any text storable: lone halves of surrogate pairs, which UTF-8 cannot carry, are replaced.

Models, clients and vendors send such halves as `\ud83d` in JSON, which Python decodes without a word
(https://docs.python.org/3/library/json.html#character-encodings). Two that belong together become the character they
mean; a lone one becomes U+FFFD, the sign for what could not be read.
"""

import codecs
import json
import re
from typing import Any

STORABLE = "frontdesk.storable"
"""The `errors=` of an encoding that never fails."""

_ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def storable(text: str) -> str:
    """Return the text as UTF-8 can carry it."""
    return text if text.isascii() else text.encode("utf-8", STORABLE).decode()


def to_json(value: Any) -> str:
    """Return compact JSON that any store, and Lua, can read back."""
    return storable(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def storable_json(body: bytes) -> bytes:
    """Return a JSON body without halves of characters; what is no JSON stays what it is.

    pydantic refuses a whole body for one of them, wherever it stands in it.
    """
    if not _ESCAPED_HALF.search(body):
        return body
    try:
        return to_json(json.loads(body)).encode()
    except (ValueError, RecursionError):
        return body


def _mended(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    halves = error.object[error.start : error.end]
    whole = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.encode(), error.end


codecs.register_error(STORABLE, _mended)
