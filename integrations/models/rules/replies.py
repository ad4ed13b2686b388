"""Reads what a customer replied where we asked for something that a tool needs."""

import re
from collections.abc import Mapping
from typing import Any

from integrations.models.rules.choosing import choices_of, value_in
from integrations.models.rules.talk import Talk
from integrations.models.rules.wishes import asks_for, is_reply
from integrations.models.rules.words import forms
from integrations.models.rules.words.text import shorten
from integrations.models.rules.words.things import names_a_thing, shapes_told

_LONGEST = 120
_WITH_FIGURES = re.compile(r"[\w/-]*\d[\w/-]*")
_FIGURES = re.compile(r"\d+(?:[.,]\d+)?")
_BEFORE_IT = re.compile(
    r"^(?:(?:well|oh|ok|okay|sure|yes|ja|oui|sí)[,\s]+)?(?:"
    r"(?:it'?s|it is|that'?s|that is|(?:my|the|our) \w+(?: \w+)? is|to|"
    r"(?:das|es) ist|(?:meine?|die|der|das) \w+ ist|nach|"
    r"c'est|(?:ma|mon|la|le) [\w ]+? est|(?:mi|el|la) [\w ]+? es)\s+)?",
    re.IGNORECASE,
)


def replied(talk: Talk, name: str, kind: Mapping[str, Any]) -> Any:
    """Return the value of an argument that we asked for and were told, None where we were not."""
    line = _line(talk, name)
    if not line or forms.knows_not(line):
        return None
    if kind.get("type") in {"integer", "number"}:
        return _number(line, kind)
    if choices_of(kind) or shapes_told(kind):
        return value_in(name, kind, line) or _only_with_figures(line, kind)
    if names_a_thing(name):
        return only_with_figures(line)
    return shorten(_BEFORE_IT.sub("", line, count=1).rstrip(" .!"), _LONGEST) or None


def only_with_figures(text: str) -> str | None:
    """Return the only word with figures in a text, None where there is none or there are several."""
    found = _WITH_FIGURES.findall(text)
    return found[0] if len(found) == 1 else None


def _only_with_figures(line: str, kind: Mapping[str, Any]) -> str | None:
    """What looks otherwise than the examples is for the tool to judge."""
    return None if choices_of(kind) else only_with_figures(line)


def _line(talk: Talk, name: str) -> str:
    """The reply to the question for this argument; the questions that follow on one another belong to one wish."""
    for reply in reversed(talk.replies):
        if not is_reply(reply):
            return ""
        if asks_for(reply.answer, name):
            return reply.line
    return ""


def _number(line: str, kind: Mapping[str, Any]) -> int | float | None:
    found = _FIGURES.findall(line)
    if len(found) != 1:
        return None
    number = float(found[0].replace(",", "."))
    return int(number) if kind.get("type") == "integer" or number.is_integer() else number
