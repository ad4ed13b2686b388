"""Reads single facts from lines: how long ago something was; and shortens them."""

import re

_AGO = re.compile(r"\b(\d{1,4}|a|an|one|two|three|four|five|six|eight|ten) (day|week|month|year)s?\b", re.IGNORECASE)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


def days_ago(text: str) -> int | None:
    """Return how many days ago something was, as the text says it; None where it says nothing."""
    match = _AGO.search(text)
    if match is None:
        return None
    number = match[1].lower()
    return (_NUMBERS.get(number) or int(number)) * _UNIT_DAYS[match[2].lower()]


def shorten(text: str, longest: int) -> str:
    """Return the text on one line, cut at a word with an ellipsis where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rpartition(" ")[0] + "…"
