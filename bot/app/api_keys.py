"""The keys of `FRONTDESK_API_KEYS`, and other lists that are written with commas."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, TypeAdapter


class ApiKey(BaseModel):
    """One caller of the HTTP API: `name:secret:scope`."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    secret: SecretStr
    scope: Literal["chat", "console"]


_KEYS = TypeAdapter(tuple[ApiKey, ...])


def keys_in(text: str) -> tuple[ApiKey, ...]:
    """Return the keys of a text.

    Raises:
        ValueError: it is none of keys.
    """
    return _KEYS.validate_python(parts_of_keys(text))


def parts_of_keys(text: str) -> tuple[Mapping[str, str], ...]:
    """Return the parts of each key by their names.

    Raises:
        ValueError: an entry has not three parts.
    """
    keys = [part.split(":") for part in parts_of(text)]
    if any(len(key) != 3 or not all(key) for key in keys):
        raise ValueError("each entry is name:secret:scope, scope is chat or console")
    return tuple({"name": name, "secret": secret, "scope": scope} for name, secret, scope in keys)


def parts_of(text: str) -> tuple[str, ...]:
    """Return what stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
