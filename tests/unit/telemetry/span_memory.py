"""Keeps spans in memory, and reads them: who is inside whom, and what they tell."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.telemetry import traces
from bot.telemetry.otel import Collector


class SpanMemory:
    """What was sent by a process that keeps its spans here."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._collector = Collector(self._exporter, {"service.name": "frontdesk"})

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the spans of the body."""
        traces.send_to(self._collector)
        try:
            yield
        finally:
            traces.send_to(None)
            self._collector.close()

    @property
    def spans(self) -> list[ReadableSpan]:
        """Return the spans that have ended."""
        return list(self._exporter.get_finished_spans())

    @property
    def paths(self) -> set[str]:
        """Return each span with all that it is inside of, such as `turn › invoke_agent orders`."""
        by_id = {span.context.span_id: span for span in self.spans if span.context}
        return {" › ".join(_path(span, by_id)) for span in self.spans}


def _path(span: ReadableSpan, by_id: dict[int, ReadableSpan]) -> list[str]:
    parent = by_id.get(span.parent.span_id) if span.parent else None
    return [*(_path(parent, by_id) if parent else []), span.name]


def told(span: ReadableSpan) -> dict[str, object]:
    """Return a span's attributes."""
    return dict(span.attributes or {})
