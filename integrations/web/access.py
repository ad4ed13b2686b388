"""Authenticates callers of the HTTP API: `Authorization: Bearer SECRET`, compared in constant time."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, new
from typing import Protocol

from fastapi import HTTPException
from pydantic import SecretStr
from starlette.requests import Request

BEARER = {"WWW-Authenticate": "Bearer"}
BASIC = {"WWW-Authenticate": 'Basic realm="Frontdesk console", charset="UTF-8"'}


class ApiKey(Protocol):
    """One entry of `FRONTDESK_API_KEYS`."""

    @property
    def name(self) -> str:
        """Part of the ids of the sessions that it creates."""

    @property
    def secret(self) -> SecretStr:
        """What a caller sends."""

    @property
    def scope(self) -> str:
        """`chat` or `console`."""


@dataclass(frozen=True)
class Caller:
    """A known key.

    Args:
        name: the key's name, part of the ids of the sessions it creates.
        is_operator: whether it has the scope `console` and so sees every conversation.
    """

    name: str
    is_operator: bool


class Access:
    """Tells callers by their keys.

    Args:
        keys: `FRONTDESK_API_KEYS`; without any, every route that asks is closed (503).
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self._keys = tuple(keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all keys."""
        return tuple(dict.fromkeys(key.name for key in self._keys))

    def caller(self, request: Request) -> Caller:
        """Return who calls.

        Raises:
            HTTPException: 503 without any key, 401 for an unknown one.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        found = self._owner_of(given.strip() if scheme.lower() == "bearer" else "")
        if found is None:
            raise HTTPException(401, "a valid API key is needed", BEARER)
        return found

    def operator(self, request: Request) -> Caller:
        """Return the operator who calls; a browser may give the secret as password (HTTP Basic).

        Raises:
            HTTPException: 503 without any key, 401 for one that is unknown or may not see the console.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        secret = _password(given) if scheme.lower() == "basic" else given if scheme.lower() == "bearer" else ""
        found = self._owner_of(secret.strip())
        if found is None or not found.is_operator:
            raise HTTPException(401, "a key of scope console is needed", BASIC)
        return found

    def token_of(self, caller: Caller) -> str:
        """Return what a page of an operator sends back with each form: no other site knows it."""
        secret = next(key.secret.get_secret_value() for key in self._keys if key.name == caller.name)
        return new(secret.encode(), b"frontdesk console form", sha256).hexdigest()

    def checked(self, caller: Caller, token: str) -> None:
        """Refuse what no page of ours sent.

        Raises:
            HTTPException: 403, the token is missing or another one.
        """
        if not compare_digest(self.token_of(caller).encode(), token.encode("utf-8", "surrogateescape")):
            raise HTTPException(403, "the page's token is needed (X-CSRF-Token, or the form field csrf_token)")

    def _owner_of(self, secret: str) -> Caller | None:
        if not self._keys:
            raise HTTPException(503, "FRONTDESK_API_KEYS is not set")
        found: Caller | None = None
        for key in self._keys:  # every key is compared, whichever matches: the time tells nothing
            same = compare_digest(key.secret.get_secret_value().encode(), secret.encode("utf-8", "surrogateescape"))
            if same and secret:
                found = Caller(key.name, key.scope == "console")
        return found


def _password(given: str) -> str:
    try:
        return b64decode(given, validate=True).decode().partition(":")[2]
    except (NotBase64, ValueError):
        return ""
