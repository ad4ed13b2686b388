"""Journals a run's model answers and tool results, so that a retaken turn neither asks nor pays twice.

Every completed model response and tool result is recorded before the run goes on, addressed by content: a model call
by a hash of instructions, input and tools, a tool result by its call id. There are no ordinals, so the SDK's retries
and parallel calls need no care, and a changed prompt simply misses. What dies between a provider's answer and the
record is asked once more. A streamed text that calls nothing ends its run, and the commit that follows at once is its
record: what dies between the two is asked once more as well, and nothing outside has come of the first answer.
"""

import copy
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from hashlib import sha256
from typing import Any, TypeVar

from agents import FunctionTool, Model, ModelResponse, Tool, Usage
from agents.items import TResponseStreamEvent
from openai.types.responses import Response, ResponseCompletedEvent, ResponseOutputItem
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.desk.tools.tool_context import ToolContext
from bot.domain.errors import LeaseLost, TemporaryFailure
from bot.domain.ports import Journal
from bot.domain.text.storable import to_json
from bot.telemetry import metrics

_current: ContextVar[Journal | None] = ContextVar("journal", default=None)
_Kind = TypeVar("_Kind")
_output = TypeAdapter(list[ResponseOutputItem])
_response = TypeAdapter(Response)


@contextmanager
def journaled(journal: Journal) -> Iterator[None]:
    """Let every model and tool that is called in the body use this journal."""
    token = _current.set(journal)
    try:
        yield
    finally:
        _current.reset(token)


class JournaledModel(Model):
    """Any model, whose completed responses are recorded and replayed."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def close(self) -> None:
        """Close the model behind it."""
        await self._model.close()

    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Return the recorded response, or ask and record."""
        journal = _current.get()
        if journal is None:
            return await self._model.get_response(*given, **named)
        key = _key(given, named)
        known = await _recalled(journal, key)
        if known is not None and (output := _readable(_output, known)) is not None:
            metrics.REPLAYED.labels(step="model").inc()
            return ModelResponse(output=output, usage=Usage(), response_id=None)
        response = await self._model.get_response(*given, **named)
        await _recorded(journal, key, to_json([_dumped(item) for item in response.output]))
        return response

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the response, recorded before its end is passed on; a recorded one comes as its end alone."""
        journal = _current.get()
        known = await _recalled(journal, _key(given, named)) if journal and journal.holds_something else None
        if known is not None and (response := _readable(_response, known)) is not None:
            metrics.REPLAYED.labels(step="model").inc()
            yield ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)
            return
        async for event in self._model.stream_response(*given, **named):
            if journal and isinstance(event, ResponseCompletedEvent) and _goes_on(event.response):
                await _recorded(journal, _key(given, named), to_json(_dumped(event.response)))
            yield event


def journaled_tool(tool: Tool) -> Tool:
    """Return the tool with its results recorded and replayed.

    A tool that leaves something in the run's context (an offer, a wish for a human) is run again instead: it changes
    nothing outside, and the run needs what it leaves.
    """
    if not isinstance(tool, FunctionTool):
        return tool
    call = tool.on_invoke_tool

    async def invoke(context: Any, arguments: str) -> Any:
        journal = _current.get()
        if journal is None:
            return await call(context, arguments)
        key = f"tool:{context.tool_call_id}"
        if (known := await _recalled(journal, key)) is not None:
            metrics.REPLAYED.labels(step="tool").inc()
            return known
        before = _left(context.context)
        result = await call(context, arguments)
        if isinstance(result, str) and _left(context.context) == before:
            with suppress(LeaseLost):  # the SDK would take it for a failing tool; the next model call meets it again
                await _recorded(journal, key, result)
        return result

    wrapped = copy.copy(tool)
    wrapped.on_invoke_tool = invoke
    return wrapped


async def _recalled(journal: Journal, key: str) -> str | None:
    try:
        return await journal.recall(key)
    except TemporaryFailure:
        return None  # asking again costs money, waiting for the store costs the customer's patience


def _readable(kind: TypeAdapter[_Kind], known: str) -> _Kind | None:
    """Return what was recorded; None where a server left out what OpenAI sends: it is asked again."""
    try:
        return kind.validate_json(known)
    except ValidationError:
        return None


async def _recorded(journal: Journal, key: str, value: str) -> None:
    with suppress(TemporaryFailure):
        await journal.record(key, value)


def _goes_on(response: Response) -> bool:
    """Whether the run has more to do after this answer."""
    return any(item.type not in {"message", "reasoning"} for item in response.output)


def _left(context: ToolContext) -> object:
    """What tools have left in the run's context."""
    kept = context.kept.dump() if context.kept else None
    return len(context.offers), context.handover.reason, context.requests, kept


def _key(given: Sequence[Any], named: dict[str, Any]) -> str:
    """Address a model call by all that decides its answer."""
    names = ("system_instructions", "input", "model_settings", "tools", "output_schema", "handoffs")
    call = {**dict(zip(names, given, strict=False)), **named}
    tools = [[tool.name, getattr(tool, "params_json_schema", None)] for tool in call["tools"]]
    handoffs = [handoff.tool_name for handoff in call["handoffs"]]
    schema = call["output_schema"].name() if call["output_schema"] else None
    content = [call["system_instructions"], call["input"], tools, handoffs, schema]
    return f"model:{sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()}"


def _dumped(value: BaseModel) -> Any:
    """Without `exclude_unset` nulls would creep into the session that the items end up in."""
    return value.model_dump(mode="json", exclude_unset=True, by_alias=True)
