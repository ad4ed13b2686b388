"""Extracts what the author of a mail wrote, without the mail it answers and without the signature.

One place decides it for everything that reads a customer's words: first the quotations go, then the signature and the
footers. In doubt a line is kept.
"""

from dataclasses import dataclass
from functools import lru_cache

from bot.mail import phrases
from bot.mail.html import marked_text
from bot.mail.quotations import without_quotations
from bot.mail.signatures import without_signature

LONGEST_PASSED_ON = 4_000
"""Characters of a forwarded mail that are read."""


@dataclass(frozen=True)
class Letter:
    """A mail, read.

    Args:
        own: the author's words; never empty where the mail has any text but a forwarded one.
        passed_on: the mail that they forward, empty for none: theirs to show, not to have said.
    """

    own: str
    passed_on: str = ""


def read(text: str, *, html: str = "", author: str = "", subject: str = "") -> Letter:
    """Return a mail's own words.

    Args:
        text: its plain text.
        html: the same as HTML, empty for none; it shows where a quotation ends, which plain text may not.
        author: their name, by which they may sign.
        subject: of the mail that began the ticket, empty for any other.
    """
    forwards = phrases.PASSED_ON.match(subject) is not None
    shown = marked_text(html) if html else ""
    if shown and (letter := _read(shown, author, forwards=forwards)).own and _says_less(letter, shown):
        return letter

    letter = _read(text, author, forwards=forwards)
    return letter if letter.own or letter.passed_on else Letter(text.strip())


@lru_cache(32)
def own_words(text: str) -> str:
    """Return what somebody wrote themselves, empty where they only quote; a turn asks several times for its line."""
    return _read(text, "", forwards=False).own


def _says_less(letter: Letter, text: str) -> bool:
    return len("".join(letter.own.split())) < len("".join(text.split()))


def _read(text: str, author: str, *, forwards: bool) -> Letter:
    lines = text.replace("\r\n", "\n").split("\n")
    parts = without_quotations(lines, forwards=forwards)
    own = "\n".join(without_signature(parts.kept, author))

    passed_on = "\n".join(parts.passed_on).strip()
    if len(passed_on) > LONGEST_PASSED_ON:
        passed_on = passed_on[:LONGEST_PASSED_ON] + " […]"
    return Letter(own.strip(), passed_on)
