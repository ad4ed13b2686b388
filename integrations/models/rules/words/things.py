"""Finds ids of things in a line, whatever they look like: as the tools' own arguments tell, and as ids mostly look."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

_MOSTLY = (
    r"(?<![\w.@/-])#?([A-Za-z]{1,6}[_-]?\d{3,}|[A-Za-z]{1,4}-\d{1,}|(?<=#)\d{2,})(?![\w/])",
    r"\b(?:order|number|no\.?|nr\.?|bestellung|commande|pedido|numéro|nummer|número) #?(\d{3,})\b",
)
_EXAMPLE = re.compile(r"(?:for example|for instance|e\.g\.|such as|like|example:)\s+(.+)", re.IGNORECASE | re.DOTALL)
_WITH_FIGURES = re.compile(r"[^\s,;()\"'“”`]*\d[^\s,;()\"'“”`]*")
_NAMES_A_THING = re.compile(r"(^|_)(id|ids|number|no|nr|code|ref|reference|key)$", re.IGNORECASE)
_MORE_FIGURES = 3


@dataclass(frozen=True)
class Shapes:
    """What ids of things look like on this desk.

    Args:
        patterns: those of the tools' arguments first.
    """

    patterns: tuple[re.Pattern[str], ...]

    def find(self, text: str) -> list[str]:
        """Return the ids in a text, in its order, each once."""
        found: dict[int, tuple[int, str]] = {}
        for pattern in self.patterns:
            for match in pattern.finditer(text):
                start, end = match.span(match.lastindex or 0)
                if not any(start < other_end and other < end for other, (other_end, _) in found.items()):
                    found[start] = (end, match[match.lastindex or 0])
        return list(dict.fromkeys(thing for _, (_, thing) in sorted(found.items())))

    def is_thing(self, value: object) -> bool:
        """Return whether a value is an id and nothing else."""
        return isinstance(value, str) and self.find(value) == [value.lstrip("#")]

    def without(self, text: str) -> str:
        """Return a text without the ids in it."""
        for thing in self.find(text):
            text = text.replace(thing, " ")
        return " ".join(text.split())


def shapes_of(schemas: Iterable[Mapping[str, Any]]) -> Shapes:
    """Return what ids look like to tools with these schemas of their arguments."""
    told = [
        pattern
        for schema in schemas
        for name, kind in (schema.get("properties") or {}).items()
        if names_a_thing(name)
        for pattern in shapes_told(kind)
    ]
    return Shapes((*told, *[_compiled(each) for each in _MOSTLY]))


def names_a_thing(name: str) -> bool:
    """Return whether an argument of this name takes an id."""
    return _NAMES_A_THING.search(name) is not None


def shapes_told(kind: Mapping[str, Any]) -> list[re.Pattern[str]]:
    """Return what an argument's schema says its values look like: by a pattern, or by examples."""
    pattern = str(kind.get("pattern", "")).removeprefix("^").removesuffix("$")
    found = [_guarded(pattern)] if pattern else []
    return found + [_guarded(_like(example)) for example in examples_of(kind)]


def examples_of(kind: Mapping[str, Any]) -> list[str]:
    """Return the values with figures that a schema names as examples."""
    listed = [str(each) for each in kind.get("examples") or () if any(sign.isdigit() for sign in str(each))]
    told = _EXAMPLE.search(str(kind.get("description", "")))
    return listed + (list(_in_text(told[1])) if told else [])


def _in_text(text: str) -> Iterator[str]:
    return (each.strip(".") for each in _WITH_FIGURES.findall(text))


def _like(example: str) -> str:
    """What other values of the same kind look like: `C-17` is a letter, a hyphen and some figures."""
    parts = []
    for is_figure, signs in groupby(example, str.isdigit):
        run = "".join(signs)
        if is_figure:
            parts.append(rf"\d{{1,{len(run) + _MORE_FIGURES}}}")
        else:
            parts.append("[A-Za-z]" if len(run) == 1 and run.isalpha() else re.escape(run))
    return "".join(parts)


def _guarded(pattern: str) -> re.Pattern[str]:
    return _compiled(rf"(?<![\w/-])(?:{pattern})(?![\w/])")


@lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error:
        return re.compile(r"(?!)")  # a pattern of another kind of expression finds nothing
