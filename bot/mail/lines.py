"""Tells which lines of a mail hold words: not those that are blank, a rule or the place of a picture."""

import re
from collections.abc import Sequence

from bot.mail import phrases

LONGEST_LINE = 400
"""Characters of a line that are looked at."""

_RULED = re.compile(r"(?:[-_—=*·•~] ?){2,}\s*")


def next_said(lines: Sequence[str], number: int) -> int:
    """Return the number of the first line that is not empty, from `number` on; the number of lines where all are."""
    while number < len(lines) and not lines[number]:
        number += 1
    return number


def all_blank(lines: Sequence[str]) -> bool:
    """Return whether no line has any text."""
    return not any(line.strip() for line in lines)


def says_nothing(line: str) -> bool:
    """Return whether a stripped line is empty, a rule, or the place of a picture."""
    return not line or _RULED.fullmatch(line) is not None or phrases.PICTURE.fullmatch(line) is not None
