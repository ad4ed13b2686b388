"""A model server on loopback HTTP that says what a test wants and remembers what it was asked."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.app.server import serving

Json = Mapping[str, Any]
USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 400},
}
"""What every answer is said to have used."""

MEANINGS = (("money", "refund", "reimburse"), ("parcel", "delivery", "courier", "shipping"), ("password", "login"))
"""All that its embeddings know of the world: a row is one meaning."""


class ModelServer:
    """Speaks Chat Completions, streamed or not.

    Args:
        say: the body of a request → the words of its answer; empty for the failure of a server.

    It also embeds, and fails to while it is `deaf`.
    """

    def __init__(self, say: Callable[[Json], str]) -> None:
        self._say = say
        self.asked: list[Json] = []
        self.embedded: list[Json] = []
        self.deaf = False
        self.url = ""

    @property
    def settings(self) -> dict[str, Any]:
        """What points a Frontdesk at it."""
        return {
            "frontdesk_model": "large-1",
            "frontdesk_router_model": "small-1",
            "frontdesk_model_api": "chat_completions",
            "openai_api_key": "key-1",
            "openai_base_url": f"{self.url}/v1",
        }

    def asked_of(self, model: str) -> list[Json]:
        """Return the requests for one model, oldest first."""
        return [body for body in self.asked if body["model"] == model]

    async def complete(self, request: Request) -> Response:
        """Answer one request."""
        body = await request.json()
        self.asked.append(body)
        words = self._say(body)
        if not words:
            return JSONResponse({"error": {"message": "away"}}, 400)
        if body.get("stream"):
            return StreamingResponse(_stream(words), media_type="text/event-stream")
        message = {"role": "assistant", "content": words}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return JSONResponse(_named("chat.completion", choices=[choice], usage=USAGE))

    async def embed(self, request: Request) -> Response:
        """Return a vector per text: how often it holds each of the words of `MEANINGS`' rows."""
        body = await request.json()
        self.embedded.append(body)
        if self.deaf:
            return JSONResponse({"error": {"message": "away"}}, 500)
        data = [
            {"object": "embedding", "index": index, "embedding": meaning_of(text)}
            for index, text in enumerate(body["input"])
        ]
        return JSONResponse({"object": "list", "model": body["model"], "data": data, "usage": USAGE})


def meaning_of(text: str) -> list[float]:
    """Return a vector in which words of the same row mean the same."""
    words = text.casefold()
    return [float(sum(words.count(word) for word in row)) for row in MEANINGS]


def _named(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"chat-{uuid4().hex}", "object": kind, "created": 1, "model": "m", **fields}


async def _stream(words: str) -> AsyncIterator[str]:
    for delta, finish, usage in (({"role": "assistant", "content": words}, None, None), ({}, "stop", USAGE)):
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        yield f"data: {json.dumps(_named('chat.completion.chunk', choices=choices, usage=usage))}\n\n"
    yield "data: [DONE]\n\n"


@asynccontextmanager
async def model_server(say: Callable[[Json], str]) -> AsyncIterator[ModelServer]:
    """Yield a server that listens."""
    model = ModelServer(say)
    routes = [
        Route("/v1/chat/completions", model.complete, methods=["POST"]),
        Route("/v1/embeddings", model.embed, methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    async with serving(app, "127.0.0.1", 0) as url:
        model.url = url
        yield model
