"""Authenticates at Zendesk: OAuth client credentials, or an API token while those last (2027-04-30).

https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/
"""

import threading
from base64 import b64encode
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import requests
from pydantic import BaseModel, Field, SecretStr, ValidationError
from requests.auth import AuthBase

from bot.domain.errors import PermanentFailure, TemporaryFailure
from bot.domain.ports import Clock
from integrations.zendesk.api.errors import refusal, silence
from integrations.zendesk.api.session import harden

PATH = "/oauth/tokens"
# Audits, in which an update is found again, need the global "read"; uploads, tickets and users are written.
SCOPE = "read write"
DEFAULT_SECONDS = 1800.0
REFRESH_AT = 0.8


class ApiToken(AuthBase):
    """Basic authentication as `email/token`.

    Args:
        token: returns the token, which may be another one than a moment ago.
    """

    def __init__(self, email: str, token: Callable[[], str]) -> None:
        self._user = f"{email}/token"
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with the token of now."""
        r.headers["Authorization"] = self._header()
        return r

    def renew(self, refused: str, /) -> bool:
        """Return whether there is another token than the refused one: what stays the same stays refused."""
        return bool(refused) and refused != self._header()

    def _header(self) -> str:
        return f"Basic {b64encode(f'{self._user}:{self._token()}'.encode()).decode()}"


class _Grant(BaseModel):
    access_token: SecretStr
    expires_in: float | None = Field(default=None, gt=0)


@dataclass(frozen=True)
class _Token:
    header: str
    refresh_at: float
    ends_at: float


class ClientCredentials(AuthBase):
    """A bearer token fetched when needed, shared by all threads, renewed at 80 % of its life.

    There is no refresh token: the grant is asked for again.
    """

    def __init__(
        self, base: str, client_id: str, client_secret: Callable[[], str], timeout: tuple[float, float], clock: Clock
    ) -> None:
        self._base = base
        self._body = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "scope": SCOPE,
        }
        self._secret = client_secret
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._fetching = threading.Lock()
        self._token: _Token | None = None
        self._failures = 0
        self._failure: TemporaryFailure | None = None

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with a bearer token.

        Raises:
            TemporaryFailure: no token could be fetched now.
            SignedOut: Zendesk refuses the client.
        """
        r.headers["Authorization"] = self._header()
        return r

    def renew(self, refused: str, /) -> bool:
        """Drop the token if it is still the refused one; return True: the next request fetches another."""
        with self._lock:
            if self._token and self._token.header == refused:
                self._token = None
        return True

    def _header(self) -> str:
        """Return a token that works; while one thread renews it the others go on with the one they have."""
        before = self._failures
        now = self._clock.now()
        known = self._known(now)
        if known and now < known.refresh_at:
            return known.header
        if not self._fetching.acquire(blocking=known is None):
            return known.header if known else ""
        try:
            return self._renewed(known, now, before).header
        finally:
            self._fetching.release()

    def _known(self, now: float) -> _Token | None:
        """Return the token, None where there is none that works still."""
        with self._lock:
            return self._token if self._token and now < self._token.ends_at else None

    def _renewed(self, known: _Token | None, now: float, before: int) -> _Token:
        """Return a new token, or the one that another thread got while this one waited, or the old one.

        Args:
            before: how many attempts had failed when this thread began to wait. One that failed since then failed for
                all who waited: one after the other they would wait for as long again, each with its request.
        """
        current = self._known(now)
        if current and now < current.refresh_at:
            return current
        if self._failure and self._failures > before:
            raise copy(self._failure)
        try:
            fetched = self._attempt(now)
        except TemporaryFailure:
            if known is None:
                raise
            return known
        with self._lock:
            self._token = fetched
        return fetched

    def _attempt(self, now: float) -> _Token:
        try:
            return self._fetch(now)
        except TemporaryFailure as failure:
            self._failure = failure
            self._failures += 1
            raise

    def _fetch(self, now: float) -> _Token:
        with requests.Session() as session:
            harden(session, self._base)
            try:
                body = {**self._body, "client_secret": self._secret()}
                answer = session.post(self._base + PATH, json=body, timeout=self._timeout, allow_redirects=False)
            except OSError as error:
                raise silence("POST", PATH, error) from None
        if not answer.ok or answer.is_redirect:
            raise refusal("POST", PATH, answer.status_code, answer.headers, body=_json(answer), now=now)
        try:
            grant = _Grant.model_validate_json(answer.content)
        except ValidationError:
            raise PermanentFailure(f"POST {PATH}: no token in the answer", "no_token") from None
        life = grant.expires_in or DEFAULT_SECONDS
        header = f"Bearer {grant.access_token.get_secret_value()}"
        return _Token(header, now + life * REFRESH_AT, now + life)


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None
