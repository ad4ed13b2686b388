"""Wraps a model so that only a whole answer or calls of offered tools come through.

For both APIs, streamed or not: inner text stays outside, a call written as text becomes a call, ids of calls are the
conversation's own, thoughts are sent back only where they can be, and what is no whole answer is a `ModelTrouble`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from agents import Model, ModelResponse, ModelSettings
from agents.exceptions import ModelBehaviorError
from agents.items import TResponseInputItem, TResponseStreamEvent
from openai import APIStatusError
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseTextDeltaEvent,
)

from integrations.models.door.asked import Asked
from integrations.models.door.live_text import Live
from integrations.models.door.offered_tools import Offered
from integrations.models.door.output import OutputReader, text_of
from integrations.models.door.reasoning import origin_of, own_thoughts
from integrations.models.door.server_habits import Habits
from integrations.models.door.trouble import cut_off, ended, failed, garbled

ENCRYPTED = "reasoning.encrypted_content"
END_SECONDS = 0.1
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, ModelBehaviorError)
_NAMES = ("system_instructions", "input", "model_settings", "tools", "output_schema", "handoffs", "tracing")


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
        self._output = OutputReader(self._origin, habits, wants_plain_thoughts="deepseek" in name.lower())

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
        asked.raise_at_limit(response.usage.output_tokens)
        return replace(response, output=self._output.read(response.output, asked))

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

    async def _response(self, asked: Asked) -> ModelResponse:
        try:
            return await self._model.get_response(**asked.arguments)
        except APIStatusError as error:
            if not asked.has_refused_thoughts(error):
                raise
        return await self._model.get_response(**asked.without_thoughts())

    async def _opened(self, asked: Asked) -> AsyncGenerator[TResponseStreamEvent, None]:
        try:
            async with aclosing(_stream(self._model, asked.arguments)) as events:
                async for event in events:
                    yield event
        except APIStatusError as error:
            if not asked.has_refused_thoughts(error):
                raise
        else:
            return
        async with aclosing(_stream(self._model, asked.without_thoughts())) as events:
            async for event in events:
                yield event

    async def _events(self, asked: Asked) -> AsyncGenerator[TResponseStreamEvent, None]:
        live = self._live(asked)
        items: list[ResponseOutputItem] = []
        async with aclosing(self._opened(asked)) as events:
            async for event in events:
                said: Any = event
                kind = getattr(event, "type", "")
                _raise_where_ended(kind, said)
                live.is_open = live.is_open or kind.startswith("response.reasoning")
                match kind:
                    case "response.created" | "response.in_progress":
                        yield event
                    case "response.output_item.done":
                        items.append(said.item)
                    case "response.output_text.delta" if not asked.is_typed:
                        if more := live.feed(said.delta):
                            yield _delta(said, more)
                    case "response.completed":
                        for last in self._end(said, items, asked, live):
                            yield last
                        await _read_out(events)
                        return
        raise cut_off()

    def _live(self, asked: Asked) -> Live:
        is_plain = self._thinks_apart or self._habits.speaks_plainly
        is_open = is_plain or (self._by_id and not self._habits.closes_thoughts)
        return Live(asked.offered, is_open=is_open, is_wary=not is_plain)

    def _end(
        self, event: ResponseCompletedEvent, items: list[ResponseOutputItem], asked: Asked, live: Live
    ) -> list[TResponseStreamEvent]:
        """Return the text that was held back, where there is some, and the end with the whole answer."""
        response = self._completed(event.response, items, asked)
        whole = event.model_copy(update={"response": response})
        text = "".join(text_of(item) for item in response.output if isinstance(item, ResponseOutputMessage))
        more = "" if asked.is_typed else live.rest(text)
        return [_delta(None, more), whole] if more else [whole]

    def _completed(self, response: Response, items: list[ResponseOutputItem], asked: Asked) -> Response:
        """Return the whole answer; some servers leave the items out of the end."""
        ended(str(getattr(response.incomplete_details, "reason", None) or ""))
        asked.raise_at_limit(response.usage.output_tokens if response.usage else 0)
        return response.model_copy(update={"output": self._output.read(response.output or items, asked)})

    def _asked(self, given: Sequence[Any], named: dict[str, Any]) -> Asked:
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
        return Asked(arguments, Offered.of(arguments["tools"], arguments["handoffs"]), is_typed, taken)


def _stream(model: Model, arguments: Mapping[str, Any]) -> Any:
    return model.stream_response(**arguments)


async def _read_out(events: AsyncIterator[TResponseStreamEvent]) -> None:
    """Read a stream to its end after the answer's: only then its connection is kept for the next question.

    Servers send both at once; one that does not is not waited for, and what it has to add is nothing to us.
    """
    with suppress(Exception):
        async with asyncio.timeout(END_SECONDS):
            async for _ in events:
                pass


def _raise_where_ended(kind: str, event: Any) -> None:
    if kind == "response.incomplete":
        ended(str(getattr(event.response.incomplete_details, "reason", None) or "length"))
        raise cut_off()
    if kind == "response.failed":
        raise failed(event.response.error)
    if kind in {"error", "response.error"}:
        raise failed(event)


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
