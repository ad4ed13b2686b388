"""Keeps the stored fields that a newer version added, so that an older one writes them back unchanged."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

MORE = "more"
"""The field in which a stored dataclass keeps names that it does not know."""


class Open(StrEnum):
    """Names to which a newer version may have added: one that is not known stands for itself, and equals no other."""

    @classmethod
    def _missing_(cls, value: object) -> "Open | None":
        if not isinstance(value, str):
            return None
        name = str.__new__(cls, value)
        name._name_ = name._value_ = value
        return name


def unknown(cls: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in `raw` that `cls` has no field for."""
    names = {field.name for field in fields(cls)}
    return {name: value for name, value in raw.items() if name not in names}


def flat(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dataclass's fields with what it keeps of a newer version beside them: a `dict_factory` of `asdict`."""
    known = dict(pairs)
    return {**known.pop(MORE, {}), **known}


def known(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dataclass's own fields alone: a `dict_factory` for what is new, and carries nothing on."""
    return {name: value for name, value in pairs if name != MORE}
