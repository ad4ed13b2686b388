"""Finds the mail that a mail answers or forwards, and takes it out.

Quotations are found by quotequail (kept, MIT, ten languages; of the libraries tried it takes least for one that is
none), and by tables of ours where it knows no form; what it finds is believed only where a mail program shows: with an
address, a time or marks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import quotequail

from bot.mail import phrases
from bot.mail.lines import LONGEST_LINE, all_blank, next_said

_WRAPPED = 3  # lines over which a long introduction is broken
_FEWEST_HEADERS = 3
_MOST_HEADER_LINES = 14
_MOST_LINES = 2_000  # in which the library looks for an introduction
_FALSE_FINDS = 50
_MARK = ">"
_COLONS = (":", "：")
_PROMPT = re.compile(r">>>|>\s*(?:[$€£]|[\d.,]+ ?[^\W\d]|[\d.,]+ ?[$€£%])")
_SLASHED_DATE = re.compile(r"\d{4}/")  # an old form of Gmail, and the one pattern that takes long


@dataclass(frozen=True)
class Parts:
    """A mail's lines, parted.

    Args:
        kept: what its author wrote, with an empty line where a quotation was.
        passed_on: the mail that they forward.
    """

    kept: Sequence[str]
    passed_on: Sequence[str] = ()


def without_quotations(lines: Sequence[str], *, forwards: bool) -> Parts:
    """Take the quotations out; one without marks goes on to the end.

    Args:
        lines: of the mail.
        forwards: whether its subject says that it forwards another.
    """
    bare = [_bare(line) for line in lines]
    introduced = _introductions(bare)
    kept: list[str] = []
    number = 0

    while number < len(lines):
        begin = _quotation_at(bare, number, introduced)
        if begin is None:
            kept.append(lines[number])
            number += 1
        elif _is_marked(bare, begin):
            kept.append("")
            number = _end_of_marks(bare, begin)
        elif forwards or phrases.FORWARDED.search(bare[number]):
            return Parts(kept, lines[number:])
        elif all_blank(kept):
            return Parts(lines)  # an answer below a quotation without marks: nobody can tell them apart
        else:
            break
    return Parts(kept)


def _bare(line: str) -> str:
    return line.replace("\u00a0", " ").replace("\u200b", "").strip()[:LONGEST_LINE]


def _introductions(bare: Sequence[str]) -> Mapping[int, int]:
    """Return the lines at which the library sees a quotation begin, and the first line after each introduction."""
    found: dict[int, int] = {}
    start = 0
    bare = ["" if _SLASHED_DATE.match(line) else line for line in bare[:_MOST_LINES]]

    for _ in range(_FALSE_FINDS):
        if not any(_may_introduce(line) for line in bare[start:]):
            break
        rest = "\n".join(bare[start:])
        parts = quotequail.quote(rest, limit=len(bare) + 1, quote_intro_line=True)
        if len(parts) < 2:
            break
        begin = len(bare) - parts[1][1].count("\n") - 1
        above = quotequail.quote(rest, limit=len(bare) + 1)[0][1]
        start = start + above.count("\n") + 1
        found[begin] = start
    return found


def _may_introduce(line: str) -> bool:
    return line.endswith((":", "_", "-", ">")) and not line.startswith(_MARK)


def _quotation_at(bare: Sequence[str], number: int, introduced: Mapping[int, int]) -> int | None:
    """Return the first line of the quotation that stands here or is opened here, None for neither."""
    end = _end_of_opening(bare, number, introduced)
    if end is not None:
        return next_said(bare, end)
    return number if _is_marked(bare, number) else None


def _end_of_opening(bare: Sequence[str], number: int, introduced: Mapping[int, int]) -> int | None:
    """Return the first line after what opens a quotation here, None where nothing does."""
    line = bare[number]
    if not line or line.startswith(_MARK):
        return None
    if _is_divider(line):
        return number + 1

    after_headers = _end_of_headers(bare, number)
    if after_headers is not None:
        return after_headers

    end = introduced.get(number) or _end_of_introduction(bare, number)
    if end is None:
        return number + 1 if _dates_what_is_marked_below(bare, number) else None
    return end if _is_of_a_mail_program(bare, number, end) else None


def _is_divider(line: str) -> bool:
    """Return whether a mail program draws this line above the other mail."""
    if phrases.REPLY_ABOVE.fullmatch(line):
        return True
    names_a_mail = phrases.ORIGINAL.search(line) or phrases.FORWARDED.search(line)
    return names_a_mail is not None and phrases.DASHED.fullmatch(line) is not None


def _is_of_a_mail_program(bare: Sequence[str], number: int, end: int) -> bool:
    """Return whether the introduction up to `end` has a time, or marks or headers below it: people write neither."""
    has_time = phrases.SENT_THEN.search(" ".join(bare[number:end])) is not None
    if has_time and not bare[number].endswith("_"):
        return True
    below = next_said(bare, end)
    return _is_marked(bare, below) or _end_of_headers(bare, below) is not None


def _dates_what_is_marked_below(bare: Sequence[str], number: int) -> bool:
    line = bare[number]
    if not line.endswith(_COLONS) or not phrases.SENT_THEN.search(line):
        return False
    return _is_marked(bare, next_said(bare, number + 1))


def _end_of_introduction(bare: Sequence[str], number: int) -> int | None:
    """Return the first line after an introduction by our own table, which may be broken over a few lines."""
    joined = ""
    for end in range(number, min(number + _WRAPPED, len(bare))):
        if not bare[end] or bare[end].startswith(_MARK):
            return None
        joined = f"{joined} {bare[end]}".strip()
        if joined.endswith((*_COLONS, "--")) and phrases.INTRODUCTION.fullmatch(joined):
            return end + 1
    return None


def _end_of_headers(bare: Sequence[str], number: int) -> int | None:
    """Return the first line after a block of mail headers that begins here, None where there is none."""
    headers = _Headers.read(bare, number)
    return headers.end if headers.show_a_mail else None


@dataclass(frozen=True)
class _Headers:
    """Lines that look like the headers of a mail.

    Args:
        values: by kind (`from`, `date`).
        end: the first line after them.
    """

    values: Mapping[str, str]
    end: int

    @classmethod
    def read(cls, bare: Sequence[str], number: int) -> "_Headers":
        values: dict[str, str] = {}
        last = number
        for at in range(number, min(number + _MOST_HEADER_LINES, len(bare))):
            kind, value = _header(bare[at])
            if kind and kind not in values:
                values[kind] = value
                last = at
            elif at == number or at - last > 2:
                break
        return cls(values, last + 1)

    @property
    def show_a_mail(self) -> bool:
        """`From: Berlin`, `To: Paris`, `Date: 12 May` is a journey: a sender has an address, or a mail a time of day."""
        if "from" not in self.values or len(self.values) < _FEWEST_HEADERS:
            return False
        return "@" in self.values["from"] or phrases.SENT_THEN.search(self.values.get("date", "")) is not None


def _header(line: str) -> tuple[str, str]:
    """Return a header's kind and value, both empty where the line is none."""
    match = phrases.HEADER.fullmatch(line)
    kind = phrases.KIND_OF_HEADER.get(match[1].casefold()) if match else None
    return (kind, match[2]) if match and kind else ("", "")


def _is_marked(bare: Sequence[str], number: int) -> bool:
    """Return whether there is a line with the mark of a quotation here; a prompt or "> 100 USD" is none."""
    if number >= len(bare) or not bare[number].startswith(_MARK):
        return False
    follows_another = number > 0 and bare[number - 1].startswith(_MARK)
    return follows_another or not _PROMPT.match(bare[number])


def _end_of_marks(bare: Sequence[str], number: int) -> int:
    while number < len(bare) and bare[number].startswith(_MARK):
        number += 1
        after = next_said(bare, number)
        if after < len(bare) and bare[after].startswith(_MARK):
            number = after
    return number
