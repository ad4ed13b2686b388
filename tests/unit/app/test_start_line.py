"""What a start says of the model server, and what it keeps from other servers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog

from bot.app.settings import Settings
from bot.app.start_line import say_start
from bot.domain.errors import RemoteError, SignedOut, TemporaryFailure
from bot.domain.ids import Origin


class Server(ThreadingHTTPServer):
    """Answers every request in one way, and keeps the keys that it was shown."""

    def __init__(self, status: int, leads_to: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Route)
        self.status, self.leads_to = status, leads_to
        self.keys: list[str | None] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Route(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.keys.append(self.headers["Authorization"])
        self.send_response(self.server.status)
        if self.server.leads_to:
            self.send_header("Location", self.server.leads_to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    server = Server(200)
    yield server
    server.shutdown()
    server.server_close()


async def told_of(server: Server) -> str:
    settings = Settings(
        _env_file=None,
        frontdesk_model="gpt",
        openai_api_key="sk-0123456789",
        openai_base_url=server.url,
    )
    engine = SimpleNamespace(settings=settings, sides=SimpleNamespace(reachable=[]), desk=SimpleNamespace(id="store"))
    with structlog.testing.capture_logs() as lines:
        await say_start(cast("Any", engine), web=True, worker=False)
    server.shutdown()
    server.server_close()
    return str(lines[0]["model"])


@pytest.mark.parametrize(("status", "told"), [(200, "gpt: on"), (401, "gpt: refused"), (404, "gpt: on")])
async def test_the_model_servers_answer_is_told(status: int, told: str) -> None:
    server = Server(status)

    assert await told_of(server) == told
    assert server.keys == ["Bearer sk-0123456789"]


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_the_key_goes_nowhere_else_where_a_server_leads_elsewhere(elsewhere: Server, status: int) -> None:
    assert await told_of(Server(status, elsewhere.url)) == "gpt: on"
    assert elsewhere.keys == []


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (SignedOut("auth.test: invalid_auth"), "refused (auth.test: invalid_auth)"),
        (TemporaryFailure("auth.test: away"), "unreachable (TemporaryFailure)"),
    ],
)
async def test_a_vendor_that_does_not_take_our_token_is_not_called_unreachable(trouble: RemoteError, told: str) -> None:
    async def ping() -> None:
        raise trouble

    side = SimpleNamespace(is_connected=True, ping=ping)
    vendors = [(SimpleNamespace(origin=Origin.SLACK), side)]
    engine = SimpleNamespace(
        settings=Settings(_env_file=None), sides=SimpleNamespace(reachable=vendors), desk=SimpleNamespace(id="store")
    )
    with structlog.testing.capture_logs() as lines:
        await say_start(cast("Any", engine), web=True, worker=False)

    assert lines[0]["slack"] == told
