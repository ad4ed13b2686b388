"""Says single values as people write them: days, amounts, yes and no, names."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from integrations.models.rules.words.sentences import humanised, label, say, sentences

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_AMOUNT = re.compile(r"-?\d+\.\d\d")
_MONEY_NAMED = re.compile(
    r"(price|total|amount|sum|cost|fee|value|paid|refunded|balance|deposit|due_amount)", re.IGNORECASE
)
_CURRENCY = ("currency", "currency_code")
_ENDS_AS_DAY = re.compile(r"_(on|at|date|day|until|by)$")
_ENDS_AS_ID = re.compile(r"_?(?<![a-z])(id|number|no|nr|code|ref|reference)$")
_FIRST = 1


def told(name: str, value: Any, language: str, currency: str = "") -> str:
    """Return a value in words.

    Args:
        name: of its field.
        currency: of the thing that it belongs to.
    """
    match value:
        case bool():
            return say("yes" if value else "no", language)
        case Mapping():
            return ", ".join(_field(key, each, language, currency) for key, each in value.items() if is_told(each))
        case list():
            return ", ".join(told(name, each, language, currency) for each in value)
        case _:
            return _scalar(name, str(value), language, currency)


def _scalar(name: str, text: str, language: str, currency: str) -> str:
    if currency and _MONEY_NAMED.search(name) and re.fullmatch(r"-?\d+(\.\d{1,2})?", text):
        return f"{float(text):.2f} {currency}"
    said = _DAY.sub(lambda match: _day(match, language), text)
    known = label("states", said.lower().replace(" ", "_"), language) if name in {"status", "state"} else ""
    return re.sub(r"^(is|has been|was) ", "", known.split(":")[0]) if known and language == "en" else said


def _field(key: str, value: Any, language: str, currency: str) -> str:
    if key in {"name", "title", "label"}:
        return str(value)
    text = told(key, value, language, currency)
    return text if _MONEY_NAMED.search(key) and currency else f"{field_name(key, language)} {text}"


def _day(match: re.Match[str], language: str) -> str:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return match.group()
    return moment(day, language, match[4] or "")


def moment(day: date | datetime, language: str, time: str = "") -> str:
    """Return a day, and the time on it, as they are read."""
    month = sentences()["months"].get(language, sentences()["months"]["en"]).split()[day.month - 1]
    number = "1er" if language == "fr" and day.day == _FIRST else str(day.day)
    text = say("date", language, day=number, month=month, year=day.year)
    return say("moment", language, date=text, time=time) if time and time != "00:00" else text


def day_of(name: str, value: Any, language: str) -> str:
    """Return how a day is told of a thing, as `placed_on`: "was placed on …"; empty where the value is none."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return ""
    stem = _ENDS_AS_DAY.sub("", name)
    words = label("days", stem, language)
    return words.format(date=_scalar(name, value, language, "")) if words else ""


def field_name(key: str, language: str) -> str:
    """Return what a field is called."""
    names = (label("fields", key, language), label("things", key, language), label("things", id_of_what(key), language))
    return next((name for name in names if name), "") or _shown(key)


def id_of_what(key: str) -> str:
    """Return what it is whose id stands under this name: `order_id` → `order`; the name itself where it is none."""
    return _ENDS_AS_ID.sub("", key)


def _shown(key: str) -> str:
    name = humanised(_ENDS_AS_DAY.sub("", key))
    return name or humanised(key)


def is_told(value: Any) -> bool:
    """Return whether there is anything in a value."""
    return value not in (None, "", [], {})


def currency_of(thing: Mapping[str, Any]) -> str:
    """Return the currency that a thing names, empty where it names none."""
    return next((str(thing[name]) for name in _CURRENCY if thing.get(name)), "")
