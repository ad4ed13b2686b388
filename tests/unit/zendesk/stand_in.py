"""A server on loopback that answers what a test says: for what the simulated account cannot get wrong."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Say:
    """One answer; `promised` announces another length than is sent."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None


def say_json(value: Any, status: int = 200, **headers: str) -> Say:
    """Answer with JSON; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Say(json.dumps(value).encode(), status, {"Content-Type": "application/json"} | named)


class StandIn:
    """What was asked, and what to answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Say] = lambda _: Say()


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """Serve on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
            stand_in.asked.append(asked)
            said = stand_in.answer(asked)
            self.send_response(said.status)
            for name, text in said.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(said.body) if said.promised is None else said.promised))
            self.end_headers()
            self.wfile.write(said.body)
            self.close_connection = said.promised is not None

        do_POST = do_GET  # noqa: N815 - the library's names
        do_PUT = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hung up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    stand_in = StandIn(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class CountingKey:
    """Credentials that count: `Key 1` until it is refused, then `Key 2` and so on."""

    def __init__(self) -> None:
        self.number = 1

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Key {self.number}"
        return r

    def renew(self, _refused: str, /) -> bool:
        self.number += 1
        return True
