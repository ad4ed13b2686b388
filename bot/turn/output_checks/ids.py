"""Allows only known ids in an answer: from the customer, the desk's texts, or a tool's result for them. Pure.

Any other id is looked up before the answer leaves; what belongs to another customer is taken out.
"""

import re
from collections.abc import Collection, Iterable

REMOVED = "[removed]"

_ID = re.compile(r"(?<![\w@])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9][\w-]{2,62}[A-Za-z0-9](?![\w@])")


def unknown_ids(text: str, known: Iterable[str]) -> frozenset[str]:
    """Return what may be an id (letters and digits in one word) and stands in none of the known texts."""
    found = set(_ID.findall(text))
    if not found:
        return frozenset()
    everything = "\n".join(known).casefold()
    return frozenset(token for token in found if token.casefold() not in everything)


def without_ids(text: str, ids: Collection[str]) -> str:
    """Return the text without these ids."""
    return _ID.sub(lambda match: REMOVED if match[0] in ids else match[0], text)
