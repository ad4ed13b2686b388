"""A model provider on loopback: the rules behind OpenAI's Responses API, streamed, and a judge who is always content.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from integrations.models.offline import _events, _item, _response
from integrations.models.rules.decision import decide
from integrations.models.rules.given import Face, Given, Move, Say
from integrations.models.rules.talk import TRANSFER, read_talk
from integrations.models.rules.words.things import shapes_of

VERDICT = {"answer": "yes", "reason": "It is.", "relation": "agrees"}


class Provider(ThreadingHTTPServer):
    """Keeps what it was asked, and answers until somebody says that it has said enough."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Route)
        self.asked: list[dict[str, Any]] = []
        self.has_said_enough: Callable[[], bool] = lambda: False
        self.goes_on = threading.Event()

    @property
    def url(self) -> str:
        """The base URL for `OPENAI_BASE_URL`."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Route(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        if self.server.has_said_enough():
            self.server.goes_on.wait()
            return
        item = _item(_move(body))
        if body.get("stream"):
            events = (f"event: {each.type}\ndata: {each.model_dump_json()}\n\n" for each in _events(item))
            self._send("text/event-stream", "".join(events))
        else:
            self._send("application/json", _response("resp_1", "completed", [item]).model_dump_json())

    def _send(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


def _move(body: dict[str, Any]) -> Move:
    if body.get("text", {}).get("format", {}).get("type") == "json_schema":
        return Say(json.dumps(VERDICT))
    instructions = body.get("instructions") or ""
    tools = {tool["name"]: Face(tool["name"], tool["description"], tool["parameters"]) for tool in body["tools"]}
    lanes = {name.removeprefix(TRANSFER): tools.pop(name).description for name in list(tools) if TRANSFER in name}
    shapes = shapes_of(face.schema for face in tools.values())
    return decide(Given(instructions, read_talk(instructions, body["input"], shapes), tools, lanes, shapes))


@contextmanager
def provider() -> Iterator[Provider]:
    """Yield a provider that answers while the body runs."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.goes_on.set()
        server.shutdown()
        thread.join()
        server.server_close()
