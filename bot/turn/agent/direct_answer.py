"""Asks a specialist's model without the SDK's loop, which goes on only where an answer needs what it alone can do.

Most turns are a question or two and one text, and the loop around them (run state, session, guardrails, tracing) costs
half of the turn. The question is the one that the loop would put: instructions, tools, transfers and settings are the
agent's own; journal, patience and payment stand in its model. Whatever is neither a plain text nor calls of plain
functions (a transfer, a refusal, silence, a failure) is handed to the loop as the answer to its first question, so that
it is asked once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any

from agents import Agent, FunctionTool, Handoff, Model, ModelResponse, ModelTracing, RunContextWrapper, Tool
from agents.items import (
    MessageOutputItem,
    ReasoningItem,
    RunItem,
    ToolCallItem,
    TResponseInputItem,
    TResponseStreamEvent,
)
from openai.types.responses import ResponseCompletedEvent, ResponseFunctionToolCall

from bot.desk.tools.tool_context import ToolContext

_MATTERS = frozenset(
    {
        *("response.output_item.done", "response.completed", "response.incomplete", "response.failed"),
        *("error", "response.error"),
    }
)
"""The events of which the loop makes an answer; it need not hear the others a second time."""
Call = tuple[FunctionTool, ResponseFunctionToolCall]
"""A function and what it is called with."""
_ITEMS: Mapping[str, Any] = {"message": MessageOutputItem, "reasoning": ReasoningItem, "function_call": ToolCallItem}


@dataclass(frozen=True)
class DirectAnswer:
    """What the model said.

    Args:
        agent: who was asked.
        events: those that matter to the loop.
        tools: that the model could call.
    """

    agent: Agent[ToolContext]
    events: tuple[TResponseStreamEvent, ...]
    tools: Sequence[Tool] = ()

    @property
    def text(self) -> tuple[RunItem, ...]:
        """The answer as the loop's items, where it is a plain text and nothing is left to do; else nothing."""
        output = self._output
        said = any(item.type == "message" for item in output)
        return self.items if said and all(map(_is_text, output)) else ()

    @property
    def calls(self) -> Sequence[Call]:
        """The functions that it calls, where all that is left to do is to call them; else nothing."""
        plain = {tool.name: tool for tool in self.tools if isinstance(tool, FunctionTool) and _is_plain(tool)}
        output = self._output
        calls = [(plain.get(item.name), item) for item in output if isinstance(item, ResponseFunctionToolCall)]
        found = [(tool, call) for tool, call in calls if tool and _is_plain_call(call)]
        return found if len(found) + sum(map(_is_text, output)) == len(output) else ()

    @property
    def items(self) -> tuple[RunItem, ...]:
        """A text, or calls, as the loop's items."""
        return tuple(_ITEMS[item.type](agent=self.agent, raw_item=item) for item in self._output)

    @property
    def _output(self) -> Sequence[Any]:
        ends = [event.response.output for event in self.events if isinstance(event, ResponseCompletedEvent)]
        return ends[0] if len(ends) == 1 else ()

    def known_to(self) -> Agent[ToolContext]:
        """Return the agent as the loop has to be given it: its question is answered already."""
        return replace(self.agent, model=_Answered(self.agent.model, self.events))


async def ask(
    agent: Agent[ToolContext],
    said: Sequence[TResponseInputItem],
    run: RunContextWrapper[ToolContext],
    heard: Callable[[TResponseStreamEvent], Awaitable[None]],
) -> DirectAnswer:
    """Return what the specialist's model says.

    Args:
        said: the conversation, this turn's line and what came of it included.
        heard: told every event as it comes.
    """
    asked: Any = agent.model
    instructions = await _instructions(agent, run)
    tools = await _enabled(agent, run)
    transfers = [each for each in agent.handoffs if isinstance(each, Handoff)]
    stream = asked.stream_response(
        instructions,
        list(said),
        agent.model_settings,
        tools,
        None,
        transfers,
        ModelTracing.DISABLED,
        previous_response_id=None,
        conversation_id=None,
        prompt=None,
    )
    events: list[TResponseStreamEvent] = []
    async with aclosing(stream):
        async for event in stream:
            if event.type in _MATTERS:
                events.append(event)
            await heard(event)
    return DirectAnswer(agent, tuple(events), tools)


async def _instructions(agent: Agent[ToolContext], run: RunContextWrapper[ToolContext]) -> str | None:
    """As the agent itself makes them, which looks at the signature of their function in every turn."""
    made = agent.instructions
    told = made(run, agent) if callable(made) else made
    return await told if isawaitable(told) else told


async def _enabled(agent: Agent[ToolContext], run: RunContextWrapper[ToolContext]) -> list[Tool]:
    """As the agent itself tells its tools, which makes a task for each of them."""
    served = await agent.get_mcp_tools(run)
    return [*served, *[tool for tool in agent.tools if await _is_enabled(tool, agent, run)]]


async def _is_enabled(tool: Tool, agent: Agent[ToolContext], run: RunContextWrapper[ToolContext]) -> bool:
    said = tool.is_enabled if isinstance(tool, FunctionTool) else True
    told = said(run, agent) if callable(said) else said
    return bool(await told if isawaitable(told) else told)


def _is_text(item: Any) -> bool:
    if item.type == "message":
        return all(part.type == "output_text" for part in item.content)
    return bool(item.type == "reasoning")


def _is_plain_call(call: ResponseFunctionToolCall) -> bool:
    """What newer servers say of a call beyond its id (who makes it, among which tools) is for the loop."""
    return bool(call.call_id) and not any(getattr(call, name, None) for name in ("namespace", "caller"))


def _is_plain(tool: FunctionTool) -> bool:
    """Nothing has to be asked, waited for or looked at around its call."""
    asks = (tool.needs_approval, tool.tool_input_guardrails, tool.tool_output_guardrails)
    limits = (tool.timeout_seconds, tool.defer_loading, tool.allowed_callers)
    return not any((*asks, *limits, tool.custom_data_extractor, tool.output_json_schema))


class _Answered(Model):
    """A model whose first answer is known; every other one is its own."""

    def __init__(self, model: Any, events: Sequence[TResponseStreamEvent]) -> None:
        self._model = model
        self._first: Sequence[TResponseStreamEvent] | None = events

    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Ask the model behind it: only streams are answered beforehand."""
        response: ModelResponse = await self._model.get_response(*given, **named)
        return response

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the known answer, later ones from the model behind it."""
        known, self._first = self._first, None
        if known is not None:
            for event in known:
                yield event
            return
        async for event in self._model.stream_response(*given, **named):
            yield event
