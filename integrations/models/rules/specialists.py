"""Picks the specialist for a wish: the one that its meaning is surely for, else by the words of their descriptions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.models.rules.given import Given
from integrations.models.rules.reading import Lane
from integrations.models.rules.wishes import Wish
from integrations.models.rules.words.lexicon import deeds, things
from integrations.models.rules.words.lexicon import meanings_as_written as meanings
from integrations.models.rules.words.things import names_a_thing, shapes_told

_MOST_TRANSFERS = 2
_HOW_IT_STANDS = frozenset({"status", "time"})
_CLEARLY = 0.4  # how much better another specialist must fit before a conversation leaves this one
_REST = re.compile(r"\b(anything else|everything else|general questions?|other questions?)\b", re.IGNORECASE)
_NAME = re.compile(r"^You are (\w+), one of several specialists")
_NAMED = re.compile(r"^You are (?:the|a|an) (\w+) specialist")
_OWN = re.compile(r"^You are (?:the|a|an) [^.]*", re.MULTILINE)


def specialist_for(given: Given, wish: Wish, *, by_words: bool = False) -> str:
    """Return the specialist to transfer to, empty to stay.

    Args:
        by_words: whether what the specialists say they do comes before what the wish means.

    Raises:
        LaneWanted: its meaning has to be looked at first.
    """
    if len(given.talk.transfers) >= _MOST_TRANSFERS or not given.specialists:
        return ""
    if keeper := _keeper(given, wish):
        return keeper
    if by_words and (named := _by_words(given, wish.telling)):
        return named
    return _by_meaning(given, wish)


def _by_meaning(given: Given, wish: Wish) -> str:
    lane = _lane(given, wish)
    if lane.sure:
        return lane.specialist if _is_new(given, lane.specialist) else ""
    return _by_words(given, wish.telling) or (
        lane.specialist if lane.likely and _is_new(given, lane.specialist) else ""
    )


def _lane(given: Given, wish: Wish) -> Lane:
    """The specialist by the meaning of the words, or of what they are in English."""
    lane = given.lane(wish.text)
    if lane.sure or given.talk.spoken in {"", "English"} or not wish.telling:
        return lane
    translated = given.lane(" ".join([*sorted(wish.telling), *wish.things]))
    return translated if translated.sure or (translated.likely and not lane.likely) else lane


def _keeper(given: Given, wish: Wish) -> str:
    """The specialist with a tool for an id that is named and hardly more; empty where this one has such a tool."""
    if not wish.things or wish.telling - _HOW_IT_STANDS:
        return ""
    thing = wish.things[0]
    if _takes([face.schema for face in given.tools.values()], thing):
        return ""
    fitting = [name for name, schemas in given.tools_of.items() if _takes(schemas, thing)]
    return next((name for name in fitting if _is_new(given, name)), "")


def _takes(schemas: Iterable[Mapping[str, Any]], thing: str) -> bool:
    return any(
        shape.fullmatch(thing)
        for schema in schemas
        for name, kind in (schema.get("properties") or {}).items()
        if names_a_thing(name)
        for shape in shapes_told(kind)
    )


def _is_new(given: Given, specialist: str) -> bool:
    """Whether it is another specialist, with which this turn has not been."""
    return specialist in given.specialists and specialist not in given.talk.transfers


def specialist_for_the_rest(given: Given) -> str:
    """Return the specialist for what nobody else handles; empty where none says so."""
    if len(given.talk.transfers) >= _MOST_TRANSFERS:
        return ""
    others = given.specialists.items()
    return next((name for name, what in others if _REST.search(what) and name not in given.talk.transfers), "")


def own_name(instructions: str) -> str:
    """Return what the specialist is called, empty where its instructions do not say."""
    found = _NAME.search(instructions) or _NAMED.search(_own(instructions))
    return found[1].lower() if found else ""


def _by_words(given: Given, wanted: Iterable[str]) -> str:
    domains: Mapping[str, frozenset[str]] = {"": meanings(_own(given.instructions))} | {
        name: meanings(f"{name} {what}") for name, what in given.specialists.items()
    }
    known_by = {word: sum(word in domain for domain in domains.values()) for word in wanted}
    scores = {
        name: sum(_weight(word) / count for word, count in known_by.items() if word in domain)
        for name, domain in domains.items()
    }
    best = max(scores, key=lambda name: scores[name])
    return best if best not in given.talk.transfers and scores[best] > scores[""] + _CLEARLY else ""


def _weight(word: str) -> float:
    """What is wanted done says most of whose work it is, then what it is about."""
    return 2.0 if word in deeds() else 1.5 if word in things() else 1.0


def _own(instructions: str) -> str:
    """The sentence in which a specialist's instructions say what it is; empty where none does."""
    found = _OWN.findall(instructions)
    return str(found[-1]) if found else ""
