"""Tells results of tools as plain sentences, by their shape alone: one thing, several, values, texts, nothing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.models.rules.words.lexicon import meanings_as_written as meanings
from integrations.models.rules.words.sentences import humanised, label, say
from integrations.models.rules.words.text import shorten
from integrations.models.rules.words.things import names_a_thing
from integrations.models.rules.words.values import currency_of, day_of, field_name, id_of_what, is_told, told

Row = Mapping[str, Any]

_MOST_ROWS = 12
_LONGEST = 600
_SILENT = frozenset({"found", "currency", "currency_code", "ok", "success"})
_CONTENTS = ("items", "contents", "products", "lines", "item", "product", "cake", "title", "name", "description")
_TOTALS = ("total", "amount", "price", "sum")
_STATES = ("status", "state")
_IN_DAYS = re.compile(r"^(.+)_in_days$")
_COUNTS_DAYS = re.compile(r"^days_(since|until|to)_")
_FEW = 1


def thing(row: Row, language: str, kind: str = "") -> str:
    """Return what is known of one thing, in a few sentences.

    Args:
        kind: what it is called where its own fields do not say, such as `cake_order`.
    """
    key = _id_key(row)
    state = _state(row, language)
    if not key or not state:
        return _without_state(row, language, key, kind)
    about = Told(row, language, key)
    text = f"{_upper(about.named(kind))}{about.inside()} {state}"
    close = [fact for key in row if (fact := _close(key, row, language))]
    text += f" {', '.join(close)}." if close else "."
    rest = [fact for fact in about.rest() if fact not in close]
    text += f" {_listed(rest)}" if rest else ""
    days = about.days()
    return text + (f" {_days_told(days, language)}" if days else "")


def row_line(row: Row, language: str) -> str:
    """Return one thing among several, on a line."""
    key = _id_key(row)
    if not key:
        return f"- {plain(row, language).rstrip('.')}"
    about = Told(row, language, key)
    state = next((str(row[name]) for name in _STATES if row.get(name)), "")
    shown = _short_state(state, language) if state else ""
    given_back = _given_back(row, language)
    facts = [fact for fact in (shown, *about.days(), given_back, *about.rest()) if fact]
    facts = [facts[0], *[_lower(fact) for fact in facts[1:]]] if facts else []
    return f"- {row[key]}{about.inside()}" + (f": {', '.join(facts)}" if facts else "")


def rows(found: Sequence[Row], language: str) -> str:
    """Return several things, one a line."""
    return "\n".join(row_line(row, language) for row in found[:_MOST_ROWS])


def things_named(kind: str, language: str) -> str:
    """Return what several things of a kind are called."""
    known = label("things", kind, language)
    if known:
        return known
    return humanised(kind) if kind and language == "en" else say("things", language)


def thing_named(argument: str, language: str) -> str:
    """Return what a thing is called whose id an argument takes, empty where that says nothing."""
    kind = id_of_what(argument)
    return label("things", kind, language) or (humanised(kind) if language == "en" else "")


def anything(result: Any, language: str, asked: frozenset[str] = frozenset()) -> str:
    """Return any result in plain words.

    Args:
        asked: what the question was about; a field of that name alone answers it.
    """
    match result:
        case Mapping() if result.get("found") is False or "error" in result:
            return say("found_nothing", language)
        case Mapping():
            return _fields_asked(result, language, asked) or thing(result, language)
        case list() if result and all(isinstance(row, Mapping) for row in result):
            return f"{say('found', language)}\n{rows(result, language)}"
        case None | "" | [] | {}:
            return say("found_nothing", language)
        case str():
            return shorten(result, _LONGEST)
        case _:
            return f"{say('found', language)} {shorten(told('', result, language), _LONGEST)}"


def plain(row: Row, language: str) -> str:
    """Return a thing field by field."""
    message = row.get("message") or row.get("answer") or row.get("text")
    if isinstance(message, str) and len([value for value in row.values() if is_told(value)]) == _FEW:
        return shorten(message, _LONGEST)
    facts = _labelled(row, language, leave=_SILENT)
    return f"{say('found', language)} {'; '.join(facts)}." if facts else say("found_nothing", language)


def _without_state(row: Row, language: str, key: str, kind: str) -> str:
    """What its first field names has the other fields behind that."""
    facts = _labelled(row, language, leave=_SILENT | {key})
    first = next((name for name in row if name not in _SILENT), "")
    if not key or first != key or not facts:
        return plain(row, language)
    heading = Told(row, language, key).named(kind)
    return say("labelled", language, label=_upper(heading), value="; ".join(facts)) + "."


def _fields_asked(row: Row, language: str, asked: frozenset[str]) -> str:
    """The fields that a question names, where it names few of them, and they say it all."""
    named = [key for key, value in row.items() if is_told(value) and key not in _SILENT and _is_asked(key, asked)]
    if not named or (_id_key(row) and _state(row, language)):
        return ""
    currency = currency_of(row)
    said = []
    for key in named:
        name = field_name(key, language)
        shown = name if language == "en" else _upper(name)
        said.append(say("your", language, label=shown, value=told(key, row[key], language, currency)))
    return " ".join(said)


def _is_asked(key: str, asked: frozenset[str]) -> bool:
    name = meanings(humanised(key))
    return bool(name & asked) and len(name & asked) == len(name - {"customer"})


class Told:
    """The parts of what is told of one thing."""

    def __init__(self, row: Row, language: str, key: str) -> None:
        self._row = row
        self._language = language
        self._key = key
        self._currency = currency_of(row)

    def named(self, kind: str) -> str:
        """What it is, and its id: `order A1001`."""
        name = id_of_what(self._key) or kind.replace(" ", "_")
        own = label("fields", self._key, self._language) or label("things", name, self._language)
        shown = own or (humanised(name) if self._language == "en" else "")
        return f"{shown} {self._row[self._key]}".strip()

    def inside(self) -> str:
        """What it holds and costs, in brackets."""
        parts = [self._names(self._row[key]) for key in _CONTENTS if is_told(self._row.get(key))][:1]
        totals = [key for key in _TOTALS if is_told(self._row.get(key))][:1]
        parts += [told(key, self._row[key], self._language, self._currency) for key in totals]
        return f" ({', '.join(parts)})" if parts else ""

    def days(self) -> list[str]:
        """When things happened or will, each told of it; how far off behind it."""
        found = []
        for key, value in self._row.items():
            if key in _STATES or not (said := day_of(key, value, self._language)):
                continue
            if key.startswith("delivered") and str(self._row.get("status")) == "delivered" and self._language == "en":
                said = said.replace("was delivered", "arrived")
            off = self._row.get(re.sub(r"_(on|at|date|day)$", "", key) + "_in_days")
            found.append(f"{said}{_off(off, self._language)}")
        return found

    def rest(self) -> list[str]:
        """Everything else, by its name."""
        used = {self._key, *_STATES, *_TOTALS[:1], "refund", "refunded", "days_since_placed"}
        used |= {key for key in _CONTENTS if key in self._row} | {key for key in _TOTALS if key in self._row}
        used |= {key for key, value in self._row.items() if day_of(key, value, self._language)}
        used |= {key for key in self._row if _IN_DAYS.match(key) or _COUNTS_DAYS.match(key)}
        return _labelled(self._row, self._language, leave=_SILENT | used)

    def _names(self, value: Any) -> str:
        each = value if isinstance(value, list) else [value]
        return ", ".join(
            str(one.get("name", told("", one, self._language))) if isinstance(one, Mapping) else str(one)
            for one in each
        )


def _labelled(row: Row, language: str, leave: frozenset[str] | set[str]) -> list[str]:
    currency = currency_of(row)
    facts = []
    for key, value in row.items():
        if key not in leave and is_told(value):
            name, said = field_name(key, language), told(key, value, language, currency)
            own = label("told", key, language)
            facts.append(own.format(value=said) if own else say("labelled", language, label=name, value=said))
    return facts


def _close(key: str, row: Row, language: str) -> str:
    """What stands behind the state in the same sentence."""
    own = label("told", key, language) if is_told(row.get(key)) else ""
    return own.format(value=row[key]) if own else ""


def _id_key(row: Row) -> str:
    return next((key for key, value in row.items() if names_a_thing(key) and isinstance(value, str | int)), "")


def _state(row: Row, language: str) -> str:
    """The verb of the sentence about a thing: its state, and what was given back on it before that."""
    state = next((str(row[name]) for name in _STATES if row.get(name)), "")
    if not state:
        return ""
    known = label("states", state.lower().replace(" ", "_").replace("-", "_"), language)
    said = known or say("has_status", language, status=humanised(state))
    given_back = _given_back(row, language)
    return f"{given_back}. {say('it', language, facts=said).rstrip('.')}" if given_back else said


def _short_state(state: str, language: str) -> str:
    known = label("states", state.lower().replace(" ", "_").replace("-", "_"), language)
    return humanised(state) if language == "en" or not known else known


def _given_back(row: Row, language: str) -> str:
    if not is_told(row.get("refunded")):
        return ""
    key = "given_back_in_full" if row.get("refund") == "in full" else "given_back_in_part"
    amount = f"{row['refunded']} {currency_of(row)}".strip()
    return label("states", key, language).format(amount=amount)


def _off(days: Any, language: str) -> str:
    if not isinstance(days, int) or isinstance(days, bool) or days <= 0:
        return ""
    return f" ({say('in_a_day' if days == _FEW else 'in_days', language, days=days)})"


def _days_told(days: Sequence[str], language: str) -> str:
    if language == "en":
        return say("it", language, facts=" and ".join(days))
    return " ".join(f"{day}." for day in days)


def _listed(facts: Sequence[str]) -> str:
    return f"{_upper(', '.join(facts))}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return re.sub(r"^(was|is) ", "", text[:1].lower() + text[1:])
