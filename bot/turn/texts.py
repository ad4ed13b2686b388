"""The product's own sentences in the customer's language: `say` fills in a sentence of `texts.yml`. Pure.

What a model says it says in the customer's language itself; this is for what code says.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.desk.policy.business_hours import Promise
from bot.domain.effects import Moment

_SENTENCES = Path(__file__).with_name("texts.yml")
ENGLISH = "en"

_FIELD = re.compile(r"\\\{(\w+)\\\}")


def spoken_to(customer: str, claimed: Sequence[str]) -> str:
    """Return the language of the product's sentences: the customer's where the desk claims it, else the desk's first.

    Args:
        customer: the language that they write in, empty while it is not known.
        claimed: the desk's languages, never empty.
    """
    return customer if customer in claimed else claimed[0]


def say(key: str, language: str, **values: object) -> str:
    """Return one of the product's sentences in a language that some desk claims; in English where it is another.

    Which one a conversation's are in is its `spoken`.

    Args:
        values: what the sentence has in braces; whole numbers are grouped as the language does it.
    """
    told = {name: _number(value, language) if isinstance(value, int) else value for name, value in values.items()}
    return _sentence(key, language).format(**told)


def reworded(text: str, language: str, of_desk: Sequence[Mapping[str, str]] = ()) -> str:
    """Return what policy, ledger or an action said in English as the customer reads it; what is not known as it is.

    Colleagues, the books and the model read the English one.

    Args:
        of_desk: what the desk's own actions say, a row a sentence.
    """
    for row in (*of_desk, *_reasons()):
        if language in row and (match := _pattern(row[ENGLISH]).fullmatch(text)):
            return row[language].format(**match.groupdict())
    return text


def disclosure(of_desk: bool | Mapping[str, str], language: str) -> str:
    """Return the words that an AI assistant writes: the desk's own, the product's where it has none in a language.

    Args:
        of_desk: what `disclosure` in `desk.yml` says; False for nothing at all.
    """
    if of_desk is False:
        return ""
    own = {} if of_desk is True else of_desk
    return own.get(language) or disclosed_by_product(language)


def disclosed_by_product(language: str) -> str:
    """Return the product's own words that an AI assistant writes."""
    return _sentence("disclosure.assistant", language)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return key → language → the sentence."""
    rows: Mapping[str, Mapping[str, str]] = yaml.safe_load(_SENTENCES.read_text("utf-8"))
    return rows


def promise_told(promise: Promise, language: str, zone: str = "") -> str:
    """Return the promised time as it stands in a sentence.

    Args:
        zone: the reader's, an IANA name; empty for the desk's own.
    """
    if promise.at is None:
        amount = promise.span.amount
        unit = promise.span.unit.replace(" ", "_")
        span = say(f"time.{unit}" if amount == 1 else f"time.{unit}s", language, amount=amount)
        return say("time.within", language, span=span)
    return say("time.by", language, moment=_moment(promise, promise.at, language, zone))


def moments_of(promise: Promise, language: str, zone: str = "") -> tuple[Moment, ...]:
    """Return the point of time in what `promise_told` says, none where it says only how long it takes."""
    if promise.at is None:
        return ()
    return (Moment(_moment(promise, promise.at, language, zone), promise.until, _sentence("time.joint", language)),)


def _moment(promise: Promise, at: datetime, language: str, zone: str) -> str:
    with suppress(KeyError, ValueError, OSError):  # what a vendor calls a zone may be none
        at = at.astimezone(ZoneInfo(zone)) if zone else at
    day = _sentence("time.days", language).split()[at.weekday()]
    month = _sentence("time.months", language).split()[at.month - 1]
    time = f"{at:%H:%M %Z}"
    if promise.is_near:
        return say("time.moment_near", language, day=day, time=time)
    return say("time.moment_far", language, day=day, date=at.day, month=month, time=time)


def _sentence(key: str, language: str) -> str:
    row = sentences()[key]
    return row.get(language, row[ENGLISH])


def _number(value: int, language: str) -> str:
    return f"{value:,}".replace(",", _sentence("number.thousands", language))


@cache
def _reasons() -> tuple[Mapping[str, str], ...]:
    return tuple(row for key, row in sentences().items() if key.startswith("why."))


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_FIELD.sub(r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL)
