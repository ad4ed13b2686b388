"""Finds injected orders, abuse and foreign topics by rules, before any model reads a message. Pure.

Three answers are possible: yes, no, and "it may be". Only the last is worth asking a model.
What is read is what the text means to a reader: without invisible characters, look-alike letters, accents and
letters set apart, and with what is hidden in Base64 or in Unicode's tag characters put behind it. The patterns stand
in `injection_rules.yml`.
"""

import base64
import binascii
import re
import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

import yaml

LONGEST = 20_000
"""Characters that are read; longer messages are refused before any model."""

LONGEST_NAME = 80


class RuleVerdict(StrEnum):
    """What rules say."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


_PATTERNS = Path(__file__).with_name("injection_rules.yml")
_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁһӏαορν’ʼ`´", "aeopcyxijsdhlaopv''''")
_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+|([\U000e0020-\U000e007f]{4,})")  # a flag's are no text
_SPACED = re.compile(r"(?<!\w)(?:\w[ .*_-]){4,}\w(?!\w)")
_BASE64 = re.compile(r"(?<![\w+/=])(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2,3})?={0,2}(?![\w+/=])")
_THING = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])\w{4,}\b")
_HIDDEN = 8  # invisible characters; a few come with copied text
_HARMLESS = "\u00ad\u200c\u200d"  # hyphenation, and what joins emoji or Persian letters


@lru_cache(16)
def injection(text: str) -> RuleVerdict:
    """Return whether the text gives the model orders instead of asking the desk for something."""
    text = text[:LONGEST]
    readable = _readable(text)
    if _tagged(text) or _finds("injected", readable):
        return RuleVerdict.YES
    is_odd = _invisible(text) >= _HIDDEN or bool(_encoded(text)) or _finds("suspicious", readable)
    return RuleVerdict.MAYBE if is_odd else RuleVerdict.NO


def is_threat(text: str) -> bool:
    """Return whether the text threatens people with violence."""
    return _finds("threats", _readable(text[:LONGEST]))


def is_abuse(text: str) -> bool:
    """Return whether the text insults whoever answers; swearing about a thing is none."""
    return _finds("insults", _readable(text[:LONGEST]))


def off_topic(text: str) -> RuleVerdict:
    """Return whether the text asks for what no front desk does; beside an order id or the like that is not sure."""
    readable = _readable(text[:LONGEST])
    if not _finds("off_topic", readable):
        return RuleVerdict.NO
    return RuleVerdict.MAYBE if _THING.search(readable) else RuleVerdict.YES


def as_name(text: str) -> str:
    """Return a person's name as a model may read it: people choose their own, and some choose orders."""
    name = " ".join(text.split())[:LONGEST_NAME]
    return "" if injection(name) is RuleVerdict.YES else name


def _finds(kind: str, readable: str) -> bool:
    return _pattern(kind).search(readable) is not None


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """One expression of all patterns of a kind: within a line at the beginning of a word, else as they stand."""
    read = yaml.safe_load(_PATTERNS.read_text("utf-8"))
    words, lines = (
        "|".join(_filled(pattern, read["parts"]) for pattern in read.get(name, ())) for name in (kind, f"{kind}_line")
    )
    return re.compile(rf"\b(?:{words})" + (f"|{lines}" if lines else ""), re.MULTILINE)


def _filled(pattern: str, parts: dict[str, str]) -> str:
    for name, part in reversed(parts.items()):  # a part may use those before it
        pattern = pattern.replace(f"{{{name}}}", part)
    return pattern


@lru_cache(8)
def _readable(text: str) -> str:
    """What a reader makes of it; a turn asks several times for the same words."""
    return "\n".join(_plain(part) for part in (text, _tagged(text), *_encoded(text)) if part)


def _plain(text: str) -> str:
    """Lower case, one kind of each letter, nothing invisible, single spaces; lines stay lines."""
    seen = text if text.isascii() else _visible(unicodedata.normalize("NFKD", text))
    seen = _SPACED.sub(lambda match: re.sub(r"\W|_", "", match[0]), seen.casefold().translate(_LOOK_ALIKE))
    return "\n".join(" ".join(line.split()) for line in seen.splitlines())


def _visible(text: str) -> str:
    return "".join(char for char in text if char.isascii() or unicodedata.category(char) not in {"Cf", "Mn"})


def _invisible(text: str) -> int:
    """How many invisible characters there are; ASCII has none."""
    others = "" if text.isascii() else text
    return sum(unicodedata.category(char) == "Cf" and char not in _HARMLESS for char in others)


def _tagged(text: str) -> str:
    """What Unicode's tag characters spell, which no screen shows. https://www.unicode.org/charts/PDF/UE0000.pdf"""
    return "".join(chr(ord(char) - 0xE0000) for part in _TAGS.findall(text) for char in part)


def _encoded(text: str) -> list[str]:
    """What stands in Base64 and is text again."""
    found: list[str] = []
    for blob in _BASE64.findall(text):
        try:
            decoded = base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if " " in decoded and decoded.isprintable():
            found.append(decoded)
    return found
