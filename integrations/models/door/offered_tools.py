"""Checks whether a call names a tool or transfer that was offered, with arguments that fit."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agents import FunctionTool, Handoff, Tool

_PREFIX = re.compile(r"^(?:functions?|default_api|tools?|api|assistant|to=functions)[.:/]")
_SUFFIX = re.compile(r"\.(?:call|invoke|run)$")
_NAME = re.compile(r"[\w.-]+")
_DRAFT: Mapping[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


@dataclass(frozen=True)
class Call:
    """A call of an offered tool; the arguments are JSON."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Offered:
    """What may be called.

    Args:
        schemas: tool → the JSON schema of its arguments.
    """

    schemas: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> "Offered":
        """Return what a call of the model offers it."""
        own = {tool.name: tool.params_json_schema for tool in tools if isinstance(tool, FunctionTool)}
        return cls(own | {each.tool_name: each.input_json_schema for each in handoffs})

    @cached_property
    def names(self) -> re.Pattern[str] | None:
        """Any of the names as a word of its own, None where nothing is offered."""
        if not self.schemas:
            return None
        return re.compile(
            rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(self.schemas, key=len, reverse=True)))})(?![\w-])"
        )

    def named(self, said: str) -> str:
        """Return the offered name that a model means, empty for none: templates put words of their own around it."""
        bare = _SUFFIX.sub("", _PREFIX.sub("", said.strip().strip("`\"'")))
        if bare in self.schemas:
            return bare
        first = _NAME.match(bare)
        return first[0] if first and first[0] in self.schemas else ""

    def fitting(self, name: str, arguments: object) -> Call | None:
        """Return the call, None where nobody offered it or its arguments do not fit."""
        known = self.named(name)
        if not known or not isinstance(arguments, Mapping):
            return None
        schema = self.schemas[known]
        given = {str(key): _as_typed(value, schema, str(key)) for key, value in arguments.items()}
        return Call(known, json.dumps(given, ensure_ascii=False)) if _fits(given, schema) else None

    def in_order(self, name: str, values: Sequence[object]) -> Mapping[str, object]:
        """Return arguments that were given without their names."""
        return dict(zip(self.schemas.get(self.named(name), {}).get("properties", {}), values, strict=False))


def _as_typed(value: object, schema: Mapping[str, Any], name: str) -> object:
    """A value that was written as text, where the tool wants something else."""
    wanted = _types(schema.get("properties", {}).get(name, {}))
    if not isinstance(value, str) or not wanted or "string" in wanted:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _types(schema: Mapping[str, Any]) -> set[str]:
    kind = schema.get("type")
    own = {kind} if isinstance(kind, str) else set(kind or ())
    return own.union(*(_types(each) for each in schema.get("anyOf", ())))


def _fits(arguments: Mapping[str, object], schema: Mapping[str, Any]) -> bool:
    """Strict schemas name every argument as required; those with a default, or that may be null, are not."""
    from jsonschema import Draft202012Validator  # for the rare call that was written as text

    properties = schema.get("properties", {})
    optional = {name for name, each in properties.items() if "default" in each or "null" in _types(each)}
    required = [name for name in schema.get("required", ()) if name not in optional]
    validator = Draft202012Validator({**_DRAFT, **schema, "additionalProperties": False, "required": required})
    return bool(validator.is_valid(arguments))
