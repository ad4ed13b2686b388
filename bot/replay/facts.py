"""Finds the hard facts of an answer: amounts, lengths of time, dates, shares, ids. Pure.

Two answers contradict each other where both tell of the same thing and neither says what the other says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from bot.desk.knowledge.function_words import FUNCTION_WORDS

FactKind = Literal["amount", "time", "date", "share", "id"]

_STEM = 5  # letters that the forms of a word share
_AROUND = 70  # characters that tell what a fact is about

_NUMBER = r"\d{1,3}(?:[.,'’ \u00a0]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_SYMBOLS: Mapping[str, str] = {"$": "USD", "€": "EUR", "£": "GBP", "dollar": "USD", "euro": "EUR", "pound": "GBP"}
_AMOUNT = re.compile(
    rf"(?:(?P<before>[$€£]|\b(?:USD|EUR|GBP|CHF))\s?(?P<one>{_NUMBER})(?!\w)"
    rf"|(?<![\w.,])(?P<two>{_NUMBER})\s?(?P<after>[$€£]|(?:USD|EUR|GBP|CHF|dollars?|euros?|pounds?)\b))",
    re.IGNORECASE,
)
_UNITS: Mapping[str, tuple[str, Decimal]] = {
    "minute": ("minute", Decimal(1)),
    "hour": ("minute", Decimal(60)),
    "day": ("day", Decimal(1)),
    "week": ("day", Decimal(7)),
    "month": ("month", Decimal(1)),
    "year": ("month", Decimal(12)),
}
_DAY = 1_440  # minutes
_UNIT_WORDS: Mapping[str, str] = {
    "minute": r"min(?:ute|uto|uten)?s?",
    "hour": r"(?:hour|hr|stunde|heure|hora)[sn]?",
    "day": r"(?:working[ -]|business[ -])?days?|(?:werk|arbeits|geschäfts)?tag(?:e|en|s)?|"
    r"jours?(?: ouvr(?:és|ables))?|días?(?: (?:hábiles|laborables))?",
    "week": r"weeks?|wochen?|semaines?|semanas?",
    "month": r"months?|monat(?:e|en|s)?|mois|mes(?:es)?",
    "year": r"years?|jahr(?:e|en|s)?|ans?|années?|años?",
}
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words in _UNIT_WORDS.items())
_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TIME = re.compile(
    rf"(?<![\w.,])(?P<low>\d{{1,3}}|{'|'.join(_SMALL)})"
    rf"(?:\s?(?:-|–|—|to|bis|à|a|or|oder)\s?(?P<high>\d{{1,3}}|{'|'.join(_SMALL)}))?[ \u00a0-]?(?:{_UNIT})(?!\w)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:[.,]\d+)?)\s?(?:%|percent\b|prozent\b|pour cent\b|por ciento\b)", re.IGNORECASE
)

_MONTHS = (
    "jan|januar|enero|janv|ene",
    "feb|februar|febrero|févr|fevr",
    "mar|mär|marzo|mars",
    "apr|abril|avr",
    "may|mai|mayo",
    "jun|juin|junio",
    "jul|juil|julio",
    "aug|août|aout|ago",
    "sep|sept",
    "oct|okt",
    "nov",
    "dec|dez|dic|déc",
)
_MONTH = "|".join(f"(?P<m{number}>(?:{names})[a-zé]*)" for number, names in enumerate(_MONTHS, 1))
_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_DOTTED = re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?![\w])")
_DAY_MONTH = re.compile(
    rf"(?<![\w.])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|er)?\s(?:of\s|de\s)?(?:{_MONTH})\b", re.IGNORECASE
)
_MONTH_DAY = re.compile(rf"\b(?:{_MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\w)", re.IGNORECASE)
_ID = re.compile(
    r"\[(?:number|phone|account)-\d+\]|(?<![\w@/.\[-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z][\w-]{2,40}\d(?![\w@])"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = frozenset(word for words in FUNCTION_WORDS.values() for word in words)
_NEAR = frozenset(
    {"day", "days", "tag", "tage", "tagen", "business", "working", "hours", "about", "within", "usd", "eur"}
)


@dataclass(frozen=True)
class Fact:
    """A fact as an answer states it.

    Args:
        value: normalised, so that equal facts are equal texts.
        shown: as it stands in the answer.
        about: stems of the words around it.
    """

    kind: FactKind
    value: str
    shown: str
    about: frozenset[str] = frozenset()

    @property
    def is_object(self) -> bool:
        """Whether it names a thing of the desk's, not a masked number."""
        return self.kind == "id" and not self.value.startswith("[")


@dataclass(frozen=True)
class Contradiction:
    """Two facts of one kind about one thing that differ."""

    kind: FactKind
    human: str
    bot: str


def facts_in(text: str) -> list[Fact]:
    """Return the facts of a text, each once."""
    found = {(fact.kind, fact.value): fact for fact in reversed(list(_facts(text)))}
    return list(reversed(found.values()))


def compare(human: Sequence[Fact], bot: Sequence[Fact]) -> tuple[list[Fact], list[Contradiction]]:
    """Return the human's facts that the bot states too, and those that it contradicts."""
    agreed: list[Fact] = []
    against: list[Contradiction] = []
    for kind in get_args(FactKind):
        theirs, ours = _of_kind(human, kind), _of_kind(bot, kind)
        same = {fact.value for fact in theirs} & {fact.value for fact in ours}
        agreed += [fact for fact in theirs if fact.value in same]
        if kind != "id":  # an id that only one of them names says nothing
            against += _against(_without(theirs, same), _without(ours, same), alone=not same)
    return agreed, against


def _of_kind(facts: Sequence[Fact], kind: FactKind) -> list[Fact]:
    return [fact for fact in facts if fact.kind == kind]


def _without(facts: Sequence[Fact], values: set[str]) -> list[Fact]:
    return [fact for fact in facts if fact.value not in values]


def _against(theirs: Sequence[Fact], free: Sequence[Fact], *, alone: bool) -> Iterator[Contradiction]:
    """A fact is contradicted by another about the same; single amounts on both sides are about the same anyway."""
    for fact in theirs:
        rival = max(free, key=lambda other: len(fact.about & other.about), default=None)
        if rival is None:
            continue
        is_single = alone and len(theirs) == len(free) == 1 and fact.kind == "amount"
        if is_single or len(fact.about & rival.about) >= _least(fact, rival):
            yield Contradiction(fact.kind, fact.shown, rival.shown)


def _least(fact: Fact, rival: Fact) -> int:
    """How many words two facts have to share to be about the same: two, or one where there is little around them."""
    return min(2, len(fact.about), len(rival.about)) or 1


def _facts(text: str) -> Iterator[Fact]:
    for match in _AMOUNT.finditer(text):
        amount = _amount(match["one"] or match["two"])
        if amount is not None:
            currency = _currency(match["before"] or match["after"])
            yield Fact("amount", f"{amount:.2f} {currency}", match[0], _about(text, match))
    for match in _TIME.finditer(text):
        yield Fact("time", _length(match), match[0], _about(text, match))
    for match in _SHARE.finditer(text):
        yield Fact("share", f"{Decimal(match[1].replace(',', '.')).normalize():f}", match[0], _about(text, match))
    yield from _dates(text)
    for match in _ID.finditer(text):
        yield Fact("id", match[0].casefold(), match[0])


def _dates(text: str) -> Iterator[Fact]:
    for match in _ISO.finditer(text):
        yield Fact("date", f"{int(match[2])}-{int(match[3])}", match[0], _about(text, match))
    for match in _DOTTED.finditer(text):
        if 1 <= int(match[1]) <= 31 and 1 <= int(match[2]) <= 12:
            yield Fact("date", f"{int(match[2])}-{int(match[1])}", match[0], _about(text, match))
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            month = next(number for number in range(1, 13) if match[f"m{number}"])
            yield Fact("date", f"{month}-{int(match['day'])}", match[0], _about(text, match))


def _amount(text: str) -> Decimal | None:
    """Return the number, whichever sign the writer's country sets before the cents."""
    plain = re.sub(r"['’ \u00a0]", "", text)
    cents = re.search(r"[.,](\d{1,2})$", plain)
    whole = re.sub(r"[.,]", "", plain[: cents.start()] if cents else plain)
    try:
        return Decimal(f"{whole}.{cents[1] if cents else '0'}")
    except InvalidOperation:
        return None


def _currency(text: str) -> str:
    word = text.casefold().rstrip("s")
    return _SYMBOLS.get(word, word.upper() if len(word) > 1 else word) or text.upper()


def _length(match: re.Match[str]) -> str:
    unit, factor = next(_UNITS[name] for name in _UNIT_WORDS if match[name])
    low = _count(match["low"]) * factor
    high = _count(match["high"]) * factor if match["high"] else low
    if unit == "minute" and low >= _DAY and not (low % _DAY or high % _DAY):
        unit, low, high = "day", low / _DAY, high / _DAY
    return f"{low.normalize():f}-{high.normalize():f} {unit}"


def _count(text: str) -> Decimal:
    word = text.casefold()
    return Decimal(_SMALL.index(word) + 1) if word in _SMALL else Decimal(word)


def _about(text: str, match: re.Match[str]) -> frozenset[str]:
    """Return the stems of the telling words around a fact, within its sentence."""
    before = re.split(r"[.!?;\n](?:\s|$)", text[max(0, match.start() - _AROUND) : match.start()])[-1]
    after = re.split(r"[.!?;\n](?:\s|$)", text[match.end() : match.end() + _AROUND])[0]
    words = _WORD.findall(f"{before} {after}".casefold())
    return frozenset(word[:_STEM] for word in words if word not in _COMMON and word not in _NEAR)
