"""The Agents SDK sends nobody's conversation to OpenAI by itself."""

import re
from pathlib import Path

import pytest
from agents import custom_span, set_trace_processors, set_tracing_disabled
from agents import trace as sdk_trace
from agents.tracing import TracingProcessor

from integrations.models import create_models

ROOT = Path(__file__).resolve().parents[3]
CALLS = re.compile(r"Runner\.run\w*\((?:[^()]|\([^()]*\))*\)")


class Listener(TracingProcessor):
    """Would send what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def on_trace_start(self, trace: object) -> None:
        self.told.append(trace)

    def on_trace_end(self, trace: object) -> None:
        self.told.append(trace)

    def on_span_start(self, span: object) -> None:
        self.told.append(span)

    def on_span_end(self, span: object) -> None:
        self.told.append(span)

    def shutdown(self) -> None:
        """Nothing is open."""

    def force_flush(self) -> None:
        """Nothing waits."""


@pytest.mark.parametrize("model", ["offline", "gpt-none"])
def test_whoever_listened_before_is_told_nothing_once_there_are_models(model: str) -> None:
    listener = Listener()
    set_tracing_disabled(False)
    set_trace_processors([listener])
    with sdk_trace("before"), custom_span("before"):
        pass
    before = len(listener.told)

    create_models(model, api_key="sk-none")
    with sdk_trace("after"), custom_span("after"):
        pass

    assert before == 4
    assert len(listener.told) == before


def test_every_run_of_the_sdk_is_untraced() -> None:
    files = [path for folder in ("bot", "integrations") for path in (ROOT / folder).rglob("*.py")]
    calls = [call for path in files for call in CALLS.findall(path.read_text("utf-8"))]

    assert len(calls) >= 4
    assert [call for call in calls if "tracing_disabled=True" not in call] == []
