"""Authenticates callers: `Authorization: Bearer SECRET`, in the console a cookie too; compared in constant time."""

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, new
from time import time
from typing import Protocol

from fastapi import HTTPException
from pydantic import SecretStr
from starlette.requests import Request

BEARER = {"WWW-Authenticate": "Bearer"}
COOKIE = "frontdesk_console"
SIGNED_IN_SECONDS = 12 * 3600
"""How long a browser stays signed in to the console."""


class KeyNeeded(HTTPException):
    """The console is not shown without its key; the answer is the form that takes it.

    Args:
        token: what that form sends back.
    """

    def __init__(self, token: str) -> None:
        super().__init__(401, "a key of scope console is needed", BEARER)
        self.token = token


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
        keys: `FRONTDESK_API_KEYS`, which may change; without any, every route that asks is closed (503).
    """

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self._keys = keys

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
        """Return the operator who calls; a browser may give the secret as password (HTTP Basic), or has a cookie.

        Raises:
            HTTPException: 503 without any key.
            KeyNeeded: it is unknown, or may not see the console.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        secret = _password(given) if scheme.lower() == "basic" else given if scheme.lower() == "bearer" else ""
        found = self._owner_of(secret.strip()) or (None if scheme else self._signed_in(request))
        if found is None or not found.is_operator:
            raise KeyNeeded(self.sign_in_token())
        return found

    def signed_in_by(self, secret: str) -> str:
        """Return what a browser keeps as its cookie after the key was typed in; it does not hold the key.

        Raises:
            HTTPException: 503 without any key.
            KeyNeeded: it is unknown, or may not see the console.
        """
        found = self._owner_of(secret)
        if found is None or not found.is_operator:
            raise KeyNeeded(self.sign_in_token())
        ends = int(time()) + SIGNED_IN_SECONDS
        return urlsafe_b64encode(f"{ends}:{_seal(secret, ends)}:{found.name}".encode()).decode()

    def sign_in_token(self) -> str:
        """Return what the form for the key sends back.

        Raises:
            HTTPException: 503 without any key.
        """
        if not self._keys:
            raise HTTPException(503, "FRONTDESK_API_KEYS is not set")
        return new(self._keys[0].secret.get_secret_value().encode(), b"frontdesk console key", sha256).hexdigest()

    def _signed_in(self, request: Request) -> Caller | None:
        try:
            ends, seal, name = urlsafe_b64decode(request.cookies.get(COOKIE, "")).decode().split(":", 2)
            until = int(ends)
        except (NotBase64, ValueError):
            return None
        # A key of scope chat may have the same name, and its owner could seal with it.
        own = [key.secret.get_secret_value() for key in self._keys if key.name == name and key.scope == "console"]
        is_ours = any(compare_digest(seal.encode(), _seal(secret, until).encode()) for secret in own)
        return Caller(name, is_operator=True) if is_ours and until > time() else None

    def token_of(self, caller: Caller) -> str:
        """Return what a page of an operator sends back with each form: no other site knows it."""
        secret = next(key.secret.get_secret_value() for key in self._keys if key.name == caller.name)
        return new(secret.encode(), b"frontdesk console form", sha256).hexdigest()

    def checked(self, caller: Caller, token: str) -> None:
        """Refuse what no page of ours sent.

        Raises:
            HTTPException: 403, the token is missing or another one.
        """
        self.same(self.token_of(caller), token)

    @staticmethod
    def same(wanted: str, token: str) -> None:
        """Refuse a token that is not the wanted one.

        Raises:
            HTTPException: 403.
        """
        if not compare_digest(wanted.encode(), token.encode("utf-8", "surrogateescape")):
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


def _seal(secret: str, ends: int) -> str:
    return new(secret.encode(), f"frontdesk console until {ends}".encode(), sha256).hexdigest()
