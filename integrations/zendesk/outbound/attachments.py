"""Downloads attachments from the vendor's hosts only, at most 20 MiB each; credentials go to our account alone.

A `content_url` redirects to a storage host that must not see the credentials:
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/
"""

import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import requests

from bot.domain.errors import NotFound, PermanentFailure, TemporaryFailure
from integrations.zendesk.api.errors import refusal, silence
from integrations.zendesk.api.session import Credentials, harden

MAX_BYTES = 20 * 1024 * 1024
MAX_HOPS = 5
MAX_SECONDS = 60.0

_CHUNK = 64 * 1024
_VENDOR = (".zendesk.com", ".zdusercontent.com")
_WHAT = "/attachment"


class Fetcher:
    """Downloads attachments of one account; safe to share between threads.

    Args:
        base: the configured `scheme://host[:port]`.
    """

    def __init__(self, base: str, credentials: Credentials, timeout: tuple[float, float]) -> None:
        self._base = base
        self._credentials = credentials
        self._timeout = timeout

    def fetch(self, url: str, stop: threading.Event) -> bytes:
        """Return the bytes at `url`.

        Args:
            stop: ends the download between two chunks.

        Raises:
            PermanentFailure: over 20 MiB, a foreign or private host, or too many redirects.
            NotFound: the file is gone.
            TemporaryFailure: Zendesk cannot give it now.
        """
        if not (self._is_ours(url) or _is_vendors(url)):
            raise PermanentFailure("an attachment is not at Zendesk", "foreign_host")
        with requests.Session() as session:
            harden(session, self._base)
            signed, renewed = self._is_ours(url), False
            for _ in range(MAX_HOPS):
                with self._get(session, url, signed=signed) as answer:
                    if answer.is_redirect:
                        # A redirect carries its own permission; the storage refuses any other.
                        url, signed = urljoin(url, answer.headers["Location"]), False
                        self._allow(url)
                    elif answer.status_code == 401 and signed and not renewed and self._renew(answer):
                        renewed = True
                    else:
                        return self._read(answer, stop)
        raise PermanentFailure("an attachment redirects too often", "redirects")

    def _renew(self, answer: requests.Response) -> bool:
        return self._credentials.renew(str(answer.request.headers.get("Authorization", "")))

    def _get(self, session: requests.Session, url: str, *, signed: bool) -> requests.Response:
        # An explicit callable also keeps requests from looking into ~/.netrc.
        auth = self._credentials if signed else _anonymous
        try:
            return session.get(url, auth=auth, stream=True, allow_redirects=False, timeout=self._timeout)
        except OSError as error:
            raise silence("GET", _WHAT, error) from None

    def _read(self, answer: requests.Response, stop: threading.Event) -> bytes:
        if answer.status_code == 401:
            # The credentials were renewed already: this file is not for us, and the words go without it.
            raise PermanentFailure("an attachment is refused", "http_401")
        if answer.status_code != 200:
            raise refusal("GET", _WHAT, answer.status_code, answer.headers, body=None, now=time.time())
        data = bytearray()
        for chunk in _chunks(answer, stop):
            data += chunk
            if len(data) > MAX_BYTES:
                raise PermanentFailure("an attachment is over 20 MiB", "too_large")
        return bytes(data)

    def _allow(self, url: str) -> None:
        """Refuse a redirect target that is neither ours, the vendor's, nor on the public internet."""
        if self._is_ours(url) or _is_vendors(url):
            return
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or not _is_public(parts.hostname):
            raise PermanentFailure("an attachment redirects to a place we do not go", "foreign_host")

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" == self._base


def _chunks(answer: requests.Response, stop: threading.Event) -> Iterator[bytes]:
    ends = time.monotonic() + MAX_SECONDS
    try:
        for chunk in answer.iter_content(_CHUNK):
            if stop.is_set() or time.monotonic() > ends:
                raise TemporaryFailure("an attachment took too long")
            yield chunk
    except OSError as error:
        raise silence("GET", _WHAT, error) from None


def _is_vendors(url: str) -> bool:
    # TLS proves the name, so what it resolves to need not be asked.
    parts = urlsplit(url)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_VENDOR)


def _is_public(host: str) -> bool:
    return all(ip_address(address).is_global for address in _addresses(host))


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError:
        raise NotFound("an attachment's host does not exist", "no_host") from None
    return [str(address[4][0]).partition("%")[0] for address in found]


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
