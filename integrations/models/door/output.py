"""Reads what a model said and does: thoughts that can be sent back, words for the customer, calls of offered tools."""

from collections.abc import Iterable, Sequence

from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseReasoningItem,
)

from integrations.models.door.asked import Asked
from integrations.models.door.chunks import own_id
from integrations.models.door.inner_text import Reading, read, read_typed
from integrations.models.door.reasoning import kept_thought
from integrations.models.door.server_habits import Habits
from integrations.models.door.trouble import written_call
from integrations.models.door.valid_text import sound, sound_json


class OutputReader:
    """Of one model at one server.

    Args:
        origin: the mark of both, which its thoughts get.
        habits: learns from what is read.
        wants_plain_thoughts: whether the model wants its thoughts back as the plain text they came in.
    """

    def __init__(self, origin: str, habits: Habits, *, wants_plain_thoughts: bool) -> None:
        self._origin = origin
        self._habits = habits
        self._wants_plain_thoughts = wants_plain_thoughts

    def read(self, items: Sequence[ResponseOutputItem], asked: Asked) -> list[ResponseOutputItem]:
        """Return what the model said and does.

        Raises:
            ModelTrouble: it wrote a call that cannot be made.
        """
        thoughts = self._thoughts(item for item in items if isinstance(item, ResponseReasoningItem))
        calls = [self._call(item, asked) for item in items if isinstance(item, ResponseFunctionToolCall)]
        others = [item for item in items if item.type not in {"reasoning", "function_call", "message"}]

        messages = [item for item in items if isinstance(item, ResponseOutputMessage)]
        said, written = self._messages(messages, asked, has_calls=bool(calls))
        return [*thoughts, *others, *said, *(calls or written)]

    def _thoughts(self, items: Iterable[ResponseReasoningItem]) -> list[ResponseReasoningItem]:
        thoughts = [kept_thought(item, self._origin, plain=self._wants_plain_thoughts) for item in items]
        if None in thoughts:
            self._habits.hides_thoughts = True
        return [thought for thought in thoughts if thought is not None]

    def _call(self, item: ResponseFunctionToolCall, asked: Asked) -> ResponseFunctionToolCall:
        """Return the call under a name that is offered, with arguments in JSON and an id that is its own."""
        known = asked.offered.named(item.name) or item.name
        call_id = item.call_id if item.call_id and item.call_id not in asked.taken else own_id()
        asked.taken.add(call_id)
        arguments = sound_json(item.arguments or "{}")
        return item.model_copy(update={"name": known, "call_id": call_id, "arguments": arguments})

    def _messages(
        self, messages: Sequence[ResponseOutputMessage], asked: Asked, *, has_calls: bool
    ) -> tuple[list[ResponseOutputMessage], list[ResponseFunctionToolCall]]:
        """Return the words that are left, and the calls that were written among them."""
        said: list[ResponseOutputMessage] = []
        written: list[ResponseFunctionToolCall] = []
        for message in messages:
            reading = self._reading(text_of(message), asked)
            if reading.wrote and not reading.calls and not has_calls:
                raise written_call()
            written += [_made(call.name, call.arguments) for call in reading.calls]
            saying = _saying(message, reading.text)
            if reading.text or _holds_more_than_text(saying):
                said.append(saying)
        return said, written

    def _reading(self, raw: str, asked: Asked) -> Reading:
        text = sound(raw)
        reading = read_typed(text) if asked.is_typed else read(text, asked.offered)
        if reading.closed:
            self._habits.closes_thoughts = True
        elif reading.text and not asked.is_typed:
            self._habits.plain += 1
        return reading


def text_of(message: ResponseOutputMessage) -> str:
    """Return a message's text, its parts joined."""
    return "".join(part.text or "" for part in message.content if isinstance(part, ResponseOutputText))


def _holds_more_than_text(message: ResponseOutputMessage) -> bool:
    return any(not isinstance(part, ResponseOutputText) for part in message.content)


def _saying(message: ResponseOutputMessage, text: str) -> ResponseOutputMessage:
    """Return the message with this text; what marked places in another one goes with it."""
    if text == text_of(message):
        return message
    part = ResponseOutputText(text=text, type="output_text", annotations=[], logprobs=[])
    others = [each for each in message.content if not isinstance(each, ResponseOutputText)]
    return message.model_copy(update={"content": [part, *others]})


def _made(name: str, arguments: str) -> ResponseFunctionToolCall:
    return ResponseFunctionToolCall(
        id=f"fc_{own_id()}", call_id=own_id(), type="function_call", name=name, arguments=arguments
    )
