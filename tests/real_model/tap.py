"""Stands between Frontdesk and the model's server, passes everything on as it is, and keeps what the model said."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.app.server import serving

SECONDS = 600.0
_OWN = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "host", "accept-encoding"})


@dataclass
class Said:
    """One answer of the model, as its server sent it.

    Args:
        ended: how it says that it ended: `stop`, `tool_calls`, `length`, `completed`, … ; empty where it never did.
        is_typed: whether it was to be data by a schema, which no customer reads.
        most: tokens that it may have, 0 where nobody said.
        tokens: that it has.
    """

    status: int
    text: str = ""
    ended: str = ""
    calls: int = 0
    is_typed: bool = False
    most: int = 0
    tokens: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether it is half an answer."""
        ends = self.ended in {"stop", "tool_calls", "completed"} and not 0 < self.most <= self.tokens
        return bool(self.text) and not ends


@dataclass
class Tap:
    """What the model said, oldest first."""

    said: list[Said] = field(default_factory=list)
    url: str = ""


@asynccontextmanager
async def open_tap(server: str) -> AsyncIterator[Tap]:
    """Yield a tap on the server at this URL."""
    tap = Tap()
    async with httpx.AsyncClient(base_url=server, timeout=SECONDS) as client:

        async def passed(request: Request) -> Response:
            body = await request.body()
            headers = {name: value for name, value in request.headers.items() if name not in _OWN}
            asked = client.build_request(request.method, request.url.path, content=body, headers=headers)
            answer = await client.send(asked, stream=True)
            kept = {name: value for name, value in answer.headers.items() if name not in _OWN}
            return StreamingResponse(_through(answer, body, tap), answer.status_code, kept)

        routes = [Route("/{path:path}", passed, methods=["GET", "POST"])]
        async with serving(Starlette(routes=routes), "127.0.0.1", 0) as tap.url:
            yield tap


async def _through(answer: httpx.Response, asked: bytes, tap: Tap) -> AsyncIterator[bytes]:
    whole = bytearray()
    try:
        async for piece in answer.aiter_bytes():
            whole += piece
            yield piece
    finally:
        await answer.aclose()
        if asked and b'"model"' in asked:
            tap.said.append(heard(answer.status_code, whole.decode(errors="replace"), json.loads(asked)))


def heard(status: int, body: str, asked: dict[str, Any]) -> Said:
    """Return what an answer's body says, by either API, streamed or not."""
    kind = (asked.get("text") or {}).get("format", {}).get("type") or (asked.get("response_format") or {}).get("type")
    most = next(
        (asked[name] for name in ("max_output_tokens", "max_completion_tokens", "max_tokens") if asked.get(name)), 0
    )
    said = Said(status, is_typed=kind == "json_schema", most=most)
    lines = re.findall(r"^data: (\{.*\})\s*$", body, re.MULTILINE) or [body]
    for line in lines:
        try:
            _add(said, json.loads(line))
        except ValueError:
            continue
    return said


def _add(said: Said, event: dict[str, Any]) -> None:
    """Take in a whole answer, or a piece of one, by either API."""
    response = event.get("response") or event
    usage = response.get("usage") or {}
    said.tokens = usage.get("output_tokens") or usage.get("completion_tokens") or said.tokens
    if event.get("type") == "response.output_text.delta":
        said.text += event["delta"]
    elif "response" in event or event.get("object") == "response":
        _add_response(said, response)
    for choice in event.get("choices") or ():
        _add_choice(said, choice)


def _add_response(said: Said, response: dict[str, Any]) -> None:
    """Take in the end of an answer of the Responses API."""
    if response.get("status") not in {"completed", "incomplete", "failed"}:
        return
    items = response.get("output") or []
    said.ended = response["status"]
    said.text = said.text or "".join(part.get("text", "") for item in items for part in item.get("content") or [])
    said.calls += sum(item.get("type") == "function_call" for item in items)


def _add_choice(said: Said, choice: dict[str, Any]) -> None:
    """Take in an answer of Chat Completions, or a piece of one; the name of a call comes with its first piece."""
    part = choice.get("delta") or choice.get("message") or {}
    said.text += part.get("content") or ""
    said.calls += sum(bool((call.get("function") or {}).get("name")) for call in part.get("tool_calls") or ())
    said.ended = choice.get("finish_reason") or said.ended
