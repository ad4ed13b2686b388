"""Turns Chat Completions chunks, as servers other than OpenAI's send them, into what the SDK reads.

Ids of calls that are missing, empty or given twice, every call at index 0, arguments as an object, content as a list,
an end without a word: https://github.com/camel-ai/camel/issues/3027 https://github.com/agno-agi/agno/issues/3041
https://github.com/sgomez/ollama-ai-provider/pull/11 https://github.com/pydantic/pydantic-ai/issues/6610
"""

import json
import secrets
import string
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from openai import AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCallFunction
from openai.types.chat.chat_completion_message_function_tool_call import ChatCompletionMessageFunctionToolCall, Function

from integrations.models.door.trouble import cut_off, ended, failed

_LETTERS = string.ascii_letters + string.digits


def own_id() -> str:
    """Return an id for a call; Mistral takes nine letters and digits and nothing else, everybody takes those too."""
    return "".join(secrets.choice(_LETTERS) for _ in range(9))


def text_of(content: Any) -> str | None:
    """Return content as text: parts are joined, thoughts and references among them left out."""
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(part) or "" for part in content)
    kind = _of(content, "type")
    text = _of(content, "text")
    return text if isinstance(text, str) and kind in {None, "text", "output_text"} else ""


def json_of(arguments: Any) -> str:
    """Return arguments as JSON text."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _of(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def whole_completion(completion: ChatCompletion) -> ChatCompletion:
    """Return an unstreamed answer as the SDK reads it.

    Raises:
        ModelTrouble: it is half of one.
    """
    if not _of(completion, "choices"):
        raise failed(_of(completion, "error"))
    for choice in completion.choices:
        choice.finish_reason = choice.finish_reason or "stop"
        ended(choice.finish_reason)
        message = choice.message
        message.content = text_of(message.content)
        seen: set[str] = set()
        message.tool_calls = [_whole_call(call, seen) for call in message.tool_calls or ()] or None
    return completion


def _whole_call(call: Any, seen: set[str]) -> ChatCompletionMessageFunctionToolCall:
    function = _of(call, "function")
    name, arguments = str(_of(function, "name") or ""), json_of(_of(function, "arguments"))
    given = str(_of(call, "id") or "")
    call_id = given if given and given not in seen else own_id()
    seen.add(call_id)
    made = ChatCompletionMessageFunctionToolCall(
        id=call_id, type="function", function=Function(name=name, arguments=arguments)
    )
    if extra := _of(call, "extra_content"):
        return made.model_copy(update={"extra_content": extra})
    return made


@dataclass(frozen=True)
class _Piece:
    """A part of a call as the server sent it; what it left out is empty."""

    index: int
    id: str
    name: str
    arguments: str

    @classmethod
    def of(cls, delta: Any) -> Self:
        index = delta.index if isinstance(delta.index, int) else 0
        name = str(_of(delta.function, "name") or "")
        return cls(index, str(delta.id or ""), name, json_of(_of(delta.function, "arguments")))


@dataclass
class _Slot:
    """A call that is being streamed; `theirs` is the server's id."""

    index: int
    id: str
    theirs: str
    name: str
    arguments: str = ""

    @property
    def is_whole(self) -> bool:
        try:
            return isinstance(json.loads(self.arguments), dict)
        except ValueError:
            return False


@dataclass
class Slots:
    """The calls of one streamed answer, told apart by more than their index."""

    _at: dict[int, _Slot] = field(default_factory=dict)
    _all: list[_Slot] = field(default_factory=list)

    def tidy(self, deltas: Iterable[Any]) -> list[Any]:
        """Return the pieces with an index and an id that are their call's alone."""
        return [self._tidied(delta) for delta in deltas]

    def _tidied(self, delta: Any) -> Any:
        piece = _Piece.of(delta)
        slot = self._at.get(piece.index)
        is_new = slot is None or _is_another(slot, piece)
        if slot is None or is_new:
            slot = self._begun(piece)
        name = piece.name if is_new or not slot.name else ""
        slot.name = slot.name or name
        slot.arguments += piece.arguments

        delta.index = slot.index
        delta.id = slot.id if is_new else None
        delta.type = "function"
        delta.function = ChoiceDeltaToolCallFunction(name=name or None, arguments=piece.arguments)
        return delta

    def _begun(self, piece: _Piece) -> _Slot:
        taken = {slot.id for slot in self._all}
        own = piece.id if piece.id and piece.id not in taken else own_id()
        slot = _Slot(len(self._all), own, piece.id, piece.name)
        self._at[piece.index] = slot
        self._all.append(slot)
        return slot


def _is_another(slot: _Slot, piece: _Piece) -> bool:
    if piece.id and slot.theirs and piece.id != slot.theirs:
        return True
    if not piece.name or not slot.name:
        return False
    return piece.name != slot.name or (slot.is_whole and bool(piece.arguments))


class WholeStream:
    """A stream of chunks as the SDK reads them.

    It raises where the answer is half of one: its reason says so, or it ended without a reason and without `[DONE]`.
    Servers that send the one but not the other do exist.
    """

    def __init__(self, stream: AsyncStream[ChatCompletionChunk]) -> None:
        self._stream = stream
        self._slots = Slots()
        self._reason = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        async for chunk in self._stream:
            yield self._tidied(chunk)
        if self._reason:
            ended(self._reason)
        elif not getattr(getattr(self._stream, "_decoder", None), "is_done", False):
            raise cut_off()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    def _tidied(self, chunk: ChatCompletionChunk) -> ChatCompletionChunk:
        chunk.choices = chunk.choices or []
        for choice in chunk.choices:
            choice.index = choice.index or 0
            choice.delta = choice.delta or ChoiceDelta()
            choice.delta.content = text_of(choice.delta.content)
            choice.delta.tool_calls = self._slots.tidy(choice.delta.tool_calls or ()) or None
            choice.finish_reason = choice.finish_reason or None
            if choice.index == 0 and choice.finish_reason:
                self._reason = str(choice.finish_reason)
        return chunk
