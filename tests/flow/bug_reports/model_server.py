"""A model on loopback that does what a line scripts: `[[call NAME {json}]]`, `[[escalate PRIORITY]]`, `[[slow S]]`."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.flow.bug_reports.slack_server import until

Json = dict[str, Any]
CALL = re.compile(r"\[\[call (\w+) (\{.*?\})\]\]", re.DOTALL)
ESCALATE = re.compile(r"\[\[escalate (\w+)\]\]")
NAMES: Mapping[str, str] = {"order": "lookup_order"}
HOMES: Mapping[str, str] = {"lookup_order": "orders", "propose_credit": "billing", "propose_refund": "billing"}
"""Tool → a specialist who has it."""


@dataclass
class Model:
    """Chat Completions, streamed or not.

    Args:
        is_strict: whether an empty message of a customer is refused, as some servers do.
    """

    is_strict: bool = False
    asked: list[Json] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when what is told to be slow may answer."""

    @property
    def is_holding(self) -> bool:
        """Whether a slow answer is being waited for."""
        return bool(self.asked) and "[[slow" in last_said(self.asked[-1]["messages"]) and not self.released.is_set()

    def app(self) -> Starlette:
        """Return the server."""
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        if "response_format" in body:
            return _whole({"role": "assistant", "content": "{}"})
        self.asked.append(body)
        said = last_said(body["messages"])
        if self.is_strict and not said.strip():
            return JSONResponse({"error": {"message": "messages: text must be non-empty"}}, 400)
        if "[[slow" in said:
            await until(self.released)
        message = _move(body)
        return (
            StreamingResponse(_stream(message), media_type="text/event-stream")
            if body.get("stream")
            else _whole(message)
        )


def last_said(messages: list[Json]) -> str:
    """Return what the customer said since the last answer."""
    words: list[str] = []
    for message in reversed(messages):
        if message["role"] == "assistant" and not message.get("tool_calls"):
            break
        if message["role"] == "user":
            words.append(_text(message["content"]))
    return "\n".join(reversed(words))


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content or ())


def _move(body: Json) -> Json:
    messages, said = body["messages"], last_said(body["messages"])
    offered = {tool["function"]["name"] for tool in body.get("tools") or ()}
    if messages[-1]["role"] == "tool" and not _is_transfer(messages):
        return {"role": "assistant", "content": f"RESULT {_text(messages[-1]['content'])}"}
    if found := ESCALATE.search(said):
        reason = {"reason": "asked for", "priority": found[1], "topic": "billing", "issue": "an issue"}
        rest = {"confirmed_facts": "", "tried": "", "next_step": ""}
        return _call("escalate_to_human", json.dumps(reason | rest))
    if found := CALL.search(said):
        name = NAMES.get(found[1], found[1])
        if name in offered:
            return _call(name, found[2])
        home = f"transfer_to_{HOMES.get(name, 'orders')}"
        return _call(home if home in offered else "transfer_to_triage", "{}")
    return {"role": "assistant", "content": "Certainly."}


def _is_transfer(messages: list[Json]) -> bool:
    called = [call for message in messages for call in message.get("tool_calls") or ()]
    return bool(called) and called[-1]["function"]["name"].startswith("transfer_to_")


_made = iter(range(1_000_000))


def _call(name: str, arguments: str) -> Json:
    call = {"id": f"call_{next(_made)}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **call}]}


def _whole(message: Json) -> Response:
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    choice = {"index": 0, "finish_reason": reason, "message": message}
    return JSONResponse({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})


async def _stream(message: Json) -> AsyncIterator[str]:
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    for delta, finish in ((message, None), ({}, reason)):
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"
