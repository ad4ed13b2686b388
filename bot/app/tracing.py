"""Sends traces of turns, model calls, tools and deliveries to a collector, where the environment names one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from bot.app.environment import hand_on, variable
from bot.telemetry import traces

if TYPE_CHECKING:
    from bot.telemetry.otel import Collector

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HTTP = "http/protobuf"
"""The protocol that is spoken; a collector takes it on port 4318."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def traced() -> AsyncIterator[None]:
    """Send spans while the body runs; at its end those that are left.

    What cannot be sent costs nobody an answer: the process works untraced, and says so.
    """
    collector = _collector()
    if collector is None:
        yield
        return
    traces.send_to(collector)
    try:
        yield
    finally:
        traces.send_to(None)
        await asyncio.to_thread(collector.close)


def _collector() -> "Collector | None":
    """Return where spans go, None where nobody wants them, or they cannot go there."""
    if not variable(ENDPOINT) or _is_off():
        return None
    hand_on("OTEL_")
    protocol = variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or variable("OTEL_EXPORTER_OTLP_PROTOCOL") or HTTP
    if protocol != HTTP:
        log.warning("traces.not_sent", why=f"{protocol} is not spoken", mend=f"{HTTP}, port 4318 of most collectors")
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        from bot.telemetry.otel import Collector
    except ImportError:
        log.warning("traces.not_sent", why="OpenTelemetry is not installed", mend="pip install 'frontdesk-bot[otel]'")
        return None
    collector = Collector(OTLPSpanExporter(), _about_us())
    log.info("traces.sent")
    return collector


def _is_off() -> bool:
    """https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/."""
    is_disabled = (variable("OTEL_SDK_DISABLED") or "").strip().casefold() == "true"
    return is_disabled or (variable("OTEL_TRACES_EXPORTER") or "").strip().casefold() == "none"


def _about_us() -> dict[str, str]:
    """Return what is said of this process; a name that the environment gives it stays."""
    named = variable("OTEL_SERVICE_NAME") or "service.name=" in (variable("OTEL_RESOURCE_ATTRIBUTES") or "")
    return {"service.version": version("frontdesk-bot"), **({} if named else {"service.name": "frontdesk"})}
