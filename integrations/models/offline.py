"""The offline rule model: answers from rules and tool results, with no key, no network and no chance."""

import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from copy import copy
from dataclasses import replace
from typing import Any
from uuid import uuid4

from agents import FunctionTool, Handoff, ModelResponse, ModelSettings, ModelTracing, Tool, Usage
from agents.agent_output import AgentOutputSchemaBase
from agents.items import TResponseInputItem, TResponseOutputItem, TResponseStreamEvent
from agents.models.interface import Model
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseCreatedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
    ResponseUsage,
)
from openai.types.responses.response_prompt_param import ResponsePromptParam
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails
from typing_extensions import override

from integrations.models.rules.decision import decide
from integrations.models.rules.given import Face, Given, LaneWanted, Move, Say
from integrations.models.rules.reading import Lane, Reading
from integrations.models.rules.sample import sample
from integrations.models.rules.talk import TRANSFER, Talk, read_talk
from integrations.models.rules.words.sentences import language_for
from integrations.models.rules.words.small_talk import small_talk
from integrations.models.rules.words.things import shapes_of

_NAME = "offline rule model"


class OfflineModel(Model):
    """A rule model behind the SDK's `Model` interface; it is no AI model and says so when asked.

    It sees what any model sees (instructions, items, tools, transfers) and only repeats what tools and articles
    returned in the conversation. The same input leads to the same answer; ids of calls apart.

    Args:
        reading: what it knows of its desk besides; None has it go by the words alone, and speak English where it is
            not told another language that it knows.
    """

    name = _NAME

    def __init__(self, reading: Reading | None = None) -> None:
        self.reading = reading

    def with_reading(self, reading: Reading) -> "OfflineModel":
        """Return the same model, for a desk."""
        found = copy(self)
        found.reading = reading
        return found

    @override
    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> ModelResponse:
        """Return the rules' next move; no tokens are used."""
        output: list[TResponseOutputItem] = [
            _item(await self._move(system_instructions or "", input, tools, output_schema, handoffs))
        ]
        return ModelResponse(output=output, usage=Usage(requests=1), response_id=None)

    @override
    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: ResponsePromptParam | None,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Yield the same move as events, words one by one."""
        for event in _events(_item(await self._move(system_instructions or "", input, tools, output_schema, handoffs))):
            yield event

    async def _move(
        self,
        instructions: str,
        items: str | list[TResponseInputItem],
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
    ) -> Move:
        move = _objects(output_schema)
        if move is not None:
            return move
        given = _given(instructions, items, tools, handoffs, self.reading)
        while True:
            try:
                return decide(given)
            except LaneWanted as wanted:
                assert self.reading is not None and given.lanes is not None  # noqa: PT018, S101 (only then it is wanted)
                lane = await self.reading.lane(wanted.text)
                given = replace(given, lanes={**given.lanes, wanted.text: lane})


def _objects(output_schema: AgentOutputSchemaBase | None) -> Move | None:
    """What a caller gets who wants an object instead of words."""
    if output_schema is not None and not output_schema.is_plain_text():
        return Say(json.dumps(sample(output_schema.json_schema())))
    return None


def _given(
    instructions: str,
    items: str | list[TResponseInputItem],
    tools: list[Tool],
    handoffs: list[Handoff],
    reading: Reading | None,
) -> Given:
    faces = [
        Face(tool.name, tool.description, tool.params_json_schema) for tool in tools if isinstance(tool, FunctionTool)
    ]
    specialists = {handoff.tool_name.removeprefix(TRANSFER): handoff.tool_description for handoff in handoffs}
    tools_of = reading.tools if reading else {}
    shapes = shapes_of([*(face.schema for face in faces), *itertools.chain.from_iterable(tools_of.values())])
    talk = read_talk(instructions, items, shapes)
    claimed = reading.languages if reading else ()
    language = language_for(_spoken(talk), claimed)
    lanes: dict[str, Lane] | None = {} if reading else None
    return Given(
        instructions, talk, {face.name: face for face in faces}, specialists, shapes, language, lanes, tools_of
    )


def _spoken(talk: Talk) -> str:
    """The customer's language; small talk alone, as the first line, says itself which it is in."""
    said = small_talk(talk.latest)
    is_first = not talk.answers and not said.rest
    return said.language or talk.spoken if is_first else talk.spoken or said.language


def _item(move: Move) -> ResponseOutputMessage | ResponseFunctionToolCall:
    if isinstance(move, Say):
        text = ResponseOutputText(text=move.text, type="output_text", annotations=[], logprobs=[])
        return ResponseOutputMessage(
            id=f"msg_{uuid4().hex}", type="message", role="assistant", status="completed", content=[text]
        )
    return ResponseFunctionToolCall(
        id=f"fc_{uuid4().hex}",
        call_id=f"call_{uuid4().hex}",
        type="function_call",
        name=move.tool,
        arguments=json.dumps(move.arguments, ensure_ascii=False),
    )


def _events(item: ResponseOutputMessage | ResponseFunctionToolCall) -> Iterator[TResponseStreamEvent]:
    count = itertools.count()
    response_id = f"resp_{uuid4().hex}"
    yield ResponseCreatedEvent(
        type="response.created", response=_response(response_id, "in_progress", []), sequence_number=next(count)
    )
    yield ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=item, output_index=0, sequence_number=next(count)
    )
    for word in _words(item):
        yield ResponseTextDeltaEvent(
            type="response.output_text.delta",
            item_id=item.id or "",
            output_index=0,
            content_index=0,
            delta=word,
            logprobs=[],
            sequence_number=next(count),
        )
    yield ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=item, output_index=0, sequence_number=next(count)
    )
    yield ResponseCompletedEvent(
        type="response.completed", response=_response(response_id, "completed", [item]), sequence_number=next(count)
    )


def _words(item: ResponseOutputMessage | ResponseFunctionToolCall) -> list[str]:
    """The text in pieces that join to exactly the text again."""
    if not isinstance(item, ResponseOutputMessage):
        return []
    return [
        piece for part in item.content if part.type == "output_text" for piece in re.findall(r"\S+\s*|\s+", part.text)
    ]


def _response(response_id: str, status: Any, output: list[TResponseOutputItem]) -> Response:
    return Response(
        id=response_id,
        created_at=0,
        model=_NAME,
        object="response",
        output=output,
        tool_choice="auto",
        tools=[],
        parallel_tool_calls=False,
        status=status,
        usage=ResponseUsage(
            input_tokens=0,
            output_tokens=0,
            total_tokens=0,
            input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
            output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        ),
    )
