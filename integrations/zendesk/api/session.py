"""The HTTP session to Zendesk: sends every request once, within its time, to one host.

What zenpy's own session does instead: it resends PUTs (a public reply would appear up to four times), sleeps
without bound on 429, waits 60 seconds, and puts `ticket.id` into bodies.
"""

import threading
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import structlog
from requests.adapters import HTTPAdapter

from bot.domain.errors import ConfigError, PermanentFailure, TemporaryFailure, UnknownOutcome
from bot.domain.ports import Clock
from integrations.zendesk.api.errors import is_ticket_write, rate_limits, refusal, silence
from integrations.zendesk.api.rate_limits import Seen

MAX_PAGES = 20
TOO_LONG = "too_long"
"""Code of the `PermanentFailure` for a list that goes on after its last page that is read."""

PAGE_SIZE = 100

Json = dict[str, Any]

log = structlog.get_logger(__name__)


class Credentials(Protocol):
    """Puts the authorisation on a request."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with its `Authorization` header."""

    def renew(self, refused: str, /) -> bool:
        """Forget the refused `Authorization`; return whether another attempt makes sense."""


def base_of(url: str) -> str:
    """Return `scheme://host[:port]` of the configured address.

    Raises:
        ConfigError: neither `https://…` nor `http://` on this machine, or more than a host.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not (safe and host) or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError("ZENDESK_URL: is https://YOURS.zendesk.com (http:// only for loopback)")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def harden(session: requests.Session, base: str) -> None:
    """Make a session send once, keep no cookies, and reach loopback without a proxy."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    session.trust_env = base.startswith("https://")
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))


class SafeSession(requests.Session):
    """What zenpy is given instead of its own session. Not shared between threads.

    Every answer outside 200 to 299 and every missing answer is raised as one of our `RemoteError`s, so zenpy
    never sees one and neither sleeps nor resends.

    Attributes:
        stop: set when the caller has gone; no further request is sent then.
        seen: takes in what the answers say of the account's limits.
        wrote: whether a ticket write was sent since `begin`.
        idempotency_key: sent with the next ticket creation, empty for none.
    """

    authorized = True  # tells zenpy to leave authentication to this session

    def __init__(self, base: str, credentials: Credentials, timeout: tuple[float, float], clock: Clock) -> None:
        super().__init__()
        harden(self, base)
        self.base = base
        self.credentials = credentials
        self.auth = credentials
        self.timeout = timeout
        self.clock = clock
        self.stop = threading.Event()
        self.seen = Seen()
        self.wrote = False
        self.idempotency_key = ""

    def begin(self, stop: threading.Event, seen: Seen | None = None) -> None:
        """Start a piece of work that ends when `stop` is set."""
        self.stop, self.seen, self.wrote = stop, seen or Seen(), False

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request to the configured host, whatever host `url` names; return its 2xx answer.

        Raises:
            RemoteError: any other answer, or none.
            Conflict: a safe update met a changed ticket.
        """
        verb, asked = str(method).upper(), str(url)
        parts = urlsplit(asked)
        target = self.base + parts.path + (f"?{parts.query}" if parts.query else "")
        kwargs |= {"timeout": self.timeout, "allow_redirects": False}
        self._shape(verb, parts.path, kwargs)
        answer = self._send(verb, parts.path, target, args, kwargs)
        if answer.status_code == 401 and self.credentials.renew(_authorization(answer)):
            if hasattr(kwargs.get("data"), "seek"):
                kwargs["data"].seek(0)  # the first attempt has read the upload
            answer = self._send(verb, parts.path, target, args, kwargs)
        self._check(verb, parts.path, answer)
        # zenpy recognises answers by the host it asked.
        answer.url = answer.request.url = asked
        return answer

    def get_json(self, path: str, params: Json | None = None) -> Json:
        """Return the JSON object at an API path such as `/api/v2/groups.json`."""
        fields: Json = self.get(self.base + path, params=params).json()
        return fields

    def pages(self, path: str, key: str, params: Json | None = None, *, is_whole: bool = False) -> Iterator[list[Json]]:
        """Yield the pages of a list, at most 20 of 100, by cursor or by `next_page`.

        zenpy's generators can be neither bounded nor ordered.

        Args:
            is_whole: whether a part of the list is of no use.

        Raises:
            PermanentFailure: the list was to be whole, and goes on.
        """
        body = self.get_json(path, {"page[size]": PAGE_SIZE} | (params or {}))
        seen = {path}
        for _ in range(MAX_PAGES - 1):
            yield _items(body, key)
            path = following(body)
            if not path or path in seen:
                return
            seen.add(path)
            body = self.get_json(path)
        yield _items(body, key)
        if is_whole and following(body):
            raise PermanentFailure(f"more than {MAX_PAGES} pages of {key}", TOO_LONG)

    def _shape(self, verb: str, path: str, kwargs: Json) -> None:
        """Take out what zenpy adds and put in what it cannot send."""
        body = kwargs.get("json")
        if verb == "PUT" and isinstance(body, dict) and isinstance(body.get("ticket"), dict):
            # Zendesk warns of `ticket.id`: the path says which ticket.
            fields = {name: value for name, value in body["ticket"].items() if name != "id"}
            kwargs["json"] = body | {"ticket": fields}
        if verb == "POST" and is_ticket_write(verb, path) and self.idempotency_key:
            kwargs["headers"] = (kwargs.get("headers") or {}) | {"Idempotency-Key": self.idempotency_key}

    def _send(self, verb: str, path: str, url: str, args: Any, kwargs: Json) -> requests.Response:
        if self.stop.is_set():
            raise TemporaryFailure(f"{verb} not sent: its caller has gone")
        self.wrote = self.wrote or is_ticket_write(verb, path)
        try:
            return super().request(verb, url, *args, **kwargs)
        except OSError as error:
            # The original may quote the URL's query; its class says enough.
            raise silence(verb, path, error) from None

    def _check(self, verb: str, path: str, answer: requests.Response) -> None:
        headers, status = answer.headers, answer.status_code
        if "x-zendesk-api-warn" in headers:
            log.warning("zendesk.api_warn", method=verb, warning=headers["x-zendesk-api-warn"][:300])
        limits = rate_limits(headers)
        self.seen.limits = limits
        for name, limit in limits.items():
            if limit.remaining * 10 < limit.total:
                log.warning("zendesk.rate_limit_low", budget=name, remaining=limit.remaining, of=limit.total)
        body = _json(answer)
        if 300 <= status < 400:
            raise PermanentFailure(f"{verb}: redirected; ZENDESK_URL is not the account's own address", "redirect")
        if not 200 <= status < 300:
            raise refusal(verb, path, status, headers, body=body, now=self.clock.now())
        is_done = status == requests.codes.no_content and not is_ticket_write(verb, path)
        if not is_done and not isinstance(body, dict):
            # A maintenance or proxy page: nobody knows what became of a write.
            unsure = UnknownOutcome if is_ticket_write(verb, path) else TemporaryFailure
            raise unsure(f"{verb}: {status} without JSON")


def _authorization(answer: requests.Response) -> str:
    return str(answer.request.headers.get("Authorization", ""))


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _items(body: Json, key: str) -> list[Json]:
    return [item for item in body.get(key) or [] if isinstance(item, dict)]


def following(body: Json) -> str:
    """Return path and query of the next page, empty at the end; the host is ours in any case."""
    meta, links = body.get("meta"), body.get("links")
    if isinstance(meta, dict) and "has_more" in meta:
        url = links.get("next") if meta["has_more"] and isinstance(links, dict) else None
    else:
        url = body.get("next_page")
    parts = urlsplit(url if isinstance(url, str) else "")
    if not parts.path.startswith("/api/v2/"):
        return ""
    return f"{parts.path}?{parts.query}"
