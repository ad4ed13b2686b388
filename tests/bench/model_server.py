"""A model server that speaks OpenAI's Responses API and streams one fixed answer about the marks it was asked about.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.bench.lines import END, MARK, Lines

if TYPE_CHECKING:
    from tests.bench.fake_vendors import Wire

_SAID = (
    "I have looked into {marks}. ",
    "It left our depot this morning ",
    "and is on its way to you. ",
    "The carrier expects to ",
    "hand it over tomorrow ",
    "before noon, between nine ",
    "and twelve. ",
    "You will get a message ",
    "with a link an hour before. ",
    "If nobody is at home ",
    "it waits at the nearest shop ",
    f"for seven days. {END}",
)


async def stream_answer(request: Mapping[str, Any], wire: "Wire", lines: Lines) -> None:
    """Think, then answer in pieces."""
    marks = _marks(request["input"])
    lines.asked(marks)
    lines.model_calls += 1
    lines.thinking += 1
    lines.most_thinking = max(lines.most_thinking, lines.thinking)
    try:
        wire.begin()
        pieces = [piece.format(marks=" and ".join(marks) or "it") for piece in _SAID]
        first, *middle, end, stop = _events(pieces)
        wire.piece(first)
        await asyncio.sleep(lines.think)
        lines.spoke(marks)
        for number, event in enumerate(middle):
            if number and lines.gap:
                await asyncio.sleep(lines.gap)
            wire.piece(event)
        wire.piece(end + stop)
        wire.piece(b"")
        if wire.is_open:  # else the bot died meanwhile
            lines.ended(marks)
    finally:
        lines.thinking -= 1


def _marks(given: Any) -> list[str]:
    """The marks in the customer's newest words."""
    if isinstance(given, str):
        return _found(given)
    content = next((item["content"] for item in reversed(given) if item.get("role") == "user"), "")
    return _found(content if isinstance(content, str) else json.dumps(content))


def _found(text: str) -> list[str]:
    return [match.group() for match in MARK.finditer(text)]


def _events(pieces: Sequence[str]) -> Iterator[bytes]:
    """The events of one streamed response: two that open it, one per piece, two that end it."""
    text = "".join(pieces)
    content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [content]}
    begun = {**item, "status": "in_progress", "content": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    yield _event("response.created", 0, response=_response("in_progress", [])) + _event(
        "response.output_item.added", 1, output_index=0, item=begun
    )
    for number, piece in enumerate(pieces, 2):
        yield _event("response.output_text.delta", number, **place, delta=piece, logprobs=[])
    last = len(pieces) + 2
    yield _event("response.output_item.done", last, output_index=0, item=item)
    yield _event("response.completed", last + 1, response=_response("completed", [item]))


def _event(kind: str, number: int, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, "sequence_number": number, **fields}, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _response(status: str, output: Sequence[Any]) -> Any:
    used = {"input_tokens": 900, "output_tokens": 80, "total_tokens": 980}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_700_000_000,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": "stand-in",
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {**used, **details} if output else None,
        "metadata": {},
    }
