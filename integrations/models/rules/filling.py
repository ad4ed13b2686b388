"""Fills a tool's arguments from what the customer said, what was listed, and what the conversation is about."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.models.rules.choosing import about, choices_of, is_list, is_optional, lookups, required, value_in
from integrations.models.rules.given import Face, Given
from integrations.models.rules.replies import only_with_figures, replied
from integrations.models.rules.talk import RuleCall
from integrations.models.rules.wishes import Wish
from integrations.models.rules.words.lexicon import meanings_as_written as meanings
from integrations.models.rules.words.text import shorten
from integrations.models.rules.words.things import names_a_thing, shapes_told

Row = Mapping[str, Any]

_LONGEST = 300
_BESIDE_A_LIST = 2
_PLACES = ("first", "second", "third")
_MONEY = re.compile(
    r"[$€£] ?(\d+(?:[.,]\d\d)?)\b|\b(\d+(?:[.,]\d\d)?) ?(?:usd|eur|gbp|chf|dollars?|euros?|€|\$|£|pounds?)(?!\w)",
    re.IGNORECASE,
)
_WORDS_OF_CUSTOMER = re.compile(
    r"\b(reason|query|question|text|message|note|comment|why|description|what|words)\b", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.,/-])(\d{1,4})(?![\w.,/-]\w)")


@dataclass(frozen=True)
class Lacking:
    """An argument that cannot be filled."""

    name: str


@dataclass(frozen=True)
class Listing:
    """A tool that has to be asked first: which things there are."""

    face: Face


@dataclass(frozen=True)
class Which:
    """Several things may be meant.

    Args:
        kind: what they are called where they are listed, such as `orders`.
    """

    kind: str
    rows: Sequence[Row]


Filled = Mapping[str, Any] | Lacking | Listing | Which


def filled(given: Given, face: Face, wish: Wish, thing: str = "") -> Filled:
    """Return the arguments of a call, or what stands in its way.

    Args:
        thing: the id that is meant, where the wish names several.
    """
    values: dict[str, Any] = {}
    for name in face.properties:
        found = _argument(given, face, name, wish, thing)
        if isinstance(found, Listing | Which):
            return found
        if found is None and name in required(face):
            return Lacking(name)
        if found is not None or _is_listed(face, name):
            values[name] = face.properties[name].get("default") if found is None else found
    return values


def _argument(given: Given, face: Face, name: str, wish: Wish, thing: str) -> Any:
    needed = name in required(face)
    if needed and (told := replied(given.talk, name, face.properties[name])) is not None:
        return told
    if names_a_thing(name):
        return _thing(given, face, name, wish, thing) if needed or wish.things else None
    found = _value(name, face.properties[name], wish, needed=needed)
    return _only_figures(given, face, name, wish) if found is None and needed else found


def _is_listed(face: Face, name: str) -> bool:
    """Whether a schema wants every argument to be there, if only as nothing."""
    kind = face.properties[name]
    return "default" in kind or (name in (face.schema.get("required") or ()) and is_optional(kind))


def _thing(given: Given, face: Face, name: str, wish: Wish, thing: str) -> Any:
    """The id that is named, pointed to or spoken of; else whichever there is."""
    if named := _named(face, name, (thing,) if thing else wish.things):
        return named
    rows, _ = listed(given)
    telling = wish.words - about(face)
    pointed = _pointed(rows, wish, telling)
    if len(pointed) == 1:
        return id_of(pointed[0], name)
    if given.talk.subject and not wish.points and not _names_other(wish, rows, telling):
        return given.talk.subject
    return _from_list(given, name, wish, pointed)


def _from_list(given: Given, name: str, wish: Wish, pointed: Sequence[Row]) -> Any:
    """The only one that there is, or which there are; the list is asked for where it is not known yet."""
    listing = _listing(given, name)
    if listing is None:
        return None
    if given.talk.called(listing.name) is None:
        return Listing(listing)
    rows, kind = listed(given)
    chosen = pointed or [row for row in rows if "other" not in wish.points or id_of(row, name) != given.talk.subject]
    if not chosen:
        return None
    return id_of(chosen[0], name) if len(chosen) == 1 else Which(kind, chosen)


def _named(face: Face, name: str, things: Sequence[str]) -> str:
    """The id that has the shape of this argument, else any."""
    shapes = shapes_told(face.properties[name])
    fitting = [each for each in things if any(shape.fullmatch(each) for shape in shapes)]
    return next(iter((*fitting, *things)), "")


def _listing(given: Given, name: str) -> Face | None:
    """The tool that lists what such an id is of."""
    lists = [face for face in lookups(given) if not required(face) and _tells_several(face)]
    wanted = meanings(re.sub(r"_?(id|number|no|nr|code|ref|reference)$", "", name).replace("_", " "))
    fitting = [face for face in lists if wanted & meanings(f"{face.name.replace('_', ' ')} {face.description}")]
    return next(iter((*fitting, *lists)), None)


def _tells_several(face: Face) -> bool:
    return is_list(face) or "many" in meanings(f"{face.name.replace('_', ' ')} {face.description}")


def listed(given: Given) -> tuple[list[Row], str]:
    """Return the rows that were listed last, and what they are called."""
    for call in (*reversed(given.talk.now), *reversed(given.talk.before)):
        rows, kind = rows_of(call)
        if rows and kind != "passages":
            return rows, kind
    return [], ""


def rows_of(call: RuleCall) -> tuple[list[Row], str]:
    """Return the rows in a result, and what they are called; none where it tells of one thing alone."""
    match call.result:
        case list():
            return [row for row in call.result if isinstance(row, Mapping)], ""
        case Mapping():
            return _only_list(call.result)
        case _:
            return [], ""


def _only_list(result: Row) -> tuple[list[Row], str]:
    """The rows of a thing that holds hardly anything else."""
    lists = [(name, value) for name, value in result.items() if isinstance(value, list)]
    if len(lists) != 1 or len(result) > _BESIDE_A_LIST:
        return [], ""
    name, rows = lists[0]
    return (list(rows), name) if all(isinstance(row, Mapping) for row in rows) else ([], "")


def id_of(row: Row, name: str = "") -> str:
    """Return what identifies a row: under the argument's own name, else under one that names an id."""
    names = [name, *[key for key in row if names_a_thing(key)], *list(row)[:1]]
    return next((str(row[each]) for each in names if row.get(each) not in (None, "")), "")


def _pointed(rows: Sequence[Row], wish: Wish, telling: frozenset[str]) -> list[Row]:
    """The rows that a wish points to: by place, or by what stands in them.

    Args:
        telling: words that tell one from another, unlike those of all such things.
    """
    for place, word in enumerate(_PLACES):
        if word in wish.points and place < len(rows):
            return [rows[place]]
    if rows and "last" in wish.points and not wish.is_general:
        return [rows[-1]]
    return _by_words(rows, telling)


def _by_words(rows: Sequence[Row], said: frozenset[str]) -> list[Row]:
    shared = [(len(said & meanings(_contents(row))), row) for row in rows]
    most = max((count for count, _ in shared), default=0)
    return [row for count, row in shared if count == most] if most else []


def _contents(row: Any) -> str:
    """The words in a row without its keys, and without what all things of its kind may have, such as a state."""
    if isinstance(row, Mapping):
        return " ".join(_contents(value) for key, value in row.items() if key not in {"status", "state", "currency"})
    if isinstance(row, list):
        return " ".join(_contents(value) for value in row)
    return str(row)


def _names_other(wish: Wish, rows: Sequence[Row], telling: frozenset[str]) -> bool:
    """Whether the words fit to several rows, so that none of them is simply what was spoken of."""
    return "many" in wish.words or bool(_by_words(rows, telling))


def _value(name: str, kind: Mapping[str, Any], wish: Wish, *, needed: bool) -> Any:
    """A value that is no id: an amount, one of the choices, a shape, a number, or the customer's own words."""
    if re.search(r"amount|sum$|price", name):
        named = _MONEY.search(wish.text)
        return (named[1] or named[2]).replace(",", ".") if named else None
    if choices_of(kind) or shapes_told(kind):
        return value_in(name, kind, wish.text) or None
    return _needed(name, kind, wish) if needed else None


def _only_figures(given: Given, face: Face, name: str, wish: Wish) -> str | int | None:
    """The only word with figures that is no id, where the tool needs nothing else and says not how it looks."""
    kind = face.properties[name]
    if choices_of(kind) or shapes_told(kind) or not _is_all(face, name) or _MONEY.search(wish.text):
        return None
    found = only_with_figures(given.shapes.without(wish.text)) or ""
    if kind.get("type") == "integer":
        return int(found) if found.isdecimal() else None
    return found or None if kind.get("type") == "string" else None


def _is_all(face: Face, name: str) -> bool:
    """Whether a tool needs this value and none besides, ids apart."""
    return [each for each in required(face) if not names_a_thing(each)] == [name]


def _needed(name: str, kind: Mapping[str, Any], wish: Wish) -> Any:
    if kind.get("type") in {"integer", "number"}:
        number = _NUMBER.search(wish.text)
        return int(number[1]) if number else None
    if kind.get("type") == "string" and _WORDS_OF_CUSTOMER.search(f"{name} {kind.get('description', '')}"):
        return shorten(wish.text, _LONGEST)
    return None
