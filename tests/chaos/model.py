"""A model server that says back which lines it was asked about; `python -m tests.chaos.model` prints its URL.

It speaks Chat Completions, streams, takes its time, and counts every question by content, so that a question asked
twice is seen. `[look]` in a line makes it transfer and search first, `[credit]` transfer and propose a credit,
`[human]` makes it call for a person.
"""

import asyncio
import json
import random
import re
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MARK = re.compile(r"\bc\d+m\d+\b")
CREDIT = {"amount": "0.10", "reason": "it was late"}
Json = Mapping[str, Any]

_CALLS: dict[str, dict[str, Json]] = {
    "[human]": {"escalate_to_human": {"reason": "the line asks for a person", "issue": "see the thread"}},
    "[credit]": {"transfer_to_billing": {}, "propose_credit": CREDIT},
    "[look]": {"transfer_to_faq": {}, "search_knowledge": {"query": "refunds"}},
}
"""What a line asks for, by the mark that it holds: tools in their order, with their arguments."""


class StandIn:
    """The server's memory.

    Args:
        seconds: longest thinking time.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked: Counter[str] = Counter()
        self._is_down = False

    async def switch(self, request: Request) -> JSONResponse:
        """Let the server answer nobody, or everybody again."""
        self._is_down = bool((await request.json())["down"])
        return JSONResponse({})

    async def complete(self, request: Request) -> Response:
        """Answer one question as a stream of chunks."""
        body = await request.json()
        if self._is_down:
            return JSONResponse({"error": {"message": "overloaded"}}, status_code=503)
        question = json.dumps([body["messages"], body.get("tools")], sort_keys=True)
        self._asked[sha256(question.encode()).hexdigest()] += 1
        return StreamingResponse(self._chunks(_reply(body)), media_type="text/event-stream")

    async def asked(self, _: Request) -> JSONResponse:
        """Tell how many questions came, and how many of them had been asked before."""
        total = self._asked.total()
        return JSONResponse({"calls": total, "repeated": total - len(self._asked)})

    async def _chunks(self, deltas: Sequence[Json]) -> AsyncIterator[bytes]:
        await asyncio.sleep(random.random() * self._seconds)
        name = f"chatcmpl-{uuid4().hex}"
        for delta in deltas:
            yield _chunk(name, delta, None)
            await asyncio.sleep(random.random() * self._seconds / 8)
        yield _chunk(name, {}, "tool_calls" if "tool_calls" in deltas[-1] else "stop")
        yield b"data: [DONE]\n\n"


def _chunk(name: str, delta: Json, finish: str | None) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    chunk = {"id": name, "object": "chat.completion.chunk", "created": 0, "model": "stand-in", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _reply(body: Json) -> list[Json]:
    messages = body["messages"]
    last = max(index for index, message in enumerate(messages) if message["role"] == "user")
    asked = _text(messages[last])
    call = _next_call(asked, _tools_left(body, messages[last + 1 :]))
    if call is not None:
        return [call]
    marks = " and ".join(MARK.findall(_withheld(messages[:last]) + asked)) or "nothing"
    return [{"content": "This is my answer. "}, {"content": f"It is about {marks}. "}, {"content": "That is all."}]


def _tools_left(body: Json, since: Sequence[Json]) -> set[str]:
    """Tools that are offered and were not called since the last line; a human may be asked for again."""
    offered = {tool["function"]["name"] for tool in body.get("tools") or ()}
    called = {call["function"]["name"] for message in since for call in message.get("tool_calls") or ()}
    return offered - (called - {"escalate_to_human"})


def _next_call(asked: str, tools: set[str]) -> Json | None:
    """Return the next call of what the line asks for."""
    for mark, calls in _CALLS.items():
        wanted = next((name for name in calls if name in tools), None)
        if mark in asked and wanted is not None:
            return _call(wanted, calls[wanted])
    return None


def _withheld(before: Sequence[Json]) -> str:
    """The answer that was not sent, because its author wrote more meanwhile: the next one answers both."""
    text = _text(before[-1]) if before else ""
    return f"{text} " if "[not sent to the customer]" in text else ""


def _call(name: str, arguments: Json) -> Json:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": 0, "id": f"call_{uuid4().hex}", "type": "function", "function": function}]}


def _text(message: Json) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def main(seconds: float) -> None:
    """Serve until the process is ended."""
    model = StandIn(seconds)
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", model.complete, methods=["POST"]),
            Route("/asked", model.asked),
            Route("/switch", model.switch, methods=["POST"]),
        ]
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        sys.stdout.write(f"model http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(float(sys.argv[1]))
