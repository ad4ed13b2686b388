"""Makes the plainest JSON that a schema accepts, for callers who want an object instead of words."""

from collections.abc import Mapping
from typing import Any

_PLAIN: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "null": None}


def sample(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """Return a value of the schema: defaults where it has them, else the first and smallest that is allowed."""
    whole = root if root is not None else schema
    if "default" in schema:
        return schema["default"]
    if "$ref" in schema:
        return sample(_resolve(str(schema["$ref"]), whole), whole)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for choices in ("anyOf", "oneOf", "allOf"):
        if schema.get(choices):
            return sample(schema[choices][0], whole)
    return _of_type(schema, whole)


def _of_type(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            parts: Mapping[str, Any] = schema.get("properties", {})
            required = schema.get("required", ())
            return {name: sample(part, whole) for name, part in parts.items() if name in required}
        case "array":
            return [sample(schema["items"], whole) for _ in range(schema.get("minItems", 0))]
        case kind:
            return schema.get("minimum", _PLAIN.get(str(kind)))


def _resolve(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    part: Any = root
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    found: Mapping[str, Any] = part
    return found
