"""Fixtures for all tests: an embedded Redis, a clock that is moved by hand, no real model, loopback only."""

import asyncio
import functools
import gc
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest
import redis as redislib
from hypothesis import HealthCheck, settings

from bot.app.connectors import declare_all
from bot.desk.knowledge import sentences
from bot.store import keys
from bot.store.embedded import EmbeddedRedis
from bot.store.redis import Client, Scripts, connect
from bot.turn import texts
from bot.turn.handoff import words
from bot.turn.input_checks import signs
from bot.turn.routing import background_training
from integrations.slack.drafts import editor
from integrations.web import health
from tests.doubles.clock import ManualClock

SHARED = Path(__file__).resolve().parents[2] / "shared"
PATIENCE_SECONDS = 90.0
"""More than it takes until a worker's claim is due again, whose store was away for a moment."""

settings.register_profile("busy machine", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")

for name in list(os.environ):
    if name.startswith(("FRONTDESK_", "SLACK_", "ZENDESK_", "OPENAI_", "OTEL_", "REDIS_URL", "DATABASE_URL")):
        del os.environ[name]
declare_all()
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

sentences.QUESTION_SECONDS = background_training.KEPT_SECONDS = signs.LEARNING_SECONDS = PATIENCE_SECONDS
health.CHECK_SECONDS, words.PATIENCE_SECONDS = PATIENCE_SECONDS, PATIENCE_SECONDS / 3
editor.OPEN_SECONDS = editor.TELL_SECONDS = PATIENCE_SECONDS
"""What takes longer is done without (search by words, no router yet, a dependency that is away). Where a machine pauses
for a moment that would be another story than the one that is told; a story about giving up sets its own."""

ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
"""Each HTTP client reads all authorities anew, 30 ms that a story has several times; here nobody meets one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In CI a test that failed is run once more, and named as RERUN: a pause of a shared machine is no defect."""
    for item in items if os.environ.get("CI") else ():
        item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """Keep what has been imported and collected out of the garbage collector's sight, as the product's start does."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine."""
    real = socket.socket.connect

    def connect_locally(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {host}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_locally)


@pytest.fixture(autouse=True)
def _disclosure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's words that an AI assistant writes stand in no answer, but in the tests marked `disclosed`."""
    if request.node.get_closest_marker("disclosed") is None:
        monkeypatch.setattr(texts, "disclosed_by_product", lambda _: "")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the vendors' contracts and the public data sets; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared")
    return SHARED


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One embedded server for the whole run."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("data"))
    server.start()
    with closing(redislib.Redis(unix_socket_path=str(server.socket))) as client:
        client.config_set("appendfsync", "no")  # nothing here outlives the run: no test waits for a disk
    yield server
    server.close()


@pytest.fixture
async def redis(redis_server: EmbeddedRedis) -> AsyncIterator[Client]:
    """A client on an empty database; at the end every key is one of the table and lives no longer than declared."""
    client = connect(redis_server.url)
    await client.flushall()
    try:
        yield client
        await _no_leaks(client)
    finally:
        await client.aclose()


@pytest.fixture
async def redis_url(redis_server: EmbeddedRedis, redis: Client) -> str:
    """The server's URL, its database empty."""
    assert redis is not None
    return redis_server.url


@pytest.fixture
def scripts(redis: Client) -> Scripts:
    """The Lua scripts on the empty database."""
    return Scripts(redis)


@pytest.fixture
def clock() -> ManualClock:
    """Time that only tests move; starts on a Monday at 10:00 UTC."""
    return ManualClock()


async def _no_leaks(client: Client) -> None:
    async for raw in client.scan_iter(count=1000):
        name = raw.decode()
        if keys.is_ours(name):
            is_declared = keys.may_live_forever(name) or await _stays(client, name)
            assert is_declared or await client.ttl(name) != -1, f"{name} never expires"


async def _stays(client: Client, name: str) -> bool:
    """Whether the key belongs to a conversation that people own, or that waits for somebody's decision."""
    return keys.may_stay(name) and bool(await client.hexists(keys.state(keys.conversation_of(name)), "stays"))


async def wait_until(
    predicate: Callable[[], Any | Awaitable[Any]], seconds: float = PATIENCE_SECONDS, what: str = "condition"
) -> Any:
    """Return the predicate's first true result.

    Raises:
        AssertionError: it never became true.
    """
    async with asyncio.timeout(seconds):
        while True:
            result = predicate()
            if isawaitable(result):
                result = await result
            if result:
                return result
            await asyncio.sleep(0.01)
    raise AssertionError(f"{what} never came")
