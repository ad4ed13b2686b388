"""Wraps a model so that only a whole answer or calls of offered tools come through.

For both APIs, streamed or not: inner text stays outside, a call written as text becomes a call, ids of calls are the
conversation's own, thoughts are sent back only where they can be, and what is no whole answer is a `ModelTrouble`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, cast

from agents import Model, ModelResponse, ModelSettings
from agents.exceptions import ModelBehaviorError
from agents.items import TResponseInputItem, TResponseStreamEvent
from openai import APIStatusError
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseReasoningItem,
    ResponseTextDeltaEvent,
)

from integrations.models.door.chunks import own_id
from integrations.models.door.inner_text import Reading, read, read_typed
from integrations.models.door.live_text import Live
from integrations.models.door.offered_tools import Offered
from integrations.models.door.reasoning import kept_thought, origin_of, own_thoughts, without_thoughts
from integrations.models.door.server_habits import Habits
from integrations.models.door.trouble import cut_off, ended, failed, garbled, written_call
from integrations.models.door.valid_text import sound, sound_json

ENCRYPTED = "reasoning.encrypted_content"
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, ModelBehaviorError)
_NAMES = ("system_instructions", "input", "model_settings", "tools", "output_schema", "handoffs", "tracing")


@dataclass
class _Asked:
    """One call of the model.

    Args:
        is_typed: whether the answer is data by a schema.
        taken: ids of calls that the conversation has already.
    """

    arguments: dict[str, Any]
    offered: Offered
    is_typed: bool
    taken: set[str] = field(default_factory=set)


class Door(Model):
    """A model at a server.

    Args:
        name: of the model.
        server: its base URL.
        by_id: whether its API knows items by their ids (Responses).
        thinks_apart: whether the server surely keeps thoughts out of the text.
    """

    def __init__(
        self, model: Model, name: str, server: str, habits: Habits, *, by_id: bool, thinks_apart: bool = False
    ) -> None:
        self._model = model
        self._by_id = by_id
        self._origin = origin_of(name, server)
        self._habits = habits
        self._thinks_apart = thinks_apart
        self._wants_plain_thoughts = "deepseek" in name.lower()

    async def close(self) -> None:
        """Close the model behind it."""
        await self._model.close()

    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Return the model's answer.

        Raises:
            OpenAIError: the server failed or refused.
            ModelTrouble: what it said is no whole answer.
        """
        asked = self._asked(given, named)
        try:
            response = await self._response(asked)
        except _UNREADABLE as error:
            raise garbled(error) from error
        _raise_at_limit(response.usage.output_tokens, asked)
        return replace(response, output=self._output(response.output, asked))

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Yield the model's answer: its beginning, the text that may be shown, its end.

        Raises:
            OpenAIError: the server failed or refused.
            ModelTrouble: what it said is no whole answer.
        """
        asked = self._asked(given, named)
        try:
            async with aclosing(self._events(asked)) as events:
                async for event in events:
                    yield event
        except _UNREADABLE as error:
            raise garbled(error) from error

    async def _response(self, asked: _Asked) -> ModelResponse:
        try:
            return await self._model.get_response(**asked.arguments)
        except APIStatusError as error:
            if not _refuses_thoughts(error, asked):
                raise
        return await self._model.get_response(**_thoughtless(asked))

    async def _opened(self, asked: _Asked) -> AsyncGenerator[TResponseStreamEvent, None]:
        try:
            async with aclosing(_stream(self._model, asked.arguments)) as events:
                async for event in events:
                    yield event
        except APIStatusError as error:
            if not _refuses_thoughts(error, asked):
                raise
        else:
            return
        async with aclosing(_stream(self._model, _thoughtless(asked))) as events:
            async for event in events:
                yield event

    async def _events(self, asked: _Asked) -> AsyncGenerator[TResponseStreamEvent, None]:
        is_open = (
            self._thinks_apart or self._habits.speaks_plainly or (self._by_id and not self._habits.closes_thoughts)
        )
        live = Live(asked.offered, is_open=is_open, is_wary=not self._thinks_apart and not self._habits.speaks_plainly)
        items: list[ResponseOutputItem] = []
        async with aclosing(self._opened(asked)) as events:
            async for event in events:
                kind = getattr(event, "type", "")
                _raise_where_ended(kind, event)
                if kind.startswith("response.reasoning"):
                    live.is_open = True
                if kind == "response.output_item.done":
                    items.append(cast("Any", event).item)
                elif kind == "response.output_text.delta" and not asked.is_typed:
                    if more := live.feed(cast("Any", event).delta):
                        yield _delta(cast("ResponseTextDeltaEvent", event), more)
                elif isinstance(event, ResponseCompletedEvent):
                    response, text = self._completed(event.response, items, asked)
                    if not asked.is_typed and (more := live.rest(text)):
                        yield _delta(None, more)
                    yield event.model_copy(update={"response": response})
                    return
                elif kind in {"response.created", "response.in_progress"}:
                    yield event
        raise cut_off()

    def _completed(self, response: Response, items: list[ResponseOutputItem], asked: _Asked) -> tuple[Response, str]:
        """Return the whole answer, and its text; some servers leave the items out of the end."""
        ended(str(getattr(response.incomplete_details, "reason", None) or ""))
        _raise_at_limit(response.usage.output_tokens if response.usage else 0, asked)
        output = self._output(response.output or items, asked)
        text = "".join(_text(item) for item in output if isinstance(item, ResponseOutputMessage))
        return response.model_copy(update={"output": output}), text

    def _asked(self, given: Sequence[Any], named: dict[str, Any]) -> _Asked:
        arguments = {**dict(zip(_NAMES, given, strict=False)), **named}
        said: str | list[TResponseInputItem] = arguments["input"]
        taken: set[str] = set()
        if not isinstance(said, str):
            arguments["input"] = own_thoughts(said, self._origin, by_id=self._by_id)
            taken = {str(item.get("call_id")) for item in said if item.get("type") == "function_call"}
        if self._habits.wants_encrypted:
            settings: ModelSettings = arguments["model_settings"]
            include = [*(settings.response_include or ()), ENCRYPTED]
            arguments["model_settings"] = replace(settings, response_include=include)
        schema = arguments["output_schema"]
        is_typed = schema is not None and not schema.is_plain_text()
        return _Asked(arguments, Offered.of(arguments["tools"], arguments["handoffs"]), is_typed, taken)

    def _output(self, items: Sequence[ResponseOutputItem], asked: _Asked) -> list[ResponseOutputItem]:
        """Return what the model said and does.

        Raises:
            ModelTrouble: it wrote a call that cannot be made.
        """
        thoughts = [self._thought(item) for item in items if isinstance(item, ResponseReasoningItem)]
        made = [self._call(item, asked) for item in items if isinstance(item, ResponseFunctionToolCall)]
        others = [item for item in items if item.type not in {"reasoning", "function_call", "message"}]
        said: list[ResponseOutputItem] = []
        written: list[ResponseOutputItem] = []
        for item in items:
            if not isinstance(item, ResponseOutputMessage):
                continue
            reading = self._read(_text(item), asked)
            if reading.wrote and not made and not reading.calls:
                raise written_call()
            written += [_made(call.name, call.arguments) for call in reading.calls]
            saying = _saying(item, reading.text)
            if reading.text or any(not isinstance(part, ResponseOutputText) for part in saying.content):
                said.append(saying)
        return [*(item for item in thoughts if item), *others, *said, *(made or written)]

    def _thought(self, item: ResponseReasoningItem) -> ResponseReasoningItem | None:
        kept = kept_thought(item, self._origin, plain=self._wants_plain_thoughts)
        if kept is None:
            self._habits.hides_thoughts = True
        return kept

    def _read(self, raw: str, asked: _Asked) -> Reading:
        text = sound(raw)
        reading = read_typed(text) if asked.is_typed else read(text, asked.offered)
        if reading.closed:
            self._habits.closes_thoughts = True
        elif reading.text and not asked.is_typed:
            self._habits.plain += 1
        return reading

    def _call(self, item: ResponseFunctionToolCall, asked: _Asked) -> ResponseFunctionToolCall:
        """Return the call under a name that is offered, with arguments in JSON and an id that is its own."""
        known = asked.offered.named(item.name) or item.name
        call_id = item.call_id if item.call_id and item.call_id not in asked.taken else own_id()
        asked.taken.add(call_id)
        arguments = sound_json(item.arguments or "{}")
        return item.model_copy(update={"name": known, "call_id": call_id, "arguments": arguments})


def _stream(model: Model, arguments: dict[str, Any]) -> Any:
    return model.stream_response(**arguments)


def _thoughtless(asked: _Asked) -> dict[str, Any]:
    return {**asked.arguments, "input": without_thoughts(asked.arguments["input"])}


def _refuses_thoughts(error: APIStatusError, asked: _Asked) -> bool:
    """Whether the server does not take a thought back; keys, accounts and providers behind a gateway change."""
    said = asked.arguments["input"]
    has_any = not isinstance(said, str) and any(item.get("type") == "reasoning" for item in said)
    words = f"{error.code} {error.message}".lower()
    return (
        has_any
        and error.status_code in {400, 404, 422}
        and any(word in words for word in ("reasoning", "encrypted", "rs_", "item with id", "thinking", "signature"))
    )


def _raise_where_ended(kind: str, event: Any) -> None:
    if kind == "response.incomplete":
        ended(str(getattr(event.response.incomplete_details, "reason", None) or "length"))
        raise cut_off()
    if kind == "response.failed":
        raise failed(event.response.error)
    if kind in {"error", "response.error"}:
        raise failed(event)


def _raise_at_limit(tokens: int | None, asked: _Asked) -> None:
    """Let pass what ended below the limit of an answer; llama.cpp calls a response completed that it has cut there.

    Raises:
        ModelTrouble: the answer has as many tokens as it may have.
    """
    most = asked.arguments["model_settings"].max_tokens
    if most and (tokens or 0) >= most:
        ended("length")


def _text(item: ResponseOutputMessage) -> str:
    return "".join(part.text or "" for part in item.content if isinstance(part, ResponseOutputText))


def _saying(item: ResponseOutputMessage, text: str) -> ResponseOutputMessage:
    """Return the message with this text; what marked places in another one goes with it."""
    if text == _text(item):
        return item
    part = ResponseOutputText(text=text, type="output_text", annotations=[], logprobs=[])
    others = [each for each in item.content if not isinstance(each, ResponseOutputText)]
    return item.model_copy(update={"content": [part, *others]})


def _made(name: str, arguments: str) -> ResponseFunctionToolCall:
    return ResponseFunctionToolCall(
        id=f"fc_{own_id()}", call_id=own_id(), type="function_call", name=name, arguments=arguments
    )


def _delta(event: ResponseTextDeltaEvent | None, text: str) -> ResponseTextDeltaEvent:
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        item_id=event.item_id if event else "",
        output_index=event.output_index if event else 0,
        content_index=event.content_index if event else 0,
        delta=text,
        logprobs=[],
        sequence_number=event.sequence_number if event else 0,
    )
