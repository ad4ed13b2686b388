"""OAuth client credentials, or an API token while those last (2027-04-30).

https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/
"""

import threading
from dataclasses import dataclass

import requests
from pydantic import BaseModel, Field, SecretStr, ValidationError
from requests.auth import AuthBase, HTTPBasicAuth

from bot.domain.errors import PermanentFailure, TemporaryFailure
from bot.domain.ports import Clock
from integrations.zendesk.answers import refusal, silence
from integrations.zendesk.session import harden

PATH = "/oauth/tokens"
# Audits, in which an update is found again, need the global "read"; uploads, tickets and users are written.
SCOPE = "read write"
DEFAULT_SECONDS = 1800.0
REFRESH_AT = 0.8


class ApiToken(HTTPBasicAuth):
    """Basic authentication as `email/token`."""

    def __init__(self, email: str, token: str) -> None:
        super().__init__(f"{email}/token", token)

    def renew(self, _refused: str, /) -> bool:
        """Return False: a refused API token stays refused."""
        return False


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
        self, base: str, client_id: str, client_secret: str, timeout: tuple[float, float], clock: Clock
    ) -> None:
        self._base = base
        self._body = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": SCOPE,
        }
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._token: _Token | None = None

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
        # The lock is held while fetching: one thread asks, the others wait for its answer.
        with self._lock:
            token, now = self._token, self._clock.now()
            if token is None or now >= token.refresh_at:
                token = self._refreshed(token, now)
                self._token = token
            return token.header

    def _refreshed(self, token: _Token | None, now: float) -> _Token:
        try:
            return self._fetch(now)
        except TemporaryFailure:
            if token is None or now >= token.ends_at:
                raise
            return token

    def _fetch(self, now: float) -> _Token:
        with requests.Session() as session:
            harden(session, self._base)
            try:
                answer = session.post(self._base + PATH, json=self._body, timeout=self._timeout, allow_redirects=False)
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
