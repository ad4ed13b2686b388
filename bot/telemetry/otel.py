"""Sends spans to an OpenTelemetry collector over OTLP; the only module that knows OpenTelemetry (the extra `otel`).

The SDK reads its own variables: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. The
process has no global tracer, so that no library of ours sends spans of its own, which might hold what customers write.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode
from structlog.contextvars import bound_contextvars

from bot.telemetry import span_names
from bot.telemetry.log import mask
from bot.telemetry.traces import Attributes, Span, Value

SCOPE = "frontdesk"


@dataclass(frozen=True)
class SentSpan:
    """A span of ours as the SDK keeps it."""

    kept: OtelSpan

    def tell(self, attributes: Attributes) -> None:
        """Add what became known."""
        self.kept.set_attributes(_masked(attributes))

    def fail(self, error: str) -> None:
        """Say that it failed, by the error's class."""
        self.kept.set_attribute(span_names.ERROR, error)
        self.kept.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """It is done."""
        self.kept.end()


class Collector:
    """Where spans go; the log's lines inside of one have its trace's id.

    Args:
        exporter: takes whole spans away, in a thread of the SDK's own.
        resource: what is said of this process, before what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say.
    """

    def __init__(self, exporter: SpanExporter, resource: Mapping[str, Value]) -> None:
        self._provider = TracerProvider(resource=Resource.create(dict(resource)), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(SCOPE)

    def begin(self, name: str, attributes: Attributes, *, calls_out: bool) -> Span:
        """Return a span that has begun, inside the current one."""
        kind = SpanKind.CLIENT if calls_out else SpanKind.INTERNAL
        begun = self._tracer.start_span(name, kind=kind, attributes=_masked(attributes), record_exception=False)
        return SentSpan(begun)

    @contextmanager
    def current(self, span: Span) -> Iterator[None]:
        """Let spans that begin in the body be inside this one."""
        if not isinstance(span, SentSpan):
            yield
            return
        number = trace.format_trace_id(span.kept.get_span_context().trace_id)
        with (
            trace.use_span(span.kept, record_exception=False, set_status_on_exception=False),
            bound_contextvars(trace_id=number),
        ):
            yield

    def close(self) -> None:
        """Send what is left; returns after at most the exporter's time for one try."""
        self._provider.shutdown()


def _masked(attributes: Attributes) -> dict[str, Value]:
    """Whoever calls `/chat` chooses ids: what looks like an address or a token is not sent either."""
    return {name: mask(value) if isinstance(value, str) else value for name, value in attributes.items()}
