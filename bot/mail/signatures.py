"""Finds what ends a mail, its signature and its footers, and takes it off.

No library finds signatures without cutting what people write, so they are found here: by a closing or the author's name,
and only where nothing that follows wants anything. In doubt a line is kept.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

from bot.mail import phrases
from bot.mail.lines import LONGEST_LINE, all_blank, next_said, says_nothing

_TAIL = 40  # lines in which a signature is looked for
_LONGEST_SIGNATURE_LINE = 90
_LONGEST_FOOTER = 3_000
_LONGEST_TITLE = 6  # words of "Responsable achats", where it stands below a name
_SIGNED = "-- "  # with its blank: the mark of a signature, https://www.rfc-editor.org/rfc/rfc3676#section-4.3
_DASHES = re.compile(r"(?:--|—) ?")
_EDGES = " \t,.;!*_–—-~"
_SMALL_WORDS = frozenset(
    {
        "of",
        "and",
        "for",
        "the",
        "in",
        "at",
        "und",
        "für",
        "de",
        "des",
        "du",
        "la",
        "del",
        "y",
        "et",
        "e",
        "&",
        "-",
        "–",
        "|",
    }
)


def without_signature(lines: Sequence[str], author: str) -> Sequence[str]:
    """Take away what ends the mail, as long as something is left.

    Args:
        lines: what its author wrote, without quotations.
        author: their name, by which they may sign.
    """
    kept = _without_footers(lines)
    names = _names(author)

    first = max(next_said(kept, 0) + 1, len(kept) - _TAIL)
    for start in range(first, len(kept)):
        if _is_last_thanks(kept, start, names):
            return _without_footers(kept[: start + 1])
        if _is_signed_from(kept, start, names):
            return _without_footers(kept[:start])
    return kept


def _without_footers(lines: Sequence[str]) -> Sequence[str]:
    """Take what companies and apps write off the end, all of it unless that is the whole mail."""
    kept = lines
    while True:
        kept = _without_empty_end(kept)
        if not kept:
            return lines
        rest = _without_last_footer(kept)
        if rest == kept or all_blank(rest):
            return kept
        kept = rest


def _without_empty_end(lines: Sequence[str]) -> Sequence[str]:
    end = len(lines)
    while end and says_nothing(lines[end - 1].strip()[:LONGEST_LINE]):
        end -= 1
    return lines[:end]


def _without_last_footer(lines: Sequence[str]) -> Sequence[str]:
    if phrases.APP_LINE.fullmatch(lines[-1].strip(_EDGES)) or _is_app_link(lines[-1]):
        return lines[:-1]

    begin = len(lines)
    while begin and lines[begin - 1].strip():
        begin -= 1
    return lines[:begin] if begin and _is_footer(lines[begin:]) else lines


def _is_app_link(line: str) -> bool:
    return "aka.ms/" in line and len(line) < LONGEST_LINE and phrases.APP_LINE.match(line.strip(_EDGES)) is not None


def _is_footer(lines: Sequence[str]) -> bool:
    text = " ".join(" ".join(lines).split())[:_LONGEST_FOOTER]
    if not phrases.FOOTER.search(text):
        return False
    return not phrases.I_SAY.search(text) or phrases.TO_ANYBODY.search(text) is not None


def _names(author: str) -> frozenset[str]:
    """Return how the author may sign: "sarah lee", "sarah", "sarah l"."""
    words = author.casefold().split()
    if not words or "@" in author:
        return frozenset()
    short = f"{words[0]} {words[-1][0]}" if len(words) > 1 else words[0]
    return frozenset({" ".join(words), words[0], short})


def _is_last_thanks(lines: Sequence[str], start: int, names: frozenset[str]) -> bool:
    """Return whether "thank you" stands here, which the author said, and below it a signature alone."""
    if not phrases.THANKING.fullmatch(lines[start].strip().strip(_EDGES)):
        return False
    below = lines[start + 1 :]
    return not all_blank(below) and _is_signature(below, names)


def _is_signed_from(lines: Sequence[str], start: int, names: frozenset[str]) -> bool:
    if lines[start] == _SIGNED and not phrases.I_SAY.search(" ".join(lines[start:])):
        return True
    return _begins_signature(lines, start, names) and _is_signature(lines[start:], names)


def _begins_signature(lines: Sequence[str], start: int, names: frozenset[str]) -> bool:
    line = lines[start].strip()
    if _DASHES.fullmatch(line) or phrases.CLOSING.fullmatch(line.strip(_EDGES)):
        return True
    if not _is_name(line, names):
        return False
    above = next((other.strip() for other in reversed(lines[:start]) if other.strip()), "")
    return not phrases.GIVES_NAME.search(above[-80:])


def _is_name(line: str, names: frozenset[str]) -> bool:
    said = phrases.BEFORE_NAME.sub("", line.strip(_EDGES)).casefold()
    if said in names:
        return True
    whole = max(names, key=len, default="")
    rest = said.removeprefix(whole) if " " in whole else said
    return rest != said and rest[:1] != "" and not rest[:2].strip()[:1].isalnum()


class _Line(Enum):
    """What a line of a signature is."""

    DASHES = auto()
    BLANK = auto()
    DECORATION = auto()
    FOOTER = auto()
    CLOSING = auto()
    NAME = auto()
    OTHER = auto()


def _is_signature(lines: Sequence[str], names: frozenset[str]) -> bool:
    """Return whether nobody says anything in these lines: names, titles, addresses and what a company adds.

    What a company says of itself stands right below a name; after a blank line it has to be plain that it is a footer.
    """
    said = [line.strip() for line in lines]
    beside_name = False
    sure = False

    for number, line in enumerate(said):
        match _kind_of(said, number, names):
            case _Line.DASHES:
                beside_name = True
                sure |= number > 0
            case _Line.BLANK:
                beside_name = False
            case _Line.CLOSING:
                beside_name = True
                sure = True
            case _Line.NAME:
                beside_name = True
                sure |= " " in line
            case _Line.OTHER if not _is_of_signature(line, beside_name=beside_name and sure):
                return False
    return True


def _kind_of(said: Sequence[str], number: int, names: frozenset[str]) -> _Line:
    line = said[number]
    if not line:
        return _Line.BLANK
    if _DASHES.fullmatch(line):
        return _Line.DASHES
    if says_nothing(line):
        return _Line.DECORATION
    if _in_footer(said, number) or phrases.APP_LINE.fullmatch(line.strip(_EDGES)):
        return _Line.FOOTER
    if phrases.CLOSING.fullmatch(line.strip(_EDGES)):
        return _Line.CLOSING
    return _Line.NAME if _is_name(line, names) else _Line.OTHER


def _in_footer(said: Sequence[str], number: int) -> bool:
    begin = number
    while begin and said[begin - 1]:
        begin -= 1
    end = number + 1
    while end < len(said) and said[end]:
        end += 1
    # A footer may stand right below the name; then its own line tells.
    return _is_footer(said[number : number + 1]) or _is_footer(said[max(begin, number - 1) : end])


def _is_of_signature(line: str, *, beside_name: bool) -> bool:
    if len(line) > LONGEST_LINE or phrases.WANTED.search(line) or phrases.I_SAY.search(line):
        return False
    if phrases.WE_SAY.search(line):
        return beside_name or "|" in line
    if len(line) > _LONGEST_SIGNATURE_LINE:
        return False
    if beside_name and _is_short_title(line):
        return True
    return phrases.CONTACT.search(line) is not None or _is_title(line)


def _is_short_title(line: str) -> bool:
    return line[:1].isupper() and line[-1:] not in ".!:" and len(line.split()) <= _LONGEST_TITLE


def _is_title(line: str) -> bool:
    words = line.replace(",", " ").replace("/", " ").split()
    return all(word in _SMALL_WORDS or word[0].isupper() or word[0] == "(" for word in words)
