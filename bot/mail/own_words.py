"""Extracts what the author of a mail wrote, without the mail it answers and without the signature.

One place decides it for everything that reads a customer's words. Quotations are found by quotequail (kept, MIT, ten
languages; of the libraries tried it takes least for one that is none), and by tables of ours where it knows no form;
what it finds is believed only where a mail program shows: with an address, a time or marks. Signatures no library finds
without cutting what people write, so those are found by a closing or the author's name, and only where nothing that
follows wants anything. In doubt a line is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import quotequail

from bot.mail import phrases
from bot.mail.html import marked_text

LONGEST_PASSED_ON = 4_000
"""Characters of a forwarded mail that are read."""

_LONGEST_LINE = 400
_WRAPPED = 3  # lines over which a long introduction is broken
_FEWEST_HEADERS = 3
_MOST_LINES = 2_000  # in which the library looks for an introduction
_TAIL = 40  # lines in which a signature is looked for
_LONGEST_SIGNATURE_LINE = 90
_FALSE_FINDS = 50
_MARK = ">"
_PROMPT = re.compile(r">>>|>\s*(?:[$€£]|[\d.,]+ ?[^\W\d]|[\d.,]+ ?[$€£%])")
_RULED = re.compile(r"(?:[-_—=*·•~] ?){2,}\s*")
_SIGNED = "-- "  # with its blank: the mark of a signature, https://www.rfc-editor.org/rfc/rfc3676#section-4.3
_DASHES = re.compile(r"(?:--|—) ?")
_EDGES = " \t,.;!*_–—-~"
_SMALL_WORDS = frozenset(
    [
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
        "&",
        "-",
        "–",
        "|",
        "e",
    ]
)
_SLASHED_DATE = re.compile(r"\d{4}/")  # an old form of Gmail, and the one pattern that takes long
_LONGEST_FOOTER = 3_000
_LONGEST_TITLE = 6  # words of "Responsable achats", where it stands below a name


@dataclass(frozen=True)
class Letter:
    """A mail, read.

    Args:
        own: the author's words; never empty where the mail has any text but a forwarded one.
        passed_on: the mail that they forward, empty for none: theirs to show, not to have said.
    """

    own: str
    passed_on: str = ""


@dataclass
class _Parts:
    kept: list[str]
    passed_on: list[str]


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


def own_words(text: str) -> str:
    """Return what somebody wrote themselves, empty where they only quote."""
    return _read(text, "", forwards=False).own


def _says_less(letter: Letter, text: str) -> bool:
    return len("".join(letter.own.split())) < len("".join(text.split()))


def _read(text: str, author: str, *, forwards: bool) -> Letter:
    lines = text.replace("\r\n", "\n").split("\n")
    parts = _parted(lines, forwards=forwards)
    kept = _unsigned(parts.kept, author)
    passed_on = "\n".join(parts.passed_on).strip()
    if len(passed_on) > LONGEST_PASSED_ON:
        passed_on = passed_on[:LONGEST_PASSED_ON] + " […]"
    return Letter("\n".join(kept).strip(), passed_on)


def _parted(lines: Sequence[str], *, forwards: bool) -> _Parts:
    """Take the quotations out; one without marks goes on to the end."""
    bare = [_bare(line) for line in lines]
    introduced = _introductions(bare)
    parts = _Parts([], [])
    number = 0
    while number < len(lines):
        end = _end_of_opening(bare, number, introduced)
        if end is None and not _is_marked(bare, number):
            parts.kept.append(lines[number])
            number += 1
            continue
        begin = _next_said(bare, number if end is None else end)
        if begin < len(bare) and _is_marked(bare, begin):
            number = _end_of_marks(bare, begin)
            parts.kept.append("")
            continue
        if forwards or phrases.FORWARDED.search(bare[number]):
            parts.passed_on = list(lines[number:])
        elif not any(line.strip() for line in parts.kept):
            return _Parts(list(lines), [])  # an answer below a quotation without marks: nobody can tell them apart
        break
    return parts


def _bare(line: str) -> str:
    return line.replace("\u00a0", " ").replace("\u200b", "").strip()[:_LONGEST_LINE]


def _introductions(bare: Sequence[str]) -> dict[int, int]:
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
        start = found[begin] = start + above.count("\n") + 1
    return found


def _may_introduce(line: str) -> bool:
    return line.endswith((":", "_", "-", ">")) and not line.startswith(_MARK)


def _end_of_opening(bare: Sequence[str], number: int, introduced: dict[int, int]) -> int | None:
    """Return the first line after what opens a quotation here, None where nothing does."""
    line = bare[number]
    if not line or line.startswith(_MARK):
        return None
    if phrases.REPLY_ABOVE.fullmatch(line):
        return number + 1
    if phrases.DASHED.fullmatch(line) and (phrases.ORIGINAL.search(line) or phrases.FORWARDED.search(line)):
        return number + 1
    if (end := _end_of_headers(bare, number)) is not None:
        return end
    end = introduced.get(number) or _end_of_introduction(bare, number)
    if end is None:
        shows_mail = line.endswith((":", "：")) and phrases.SENT_THEN.search(line)
        after = _next_said(bare, number + 1)
        return number + 1 if shows_mail and after < len(bare) and _is_marked(bare, after) else None
    if phrases.SENT_THEN.search(" ".join(bare[number:end])) and not line.endswith("_"):
        return end
    after = _next_said(bare, end)
    if after >= len(bare):
        return None
    return end if _is_marked(bare, after) or _end_of_headers(bare, after) is not None else None


def _end_of_introduction(bare: Sequence[str], number: int) -> int | None:
    """Return the first line after an introduction by our own table, which may be broken over a few lines."""
    joined = ""
    for end in range(number, min(number + _WRAPPED, len(bare))):
        if not bare[end] or bare[end].startswith(_MARK):
            return None
        joined = f"{joined} {bare[end]}".strip()
        if joined.endswith((":", "：", "--")) and phrases.INTRODUCTION.fullmatch(joined):
            return end + 1
    return None


def _end_of_headers(bare: Sequence[str], number: int) -> int | None:
    """Return the first line after a block of mail headers that begins here, None where there is none.

    `From: Berlin`, `To: Paris`, `Date: 12 May` is a journey: a sender has an address, or a mail a time of day.
    """
    found: dict[str, str] = {}
    last = number
    for at in range(number, min(number + 14, len(bare))):
        match = phrases.HEADER.fullmatch(bare[at])
        kind = phrases.KIND_OF_HEADER.get(match[1].casefold()) if match else None
        if match and kind and kind not in found:
            found[kind] = match[2]
            last = at
        elif at == number or at - last > 2:
            break
    if "from" not in found or len(found) < _FEWEST_HEADERS:
        return None
    is_mail = "@" in found["from"] or phrases.SENT_THEN.search(found.get("date", ""))
    return last + 1 if is_mail else None


def _is_marked(bare: Sequence[str], number: int) -> bool:
    """Return whether this is a line with the mark of a quotation; a prompt or "> 100 USD" is none."""
    line = bare[number]
    if not line.startswith(_MARK):
        return False
    alone = not any(other.startswith(_MARK) for other in bare[max(number - 1, 0) : number])
    return not (alone and _PROMPT.match(line))


def _end_of_marks(bare: Sequence[str], number: int) -> int:
    while number < len(bare) and bare[number].startswith(_MARK):
        number += 1
        after = _next_said(bare, number)
        if after < len(bare) and bare[after].startswith(_MARK):
            number = after
    return number


def _next_said(bare: Sequence[str], number: int) -> int:
    while number < len(bare) and not bare[number]:
        number += 1
    return number


def _unsigned(lines: Sequence[str], author: str) -> list[str]:
    """Take away what ends the mail, as long as something is left."""
    kept = _without_footers(list(lines))
    names = _names(author)
    for start in range(max(_next_said(kept, 0) + 1, len(kept) - _TAIL), len(kept)):
        line = kept[start].strip()
        if not line:
            continue
        if phrases.THANKING.fullmatch(line.strip(_EDGES)) and _is_signature(kept[start + 1 :], names, above=line):
            return _without_footers(kept[: start + 1])
        is_marked = kept[start] == _SIGNED and not phrases.I_SAY.search(" ".join(kept[start:]))
        if is_marked or (_begins_signature(kept, start, names) and _is_signature(kept[start:], names)):
            return _without_footers(kept[:start])
    return kept


def _without_footers(lines: list[str]) -> list[str]:
    """Take what companies and apps write off the end."""
    kept = lines
    while True:
        end = len(kept)
        while end and _says_nothing(kept[end - 1].strip()[:_LONGEST_LINE]):
            end -= 1
        kept = kept[:end]
        if not kept:
            return lines
        if phrases.APP_LINE.fullmatch(kept[-1].strip(_EDGES)) or _is_app_link(kept[-1]):
            rest = kept[:-1]
        else:
            begin = next((n + 1 for n in range(len(kept) - 1, -1, -1) if not kept[n].strip()), 0)
            rest = kept[:begin] if begin and _is_footer(kept[begin:]) else kept
        if rest == kept or not any(line.strip() for line in rest):
            return kept
        kept = rest


def _says_nothing(line: str) -> bool:
    return not line or _RULED.fullmatch(line) is not None or phrases.PICTURE.fullmatch(line) is not None


def _is_app_link(line: str) -> bool:
    return "aka.ms/" in line and len(line) < _LONGEST_LINE and phrases.APP_LINE.match(line.strip(_EDGES)) is not None


def _is_footer(lines: Sequence[str]) -> bool:
    text = " ".join(" ".join(lines).split())[:_LONGEST_FOOTER]
    if not phrases.FOOTER.search(text):
        return False
    return not phrases.I_SAY.search(text) or phrases.TO_ANYBODY.search(text) is not None


def _names(author: str) -> frozenset[str]:
    words = author.casefold().split()
    if not words or "@" in author:
        return frozenset()
    short = f"{words[0]} {words[-1][0]}" if len(words) > 1 else words[0]
    return frozenset({" ".join(words), words[0], short})


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


def _is_signature(lines: Sequence[str], names: frozenset[str], above: str = "") -> bool:
    """Return whether nobody says anything in these lines: names, titles, addresses and what a company adds.

    What a company says of itself stands right below a name; after a blank line it has to be plain that it is a footer.
    """
    said = [line.strip() for line in lines]
    if above and not any(said):
        return False
    beside_name = sure = False
    for number, line in enumerate(said):
        if _DASHES.fullmatch(line):
            beside_name, sure = True, sure or number > 0
            continue
        if _says_nothing(line):
            beside_name = beside_name and bool(line)
            continue
        if _in_footer(said, number) or phrases.APP_LINE.fullmatch(line.strip(_EDGES)):
            continue
        if phrases.CLOSING.fullmatch(line.strip(_EDGES)) or _is_name(line, names):
            beside_name = True
            sure = sure or " " in line or bool(phrases.CLOSING.fullmatch(line.strip(_EDGES)))
            continue
        if not _is_of_signature(line, beside_name=beside_name and sure):
            return False
    return True


def _in_footer(said: Sequence[str], number: int) -> bool:
    begin, end = number, number + 1
    while begin and said[begin - 1]:
        begin -= 1
    while end < len(said) and said[end]:
        end += 1
    # A footer may stand right below the name; then its own line tells.
    return _is_footer(said[number : number + 1]) or _is_footer(said[max(begin, number - 1) : end])


def _is_of_signature(line: str, *, beside_name: bool) -> bool:
    if len(line) > _LONGEST_LINE or phrases.WANTED.search(line) or phrases.I_SAY.search(line):
        return False
    if phrases.WE_SAY.search(line):
        return beside_name or "|" in line
    if len(line) > _LONGEST_SIGNATURE_LINE:
        return False
    if beside_name and line[:1].isupper() and line[-1:] not in ".!:" and len(line.split()) <= _LONGEST_TITLE:
        return True
    return phrases.CONTACT.search(line) is not None or _is_title(line)


def _is_title(line: str) -> bool:
    words = line.replace(",", " ").replace("/", " ").split()
    return all(word in _SMALL_WORDS or word[0].isupper() or word[0] == "(" for word in words)
