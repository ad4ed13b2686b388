"""Makes the JSON Schema of a desk's file from its model; what a key means comes from the model's docstring."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import ModelSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<meaning>.+)")
_ARGS = re.compile(r"^Args:\n(?P<entries>(?:    .*\n?)*)", re.MULTILINE)


class _Explained(GenerateJsonSchema):
    """Gives each model its first sentence and each of its keys the docstring's."""

    def model_schema(self, schema: ModelSchema) -> dict[str, Any]:
        """Return the schema of one model."""
        made = super().model_schema(schema)
        model = cast("type[BaseModel]", schema["cls"])
        told = meanings(model)
        for name, field in made.get("properties", {}).items():
            field.pop("title", None)
            field["description"] = told[name]
        made["description"] = inspect.getdoc(model).partition("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]
        return made


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a file that `model` reads.

    Raises:
        KeyError: a key stands under no `Args` of its model's docstring.
    """
    return {"$schema": DIALECT, **model.model_json_schema(schema_generator=_Explained)}


def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """Return what each key means, as the docstring of its model says."""
    found = _ARGS.search(inspect.getdoc(model) or "")
    told: dict[str, str] = {}
    for entry in _entries(found["entries"] if found else ""):
        match = _ENTRY.fullmatch(entry)
        if match:
            told |= dict.fromkeys(match["names"].split(", "), match["meaning"])
    return told


def _entries(text: str) -> Iterator[str]:
    """Yield the entries, each on one line."""
    yield from re.sub(r"\n {4,}", " ", inspect.cleandoc(text)).splitlines()
