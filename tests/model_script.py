"""A model server on loopback HTTP that plays a script, byte by byte where it has to: both APIs, streamed or not.

What a step says is what the server sends; nothing here knows what the product makes of it.
https://platform.openai.com/docs/api-reference/chat-streaming
https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.app.server import serving

Json = Mapping[str, Any]
CUT = object()
"""In a stream: the connection is cut here."""
WAIT = object()
"""In a stream: nothing more comes, until the server ends."""
DONE = "data: [DONE]\n\n"


@dataclass(frozen=True)
class Step:
    """One answer.

    Args:
        status: of the HTTP response.
        body: of a whole answer; of a stream, what a client that wants none gets.
        stream: parts, sent one after the other; a float is seconds to wait, a function is called with
            the server.
    """

    status: int = 200
    body: Any = None
    stream: Sequence[Any] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


Script = Sequence[Step] | Callable[[Json], Step]


class Scripted:
    """Answers by a script; the last step is repeated."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Json] = []
        self.url = ""
        self.goes_on = anyio.Event()

    def settings(self, api: str) -> dict[str, Any]:
        """What points a Frontdesk at it."""
        return {
            "frontdesk_model": "large-1",
            "frontdesk_model_api": api,
            "openai_api_key": "key-1",
            "openai_base_url": f"{self.url}/v1",
        }

    async def answer(self, request: Request) -> Response:
        """Play the next step."""
        body = await request.json()
        self.asked.append(body)
        step = self.script(body) if callable(self.script) else self._next()
        if step.stream and (body.get("stream") or step.body is None):
            return StreamingResponse(self._sent(step.stream), step.status, step.headers, "text/event-stream")
        return JSONResponse(step.body, step.status, dict(step.headers))

    def _next(self) -> Step:
        assert not callable(self.script)
        return self.script[min(len(self.asked), len(self.script)) - 1]

    async def _sent(self, parts: Sequence[Any]) -> AsyncIterator[str]:
        for part in parts:
            if part is CUT:
                raise ConnectionResetError("cut by the script")
            if part is WAIT:
                await self.goes_on.wait()
                return
            if callable(part):
                await part(self)
                continue
            if isinstance(part, float):
                await anyio.sleep(part)
                continue
            yield part


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    """Yield a server that plays the script."""
    model = Scripted(script)
    paths = ("/v1/chat/completions", "/v1/responses")
    app = Starlette(routes=[Route(path, model.answer, methods=["POST"]) for path in paths])
    async with serving(app, "127.0.0.1", 0) as url:
        model.url = url
        try:
            yield model
        finally:
            model.goes_on.set()


# ── Chat Completions ─────────────────────────────────────────────────────────────────────────────────────────────────


def chunk(delta: Json | None = None, finish: str | None = None, **more: Any) -> str:
    """One chunk, as ASCII: what JSON cannot carry is escaped as servers do."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish, **more}
    data = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(data)}\n\n"


def chat(*pieces: str, finish: str | None = "stop", done: bool = True) -> Step:
    """Words, a piece per chunk."""
    parts = [chunk({"role": "assistant", "content": piece}) for piece in pieces]
    parts += [chunk(finish=finish)] if finish else []
    return Step(stream=[*parts, *([DONE] if done else [])], body=completion({"content": "".join(pieces)}, finish))


def completion(message: Json, finish: str | None = "stop") -> Json:
    """A whole answer."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def chat_calls(*deltas: Json, finish: str = "tool_calls") -> Step:
    """Pieces of tool calls, one per chunk."""
    parts = [chunk({"role": "assistant", "tool_calls": [delta]}) for delta in deltas]
    return Step(stream=[*parts, chunk(finish=finish), DONE])


def call_delta(name: str, arguments: Any, call_id: Any = "call_1", index: Any = 0) -> Json:
    """One whole call as a piece."""
    return {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


# ── Responses ────────────────────────────────────────────────────────────────────────────────────────────────────────


def message(text: str) -> Json:
    """An item that says something."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}


def calling(name: str, arguments: str, call_id: str = "call_1") -> Json:
    """An item that calls a tool."""
    return {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": name, "arguments": arguments}


def thought(number: int, encrypted: str | None = None) -> Json:
    """A thought; without its encrypted content nobody can read it later."""
    content = {"encrypted_content": encrypted} if encrypted else {}
    return {"type": "reasoning", "id": f"rs_{number}", "summary": [], **content}


def responses(*items: Json, status: str = "completed", pieces: Sequence[str] = (), **more: Any) -> Step:
    """Items, and the text of the first message in pieces."""
    words = pieces or [part["text"] for item in items if item["type"] == "message" for part in item["content"]]
    body = response(*items, status=status, **more)
    return Step(
        stream=[
            event("response.created", response=response(status="in_progress")),
            *(event("response.output_text.delta", **_place(), delta=word, logprobs=[]) for word in words),
            *(event("response.output_item.done", output_index=0, item=item) for item in items),
            event(f"response.{status}", response=body),
        ],
        body=body,
    )


def response(*items: Json, status: str = "completed", **more: Any) -> Json:
    """A whole answer."""
    rest = {"model": "m", "tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "created_at": 1}
    return {"id": "resp_1", "object": "response", "status": status, "output": list(items), **rest, **more}


def _place() -> Json:
    return {"item_id": "msg_1", "output_index": 0, "content_index": 0}


def event(kind: str, **more: Any) -> str:
    """One event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, 'sequence_number': 0, **more})}\n\n"


# ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def says(api: str, *pieces: str) -> Step:
    """Words, by either API."""
    return chat(*pieces) if api == "chat_completions" else responses(message("".join(pieces)), pieces=pieces)


def calls(api: str, name: str, arguments: str, call_id: str = "call_1") -> Step:
    """A tool call, by either API."""
    if api == "chat_completions":
        return chat_calls(call_delta(name, arguments, call_id))
    return responses(calling(name, arguments, call_id))


class Thinker:
    """A reasoning model that keeps nothing.

    Args:
        gives: whether it gives encrypted content when asked; else it refuses to be asked.
        unasked: whether it gives it anyway.
    """

    answer = "Your order A1001 has been shipped and is on its way."

    def __init__(self, *, gives: bool, unasked: bool = False, key: str = "k1") -> None:
        self.gives = gives
        self.unasked = unasked
        self.key = key
        self.refused = 0
        self.made = 0

    def __call__(self, body: Any) -> Step:
        """Answer one request: look the order up, then say how it is."""
        include = body.get("include") or []
        if include and not self.gives:
            self.refused += 1
            error = {"message": "Encrypted content is not supported with this model.", "param": "include"}
            return Step(400, {"error": {**error, "type": "invalid_request_error"}})
        refusals = [refusal for item in body["input"] if (refusal := self._refusal(item)) is not None]
        if refusals:
            return refusals[0]

        self.made += 1
        mine = thought(self.made, f"{self.key}-{self.made}" if include or self.unasked else None)
        if body["input"][-1].get("type") == "function_call_output":
            return responses(mine, message(self.answer))
        return responses(mine, calling("lookup_order", '{"order_id": "A1001"}', f"call_{self.made}"))

    def _refusal(self, item: Json) -> Step | None:
        """What is said to a thought that this model cannot read; None to anything else."""
        if item.get("type") != "reasoning":
            return None
        if not item.get("encrypted_content"):
            return Step(404, {"error": {"message": f"Item with id '{item['id']}' not found."}})
        if item["encrypted_content"].startswith(self.key):
            return None
        unread = {"message": "The encrypted content could not be verified.", "code": "invalid_encrypted_content"}
        return Step(400, {"error": unread})
