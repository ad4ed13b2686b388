"""Tells whether the draft of an article is among what customers are answered from by now. Pure."""

import re
from collections.abc import Collection
from pathlib import PurePath

_ARTICLE = re.compile(r"/articles/(\d+)")
"""In an address of a Help Center: the number stays whatever the title becomes."""


def is_known(place: str, sources: Collection[str]) -> bool:
    """Return whether the article that was drafted there is known.

    Args:
        place: the draft's file, or its address.
        sources: of all passages: `FILE#ANCHOR` inside the knowledge folder, or an article's link.
    """
    if number := _ARTICLE.search(place):
        return any(number.group(1) in _ARTICLE.findall(source) for source in sources)
    name = PurePath(place).name
    return any(PurePath(source.partition("#")[0]).name == name for source in sources if "://" not in source)


def can_be_known(place: str, sources: Collection[str]) -> bool:
    """Return whether it can be told at all: a Help Center that was not read yet says nothing of its articles."""
    return not _ARTICLE.search(place) or any(_ARTICLE.search(source) for source in sources)
