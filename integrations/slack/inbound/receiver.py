"""`POST /slack/events`: verify raw bytes, validate, store, and only then answer 200.

A plain message goes straight from the signature to the mailbox; everything else takes Bolt's dispatcher, which is
loaded for the first of these: it is five megabytes, and a fifth of a second.
https://docs.slack.dev/apis/events-api/using-http-request-urls
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from bot.domain.errors import BadSignature, InvalidRequest, TemporaryFailure, TooLarge
from bot.domain.ports import Clock
from integrations.slack.api.client import SLACK_API_URL
from integrations.slack.inbound.admission import EVERYONE, Admission
from integrations.slack.inbound.clicks import read_form
from integrations.slack.inbound.event_sink import EventSink, accept
from integrations.slack.inbound.incoming import UrlVerification
from integrations.slack.inbound.parse import MESSAGE_TYPES, decode, parse_event
from integrations.slack.inbound.signature import verify

if TYPE_CHECKING:
    from integrations.slack.inbound.bolt_app import Dispatch

__all__ = ["EVENTS_PATH", "EventSink", "create_router"]

EVENTS_PATH = "/slack/events"
MOST_BYTES = 1024 * 1024
_MOST_DRAINED = 8 * MOST_BYTES
_FORM = "application/x-www-form-urlencoded"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


_OK = HttpAnswer(200)


class ClientLeft(Exception):
    """The sender hung up before its body was complete; there is nobody to answer."""


def create_router(
    acceptor: EventSink,
    secrets: Sequence[str],
    clock: Clock,
    api_url: str = SLACK_API_URL,
    admission: Admission = EVERYONE,
) -> Router:
    """Return the routes for Slack; an application adds `router.routes` to its own.

    Args:
        secrets: signing secrets, two during a rotation; they may change.
        api_url: base of the Web API, for what a click may be answered at.
        admission: whose requests are taken; the others are answered, and nothing follows.
    """
    return Router(routes=[Route(EVENTS_PATH, endpoint=Receiver(acceptor, secrets, clock, api_url, admission))])


class Receiver:
    """The ASGI endpoint behind `/slack/events`."""

    def __init__(
        self, acceptor: EventSink, secrets: Sequence[str], clock: Clock, api_url: str, admission: Admission = EVERYONE
    ) -> None:
        self._acceptor = acceptor
        self._admission = admission
        self._secrets = secrets
        self._clock = clock
        self._api_url = api_url
        self._bolt: Dispatch | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except ClientLeft:
            return
        headers = [(b"content-length", str(len(answer.body)).encode())]
        if answer.body:
            headers.append((b"content-type", answer.content_type.encode()))
        if answer.status == 405:
            headers.append((b"allow", b"POST"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> HttpAnswer:
        if scope["method"] != "POST":
            return _refused(405, "use POST")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        try:
            body = await read_body(headers, receive)
            self._verify(headers, body)
            return await self._take(headers, body)
        except TooLarge as error:
            return _refused(413, str(error))
        except BadSignature as error:
            _log.warning("refused a request to %s: %s", EVENTS_PATH, error)
            return _refused(401, str(error))
        except InvalidRequest as error:
            return _refused(400, str(error))
        except TemporaryFailure:
            return _refused(503, "not stored, send it again")

    def _verify(self, headers: Mapping[bytes, bytes], body: bytes) -> None:
        timestamp = headers.get(b"x-slack-request-timestamp", b"").decode("latin-1")
        signature = headers.get(b"x-slack-signature", b"").decode("latin-1")
        verify(body, timestamp, signature, self._secrets, self._clock.now())

    async def _take(self, headers: Mapping[bytes, bytes], body: bytes) -> HttpAnswer:
        content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
        if content_type.startswith(_FORM):
            return await self._dispatch(read_form(body))
        data = decode(body)
        incoming = parse_event(data)
        if isinstance(incoming, UrlVerification):
            return HttpAnswer(200, json.dumps({"challenge": incoming.challenge}).encode())
        if data["type"] == "event_callback" and data["event"]["type"] not in MESSAGE_TYPES:
            return await self._dispatch(data)
        if await self._admission.admits(data):
            await accept(self._acceptor, incoming)
        return _OK

    async def _dispatch(self, data: Mapping[str, Any]) -> HttpAnswer:
        bolt = await self._dispatcher()
        try:
            response = await bolt(data)
        except Exception as error:
            _log.warning("Slack request not understood: %s", type(error).__name__)
            raise InvalidRequest("malformed request") from None
        if response.status == 404:
            return _OK  # nobody listens to it: nothing to send again
        if response.status >= 400:
            return _refused(response.status, "not stored" if response.status >= 500 else "malformed request")
        return HttpAnswer(response.status, response.body.encode())

    async def _dispatcher(self) -> "Dispatch":
        if self._bolt is None:
            make = await asyncio.to_thread(_loaded)
            self._bolt = make(self._acceptor, self._api_url, self._admission)
        return self._bolt


def _loaded() -> "Callable[[EventSink, str, Admission], Dispatch]":
    from integrations.slack.inbound.bolt_app import dispatcher_of

    return dispatcher_of


async def read_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Return the request's body.

    Raises:
        TooLarge: more than 1 MiB, by its own word or in fact.
        ClientLeft: the sender hung up.
    """
    is_too_large = _announced_length(headers) > MOST_BYTES
    has_more = True
    body = bytearray()
    taken = 0
    # What is too large is read for a while: a sender whose connection is cut while it writes never reads the 413.
    while has_more and taken < _MOST_DRAINED:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunk: bytes = message.get("body", b"")
        has_more = message.get("more_body", False)
        taken += len(chunk)
        is_too_large = is_too_large or taken > MOST_BYTES
        if not is_too_large:
            body += chunk
    if is_too_large:
        raise TooLarge("body is larger than 1 MiB")
    return bytes(body)


def _announced_length(headers: Mapping[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"")
    return int(length[:20]) if length.isdigit() else 0


def _refused(status: int, reason: str) -> HttpAnswer:
    return HttpAnswer(status, json.dumps({"error": reason}).encode())
