"""Asks a specialist's model once without the SDK's loop, which goes on only where the answer is more than a text.

Most turns are one question and one text, and the loop around them (run state, session, guardrails, tracing) costs half
of the turn. The question is the one that the loop would put: instructions, tools, transfers and settings are the
agent's own; journal, patience and payment stand in its model. Whatever is no plain text (a call, a refusal, silence, a
failure) is handed to the loop as the answer to its first question, so that it is asked once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any

from agents import Agent, Handoff, Model, ModelResponse, ModelTracing, RunContextWrapper
from agents.items import MessageOutputItem, ReasoningItem, RunItem, TResponseInputItem, TResponseStreamEvent
from openai.types.responses import ResponseCompletedEvent

from bot.desk.tools.tool_context import ToolContext

_MATTERS = frozenset(
    {
        *("response.output_item.done", "response.completed", "response.incomplete", "response.failed"),
        *("error", "response.error"),
    }
)
"""The events of which the loop makes an answer; it need not hear the others a second time."""


@dataclass(frozen=True)
class FirstAnswer:
    """What the model said first.

    Args:
        agent: who was asked.
        events: those that matter to the loop.
    """

    agent: Agent[ToolContext]
    events: tuple[TResponseStreamEvent, ...]

    @property
    def text(self) -> tuple[RunItem, ...]:
        """The answer as the loop's items, where it is a plain text and nothing is left to do; else nothing."""
        ends = [event.response.output for event in self.events if isinstance(event, ResponseCompletedEvent)]
        output = ends[0] if len(ends) == 1 else []
        said = any(item.type == "message" for item in output)
        return tuple(self._as_item(item) for item in output) if said and all(map(_is_text, output)) else ()

    def _as_item(self, item: Any) -> RunItem:
        kind = MessageOutputItem if item.type == "message" else ReasoningItem
        return kind(agent=self.agent, raw_item=item)

    def known_to(self) -> Agent[ToolContext]:
        """Return the agent as the loop has to be given it: the first question is answered already."""
        return replace(self.agent, model=_Answered(self.agent.model, self.events))


async def ask(
    agent: Agent[ToolContext],
    said: Sequence[TResponseInputItem],
    context: ToolContext,
    heard: Callable[[TResponseStreamEvent], Awaitable[None]],
) -> FirstAnswer:
    """Return what the specialist's model says first.

    Args:
        said: the conversation, this turn's line included.
        heard: told every event as it comes.
    """
    asked: Any = agent.model
    run = RunContextWrapper(context)
    instructions = await _instructions(agent, run)
    tools = await agent.get_all_tools(run)
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
    return FirstAnswer(agent, tuple(events))


async def _instructions(agent: Agent[ToolContext], run: RunContextWrapper[ToolContext]) -> str | None:
    """As the agent itself makes them, which looks at the signature of their function in every turn."""
    made = agent.instructions
    told = made(run, agent) if callable(made) else made
    return await told if isawaitable(told) else told


def _is_text(item: Any) -> bool:
    if item.type == "message":
        return all(part.type == "output_text" for part in item.content)
    return bool(item.type == "reasoning")


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
