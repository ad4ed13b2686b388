"""The outermost layer: sizes, headers, errors, counts."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.errors import TemporaryFailure
from bot.telemetry import log, metrics
from integrations.web import edge
from integrations.web.app import create_web

MIB = 1024 * 1024


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def fail(request: Request) -> Response:
    raise ValueError(f"the customer wrote: {(await request.body()).decode()}")


async def store_down(_request: Request) -> Response:
    raise TemporaryFailure("store: ConnectionError at 10.0.0.7")


def things() -> APIRouter:
    router = APIRouter()

    @router.get("/things/{name}", response_model=None)
    async def thing(name: str) -> dict[str, str]:
        return {"name": name}

    return router


@asynccontextmanager
async def open_edge() -> AsyncIterator[httpx.AsyncClient]:
    app = create_web(
        Route("/echo", echo, methods=["POST"]),
        Route("/small", echo, methods=["POST"]),
        Route("/fail", fail, methods=["POST"]),
        Route("/store", store_down, methods=["POST"]),
        things(),
        body_limits={"/small": 1024},
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://frontdesk.test") as client:
        yield client


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with open_edge() as client:
        yield client


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    log.set_up(stream=stream)
    yield stream
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


async def in_chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 65_536):
        yield b"x" * 65_536


async def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(web: httpx.AsyncClient) -> None:
    fits = await web.post("/echo", content=b"x" * MIB)
    over = await web.post("/echo", content=b"x" * (MIB + 1))

    assert (fits.status_code, fits.text) == (200, str(MIB))
    assert over.status_code == 413


async def test_a_body_without_a_declared_length_is_measured(web: httpx.AsyncClient) -> None:
    fits = await web.post("/echo", content=in_chunks(MIB))
    over = await web.post("/echo", content=in_chunks(2 * MIB))

    assert (fits.status_code, fits.text) == (200, str(MIB))
    assert over.status_code == 413


async def test_a_route_may_take_less(web: httpx.AsyncClient) -> None:
    assert (await web.post("/small", content=b"x" * 1024)).status_code == 200
    assert (await web.post("/small", content=b"x" * 1025)).status_code == 413


async def test_an_absurd_body_is_refused_unread() -> None:
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * MIB, "more_body": True}

    sent = await _call(receive, headers=[(b"content-length", b"99999999999")])
    declared = read
    sent_too = await _call(receive, headers=[])

    assert (sent, declared) == (413, 0)
    assert sent_too == 413
    assert read <= edge.DRAINED // MIB + 1


async def test_a_body_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.05)

    async def receive() -> dict[str, Any]:
        await _never()
        return {}

    assert await _call(receive, headers=[]) == 408


async def _never() -> None:

    await asyncio.Event().wait()


async def _call(receive: Any, headers: list[tuple[bytes, bytes]]) -> int:
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    app = create_web(Route("/echo", echo, methods=["POST"]))
    scope = {"type": "http", "method": "POST", "path": "/echo", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return statuses[0]


async def test_an_error_nobody_caught_is_500_without_details_and_logged_without_words(
    web: httpx.AsyncClient, lines: io.StringIO
) -> None:
    answer = await web.post("/fail", content=b"I live in Springfield")

    line = json.loads(lines.getvalue().splitlines()[-1])
    assert (answer.status_code, answer.json()) == (500, {"detail": "internal error"})
    assert (line["event"], line["error"], line["route"]) == ("http.failed", "ValueError", "/fail")
    assert "Springfield" not in lines.getvalue()


async def test_a_store_that_is_down_is_503_without_details(web: httpx.AsyncClient) -> None:
    answer = await web.post("/store")

    assert answer.status_code == 503
    assert "10.0.0.7" not in answer.text
    assert answer.headers["retry-after"] == "1"


async def test_every_answer_carries_the_security_headers(web: httpx.AsyncClient) -> None:
    answers = [
        await web.post("/echo"),
        await web.get("/nothing"),
        await web.get("/echo"),
        await web.post("/fail"),
        await web.post("/small", content=b"x" * 2000),
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 405, 500, 413]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_there_is_no_api_documentation_to_browse(web: httpx.AsyncClient) -> None:
    assert [(await web.get(path)).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]


async def test_requests_are_counted_by_route_pattern_and_never_by_path(web: httpx.AsyncClient) -> None:
    await web.get("/things/secret-id")
    await web.get("/nothing/secret-id")
    await web.post("/echo")

    text = metrics.exposition().decode()

    assert 'frontdesk_http_requests_total{route="/things/{name}",status="200"}' in text
    assert 'frontdesk_http_requests_total{route="other",status="404"}' in text
    assert 'frontdesk_http_requests_total{route="/echo",status="200"}' in text
    assert "secret-id" not in text
