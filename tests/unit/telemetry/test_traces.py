"""Spans: nothing while nobody wants them, ids and outcomes when somebody does, and never an exception's text."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot.app import tracing
from bot.app.tracing import traced
from bot.telemetry import span_names, traces
from tests.ports import free_port
from tests.unit.telemetry.span_memory import SpanMemory, told


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def memory() -> Iterator[SpanMemory]:
    kept = SpanMemory()
    with kept.listening():
        yield kept


def test_while_nobody_wants_them_spans_are_one_object_that_does_nothing() -> None:
    with traces.span("turn", {}) as first, traces.span("deliver", {}, calls_out=True) as second:
        first.tell({span_names.VERDICT: "answered"})
        second.fail("TimeoutError")

    assert first is second is traces.begin("chat", {}) is traces.NOTHING
    assert not traces.are_sent()


def test_what_begins_in_a_span_is_inside_it_and_the_log_has_its_trace() -> None:
    memory = SpanMemory()
    with memory.listening():
        with traces.span("turn", {span_names.CONVERSATION: "slack:T:C:1"}):
            traces.begin("chat gpt", {}, calls_out=True).end()
            within = structlog.contextvars.get_contextvars()["trace_id"]
        after = structlog.contextvars.get_contextvars()

    [turn] = [span for span in memory.spans if span.name == "turn"]
    assert memory.paths == {"turn", "turn › chat gpt"}
    assert turn.context
    assert within == trace.format_trace_id(turn.context.trace_id)
    assert "trace_id" not in after


async def test_turns_at_the_same_time_do_not_mix() -> None:
    async def turn(number: int) -> None:
        with traces.span(f"turn {number}", {}):
            await asyncio.sleep(0)
            traces.begin(f"chat {number}", {}).end()

    memory = SpanMemory()
    with memory.listening():
        await asyncio.gather(*(turn(number) for number in range(3)))

    assert {path for path in memory.paths if "›" in path} == {f"turn {n} › chat {n}" for n in range(3)}


def test_an_exception_leaves_its_class_and_not_its_text() -> None:
    memory = SpanMemory()
    with memory.listening(), pytest.raises(RuntimeError), traces.span("turn", {}):
        raise RuntimeError("my card is 4111 1111 1111 1111, says sarah@example.com")

    [span] = memory.spans
    assert told(span) == {span_names.ERROR: "RuntimeError"}
    assert (span.status.is_ok, span.status.description, list(span.events)) == (False, None, [])
    assert "4111" not in span.to_json()


def test_an_id_that_looks_like_an_address_is_masked() -> None:
    memory = SpanMemory()
    with memory.listening():
        traces.begin("turn", {span_names.CONVERSATION: "chat:web:sarah@example.com"}).end()

    assert "sarah" not in memory.spans[0].to_json()


class StandInCollector:
    """Takes OTLP over HTTP, as a collector does: https://opentelemetry.io/docs/specs/otlp/#otlphttp."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.paths: list[str] = []

    @property
    def spans(self) -> list[str]:
        """Return the names of all spans, in alphabetical order."""
        scopes = [scope for one in self.resources for scope in one.scope_spans]
        return sorted(span.name for scope in scopes for span in scope.spans)

    @property
    def about(self) -> dict[str, str]:
        """Return what the first request says of the process."""
        return {one.key: one.value.string_value for one in self.resources[0].resource.attributes}

    @property
    def resources(self) -> list[Any]:
        """Return what was taken, by process."""
        return [one for request in self.taken for one in request.resource_spans]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        [length] = [int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")]
        request = ExportTraceServiceRequest()
        request.ParseFromString(await reader.readexactly(length))
        self.taken.append(request)
        self.paths.append(head.split()[1])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandInCollector]:
    stand_in = StandInCollector()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0)
    monkeypatch.setenv(tracing.ENDPOINT, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    async with server:
        yield stand_in


async def test_spans_reach_a_collector_over_http_at_the_latest_when_the_process_ends(
    collector: StandInCollector,
) -> None:
    async with traced():
        with traces.span("turn", {span_names.CONVERSATION: "slack:T:C:1"}):
            traces.begin("chat gpt", {span_names.INPUT_TOKENS: 7}, calls_out=True).end()

    assert collector.spans == ["chat gpt", "turn"]
    assert collector.about["service.name"] == "frontdesk"
    assert collector.about["service.version"]
    assert set(collector.paths) == {"/v1/traces"}
    assert not traces.are_sent()


async def test_the_environment_names_the_service(
    collector: StandInCollector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "")
    monkeypatch.delenv("OTEL_SERVICE_NAME")
    (tmp_path / ".env").write_text("OTEL_SERVICE_NAME=support-desk\n", "utf-8")
    async with traced():
        traces.begin("turn", {}).end()

    assert collector.about["service.name"] == "support-desk"


@pytest.mark.parametrize(
    "variables",
    [{}, {tracing.ENDPOINT: ""}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}],
    ids=str,
)
async def test_without_an_endpoint_or_switched_off_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    endpoint = {tracing.ENDPOINT: f"http://127.0.0.1:{free_port()}"} if any(variables.values()) else {}
    for name, value in {**endpoint, **variables}.items():
        monkeypatch.setenv(name, value)

    async with traced():
        assert not traces.are_sent()


@pytest.mark.parametrize("is_grpc", [True, False], ids=["grpc", "not installed"])
async def test_what_cannot_be_sent_is_said_and_stops_nobody(monkeypatch: pytest.MonkeyPatch, is_grpc: bool) -> None:
    monkeypatch.setenv(tracing.ENDPOINT, f"http://127.0.0.1:{free_port()}")
    if is_grpc:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    else:
        monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with structlog.testing.capture_logs() as lines:
        async with traced():
            assert not traces.are_sent()

    assert [(line["event"], line["log_level"]) for line in lines] == [("traces.not_sent", "warning")]


async def test_a_collector_that_is_away_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tracing.ENDPOINT, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    async with traced():
        traces.begin("turn", {}).end()
        assert traces.are_sent()
    assert not traces.are_sent()
