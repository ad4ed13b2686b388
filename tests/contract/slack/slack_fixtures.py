"""The simulated Slack on a real port, with a clock that tests move."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage, InboundMessage
from bot.domain.ids import AuthorId, ConversationId
from integrations.sandbox import SandboxOptions, create_app
from integrations.slack.api.client import SlackSettings
from integrations.slack.outbound.channel import SlackChannel
from tests.conftest import PATIENCE_SECONDS
from tests.doubles.clock import ManualClock

TEAM = "T0FRONTDSK"
SARAH_DM = "D0SARAH"
HELP = "C0HELP"
SHARED = "C0SHARED"


async def wait_until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return when `is_so()` holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110  (the condition belongs to others, it sets no event)
            await asyncio.sleep(0.005)
    assert is_so(), what


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI app on a free loopback port; yields its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await wait_until(lambda: server.started or task.done(), "the server starts")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@dataclass
class World:
    """The simulated workspace and the bot's adapter to it."""

    url: str
    clock: ManualClock
    chat: SlackChannel
    http: httpx.AsyncClient
    extra: list[SlackChannel] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        """Do what a person or an outage does."""
        answer = await self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def post(
        self, user: str, channel: str, text: str = "hello", **more: Any
    ) -> tuple[Conversation, InboundMessage]:
        """A person writes; returns the line's conversation and message."""
        ts = (await self.control("slack/post", user=user, channel=channel, text=text, **more))["ts"]
        team = "T0PARTNER" if user == "U0EXT" else TEAM
        conversation = ConversationId.in_slack(TEAM, channel, more.get("thread_ts") or ts)
        author = Author(AuthorId(f"slack:{team}:{user}"))
        message = CustomerMessage(f"slack:{TEAM}:{channel}:{ts}", conversation, author, text)
        return Conversation(conversation), message

    async def fault(self, method: str, kind: str, times: int | None = 1, **more: Any) -> None:
        """The next `times` calls of a method fail in one way."""
        left = [rule["times"] for rule in (await self.http.get("/_sandbox/faults")).json()["rules"]]
        # As given: what the sandbox shows has every default, and a reset that names its seconds hangs first.
        kept = [{**rule, "times": rest} for rule, rest in zip(self.faults, left, strict=False) if rest != 0]
        self.faults = [*kept, {"match": f"slack:{method}", "kind": kind, "times": times, **more}]
        await self.control("faults", rules=self.faults)

    async def messages(self, conversation: Conversation) -> list[dict[str, Any]]:
        """What the bot said in a thread, as people see it."""
        _, _, channel, ts = conversation.id.split(":")
        state = (await self.http.get("/_sandbox/state")).json()["slack"]
        return [
            one
            for one in state["messages"]
            if one["channel"] == channel and one["thread_ts"] == ts and one["user"] == "U0BOT"
        ]

    async def state(self) -> dict[str, Any]:
        """The whole workspace."""
        found: dict[str, Any] = (await self.http.get("/_sandbox/state")).json()["slack"]
        return found

    async def requests(self) -> list[dict[str, Any]]:
        """All Web API requests so far."""
        found: list[dict[str, Any]] = (await self.http.get("/_sandbox/requests")).json()["requests"]
        return [one for one in found if one["vendor"] == "slack"]

    async def calls(self) -> list[str]:
        """The methods called so far, without auth.test."""
        return [one["path"] for one in await self.requests() if one["path"] != "auth.test"]

    def another_process(self, timeout: float = PATIENCE_SECONDS) -> SlackChannel:
        """An adapter that knows nothing of what the first one did."""
        chat = SlackChannel(SlackSettings("xoxb-sandbox", f"{self.url}/slack/api/", timeout), self.clock)
        self.extra.append(chat)
        return chat


def attached(name: str, content: bytes, mimetype: str = "text/plain") -> Mapping[str, str]:
    """A file as a person attaches it."""
    return {"name": name, "mimetype": mimetype, "content_base64": base64.b64encode(content).decode()}


@asynccontextmanager
async def slack_world(**options: Any) -> AsyncIterator[World]:
    """A fresh workspace with an adapter."""
    clock = ManualClock()
    app = create_app(SandboxOptions(clock=clock, random_seed=1, **options))
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
        chat = SlackChannel(SlackSettings("xoxb-sandbox", f"{url}/slack/api/", timeout=PATIENCE_SECONDS), clock)
        world = World(url, clock, chat, http)
        try:
            yield world
        finally:
            for one in (chat, *world.extra):
                await one.close()
