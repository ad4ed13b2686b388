"""Minimal HTTP in and out: the benchmark sends thousands of requests a second through here."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope, Send

JSON = dict[str, Any]
MAX_BODY = 64 * 1024 * 1024


def names(text: str) -> frozenset[str]:
    """A set of names from one spaced line."""
    return frozenset(text.split())


class BadBody(Exception):
    """The request's body is not what its content type promises."""


@dataclass(slots=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base: str

    @property
    def content_type(self) -> str:
        """Media type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str:
        """The bearer token, or an empty string."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def basic(self) -> tuple[str, str]:
        """User and password of basic authentication, or two empty strings."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(token).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password

    def json(self) -> JSON:
        """The body as a JSON object (empty body: empty object); raises BadBody."""
        if not self.body:
            return {}
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise BadBody(str(error)) from error
        if not isinstance(value, dict):
            raise BadBody("not a JSON object")
        return value

    def form(self) -> dict[str, str]:
        """The body as a URL-encoded form; raises BadBody."""
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as error:
            raise BadBody(str(error)) from error


@dataclass(slots=True)
class Answer:
    """One response: `body` goes out as JSON, else `raw` with `content_type`."""

    status: int = 200
    body: JSON | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    content_type: str = "application/json; charset=utf-8"


async def read_call(scope: Scope, receive: Receive) -> Call:
    """Collect a request; a body over 64 MiB is cut off and read as broken by whoever parses it."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > MAX_BODY:
            break
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
    base = f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"
    return Call(scope["method"], unquote(scope["path"]), query, headers, body, base)


async def send_answer(send: Send, answer: Answer) -> None:
    """Write a response."""
    raw = answer.raw if answer.body is None else json.dumps(answer.body, separators=(",", ":")).encode()
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(raw)).encode())]
    headers += [(key.encode("latin-1"), value.encode("latin-1")) for key, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})
