"""The web app over a whole mailbox on a real Redis, called without a socket."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from bot.app.api_keys import ApiKey
from bot.figures.report import FiguresReader
from bot.review.case_files import CaseShelf
from bot.runtime.connectors import Core
from bot.store.limits.customer_rate import MessageRate
from integrations.web.access import Access
from integrations.web.app import create_web
from integrations.web.chat import ChatLimits, ChatRoutes
from integrations.web.console.routes import console_routes
from integrations.web.conversation import conversation_router
from tests.doubles.figures import QuietFigures
from tests.unit.store.redis_harness import RedisHarness

WEB = {"Authorization": "Bearer web-secret"}
APP = {"Authorization": "Bearer app-secret"}
OPS = {"Authorization": "Bearer ops-secret"}

KEYS = (
    ApiKey(name="web", secret=SecretStr("web-secret"), scope="chat"),
    ApiKey(name="app", secret=SecretStr("app-secret"), scope="chat"),
    ApiKey(name="ops", secret=SecretStr("ops-secret"), scope="console"),
)


def web_app(
    room: RedisHarness,
    keys: Sequence[ApiKey] = KEYS,
    limits: ChatLimits | None = None,
    languages: Sequence[str] = ("en",),
    data_folder: Path = Path("none"),
    figures: FiguresReader | None = None,
) -> FastAPI:
    """Return the app with the chat, conversation and console routes."""
    access = Access(keys)
    rate = MessageRate(room.scripts.client)
    chat = ChatRoutes(
        access,
        room.inbox,
        room.conversations,
        rate,
        room.clock,
        limits or ChatLimits(),
        first_specialist=lambda: "triage",
        languages=lambda: languages,
        disclosure=lambda _language: "",
    )
    core = Core(
        *(room.scripts.client, room.inbox, room.conversations, rate, room.clock),
        connected_at=0.0,
        session_seconds=86_400,
        first_specialist=lambda: "triage",
        languages=lambda: languages,
        disclosure=lambda _language: "",
        figures=figures or QuietFigures(),
    )
    return create_web(
        chat.router(),
        conversation_router(access, room.conversations, first_specialist=lambda: "triage"),
        *console_routes(access, core, data_folder, cases=lambda: CaseShelf(data_folder / "cases", "store")),
    )


@asynccontextmanager
async def open_web(
    room: RedisHarness,
    *,
    keys: Sequence[ApiKey] = KEYS,
    limits: ChatLimits | None = None,
    languages: Sequence[str] = ("en",),
    figures: FiguresReader | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the app."""
    transport = httpx.ASGITransport(web_app(room, keys, limits, languages, figures=figures), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://frontdesk.test", headers=WEB) as client:
        yield client


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    """Return the events of a finished stream, in order."""
    found = []
    for block in response.text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found
