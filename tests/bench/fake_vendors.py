"""Slack, a model server and the people who write, in one process of its own: `python -m tests.bench.fake_vendors`.

It prints its URL. `/slack/api/…` is Slack's Web API with its limits off, `/v1/responses` the model, which streams and
says back which lines it was asked about. `POST /go` lets people write to a bot as a plan says and returns, for each
line, when what happened. All times are of this process's clock, so that they can be subtracted.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httptools
import uvloop

from tests.bench.lines import Lines
from tests.bench.load_generator import Crowd, Plan
from tests.bench.model_server import stream_answer
from tests.bench.slack_server import SlackServer

Route = Callable[[str, dict[str, Any], "Wire"], None]


class Wire(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._url, self._body = b"", b""
        self.is_open = True

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """The parser has a request's target."""
        self._url, self._body = url, b""

    def on_body(self, body: bytes) -> None:
        """The parser has a piece of a body."""
        self._body += body

    def on_message_complete(self) -> None:
        """The parser has a whole request."""
        url = urlsplit(self._url.decode())
        self._route(url.path, {**dict(parse_qsl(url.query)), **_fields(self._body)}, self)

    def reply(self, answer: Any) -> None:
        """Send a whole JSON answer."""
        body = json.dumps(answer, separators=(",", ":")).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._send(head.encode() + body)

    def begin(self) -> None:
        """Begin an answer that is sent in pieces."""
        self._send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")

    def piece(self, text: bytes) -> None:
        """Send a piece; an empty one is the end."""
        self._send(b"%x\r\n%b\r\n" % (len(text), text))

    def _send(self, data: bytes) -> None:
        if self.is_open:
            self._transport.write(data)


def _fields(body: bytes) -> dict[str, Any]:
    if body.startswith(b"{"):
        fields: dict[str, Any] = json.loads(body)
        return fields
    return dict(parse_qsl(body.decode()))


class StandIn:
    """Everybody but the bot."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._slack = SlackServer(self._lines)
        self._thinking: set[asyncio.Task[None]] = set()

    def route(self, path: str, body: dict[str, Any], wire: Wire) -> None:
        """Answer one request."""
        if path.startswith("/slack/api/"):
            wire.reply(self._slack.answer(path.rpartition("/")[2], body))
        elif path == "/v1/responses":
            self._start(stream_answer(body, wire, self._lines))
        elif path == "/go":
            self._start(self._go(body, wire))
        elif path == "/thinking":
            wire.reply(self._lines.thinking)
        else:
            wire.reply({"ok": False, "error": "unknown"})

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._thinking.add(task)
        task.add_done_callback(self._thinking.discard)

    async def _go(self, body: dict[str, Any], wire: Wire) -> None:
        plan = Plan(**body)
        self._lines.begin(plan.think, plan.gap)
        try:
            await Crowd(plan, self._lines).write()
        finally:
            wire.reply(self._lines.outcome())


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(partial(Wire, StandIn().route), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(main())
