"""Makes the reference page: a text with a table of keys wherever it names a model, all taken from the code."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

from bot.desk.cases import CaseFile
from bot.desk.knowledge.documents import FrontMatter as ArticleHead
from bot.desk.loading.importer import DATA_PARTS
from bot.desk.loading.specialist import FrontMatter as SpecialistHead
from bot.desk.policy.policy import Policy
from bot.desk.reference.schema import json_schema

MODELS: Mapping[str, type[BaseModel]] = {
    "desk.yml": Policy,
    "specialists": SpecialistHead,
    "knowledge": ArticleHead,
    "cases": CaseFile,
}
"""What the page's marks `{keys of NAME}` stand for."""

_MARK = re.compile(r"^\{keys of ([\w.]+)\}$", re.MULTILINE)
_DAY = 86_400
_BOUNDS = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}"}


def reference() -> str:
    """Return the page as Markdown."""
    text = files(__package__).joinpath("page.md").read_text("utf-8")
    text = text.replace("{data.py}", "\n".join(f"- `{name}`: {what}" for name, what in DATA_PARTS.items()))
    return _MARK.sub(lambda mark: "\n\n".join(_tables(MODELS[mark[1]])), text)


def _tables(model: type[BaseModel]) -> Iterator[str]:
    """Yield a table for the file itself, then one for each section in the order in which they are first named."""
    schema = json_schema(model)
    sections: list[tuple[str, Mapping[str, Any]]] = [("", schema)]
    shown = set[str]()
    while sections:
        path, section = sections.pop(0)
        if path:
            yield f"#### `{path}`\n\n{section['description']}"
        yield _table(section, schema)
        for name, field in section["properties"].items():
            for inner, node in _inner(field, f"{path}.{name}".lstrip("."), schema):
                if str(node["title"]) + inner not in shown:
                    shown.add(str(node["title"]) + inner)
                    sections.append((inner, node))


def _inner(field: Mapping[str, Any], path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the sections within a key's value, with the path to each; `[]` for each entry of a list."""
    if "$ref" in field and "properties" in (node := _resolved(field, schema)):
        yield path, node
    for each in field.get("anyOf", ()):
        yield from _inner(each, path, schema)
    if "items" in field:
        yield from _inner(field["items"], f"{path}[]", schema)
    if isinstance(field.get("additionalProperties"), Mapping):
        yield from _inner(field["additionalProperties"], f"{path}.NAME", schema)


def _table(section: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    required = section.get("required", ())
    rows = [
        (f"`{name}`", _words(field, schema), "**needed**" if name in required else _default(field), _cell(field))
        for name, field in section["properties"].items()
    ]
    head = ("| key | value | left out | what it is |", "|---|---|---|---|")
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)])


def _cell(field: Mapping[str, Any]) -> str:
    return str(field["description"]).replace("|", "\\|")


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    if value in (None, "", [], {}) and value is not False:
        return "—"
    if isinstance(value, Mapping):
        return "see below"
    if isinstance(value, float) and "examples" in field:
        return f"`{value / _DAY:g} days`"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _words(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what may stand there, in words."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_words(each, schema) for each in _several(field["anyOf"])))
    if "$ref" in field:
        node = _resolved(field, schema)
        return "keys, see below" if "properties" in node else _words(node, schema)
    if values := field.get("enum", [field["const"]] if "const" in field else None):
        return " ".join(f"`{value if isinstance(value, str) else json.dumps(value)}`" for value in values)
    return _plain(field, schema)


def _several(ways: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the ways to write a value that are worth telling: not that money may be a text, nor "nothing"."""
    kinds = [way.get("type") for way in ways]
    return [way for way, kind in zip(ways, kinds, strict=True) if kind != "null" and not _is_money(way, kinds)]


def _is_money(way: Mapping[str, Any], kinds: list[Any]) -> bool:
    return way.get("type") == "string" and "number" in kinds


def _plain(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    match field.get("type"):
        case "array":
            return f"list: {_words(field['items'], schema)}"
        case "object" if isinstance(field.get("additionalProperties"), Mapping):
            return f"by name: {_words(field['additionalProperties'], schema)}"
        case "boolean":
            return "`true` `false`"
        case "integer":
            return " ".join(["whole number", *_bounds(field)])
        case "number":
            return " ".join(["number", *_bounds(field)])
        case "string":
            return _text(field)
        case _:
            return "text, or a name with keys"


def _text(field: Mapping[str, Any]) -> str:
    if field.get("format") == "date":
        return "day, as `2026-12-24`"
    return f"as `{field['examples'][0]}`" if "examples" in field else "text"


def _bounds(field: Mapping[str, Any]) -> Iterator[str]:
    for key, words in _BOUNDS.items():
        if key in field:
            yield words.format(f"{field[key]:g}")


def _resolved(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema["$defs"][field["$ref"].rpartition("/")[2]]
    return found
