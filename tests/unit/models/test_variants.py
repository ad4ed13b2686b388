"""The client knows the class of an event by its type, and builds no schema of all the others to find it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openai._models import construct_type
from openai.types.responses import (
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseReasoningItem,
    ResponseStreamEvent,
    ResponseTextDeltaEvent,
)

from integrations.models import create_models

ROOT = Path(__file__).parents[3]

CALL = {"type": "function_call", "name": "lookup_order", "arguments": "{}"}  # without its call_id
SAID = {"type": "message", "content": [{"type": "output_text", "text": "Hello."}]}


@pytest.fixture(autouse=True)
def models() -> None:
    create_models("stand-in", api_key="none", base_url="http://127.0.0.1:1/v1")


def event(kind: str, **fields: Any) -> Any:
    return construct_type(type_=ResponseStreamEvent, value={"type": kind, **fields})


def test_what_servers_leave_out_changes_no_class() -> None:
    assert type(event("response.output_text.delta", delta="Hello.")) is ResponseTextDeltaEvent
    done = event("response.output_item.done", item=CALL)
    assert (type(done), type(done.item)) == (ResponseOutputItemDoneEvent, ResponseFunctionToolCall)
    answer = event("response.completed", response={"output": [{"type": "reasoning"}, SAID]})
    assert type(answer) is ResponseCompletedEvent
    thought, said = answer.response.output
    assert isinstance(thought, ResponseReasoningItem)
    assert isinstance(said, ResponseOutputMessage)
    assert [(type(part), getattr(part, "text", "")) for part in said.content] == [(ResponseOutputText, "Hello.")]


def test_an_unknown_event_is_passed_on() -> None:
    assert event("response.of_another_kind", delta="?").type == "response.of_another_kind"


def test_a_first_incomplete_event_builds_the_schemas_of_no_other() -> None:
    look = (
        "from integrations.models import create_models\n"
        "from openai._models import construct_type\n"
        "from openai.types.responses import ResponseAudioDeltaEvent as other, ResponseStreamEvent\n"
        "create_models('stand-in', api_key='none')\n"
        "construct_type(type_=ResponseStreamEvent, value={'type': 'response.completed', 'response': {}})\n"
        "print(other.__pydantic_complete__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=250, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "False"
