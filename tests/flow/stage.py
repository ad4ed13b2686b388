"""A whole Frontdesk on loopback HTTP: sandbox, web app and worker in one process, for stories."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.app import Engine, open_engine
from bot.config import Settings
from bot.demo import demo_settings
from bot.serving import serving, working
from bot.web import create_app
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from tests.conftest import wait_until

BOT = "U0BOT"
SARAH, MARCUS, DANA, OLEG, ERIN = "U0SARAH", "U0MARCUS", "U0DANA", "U0OLEG", "U0EXT"
SARAH_DM, MARCUS_DM, HELP, SHARED = "D0SARAH", "D0MARCUS", "C0HELP", "C0SHARED"

Json = Mapping[str, Any]


@dataclass
class Stage:
    """Customers and human agents act through the sandbox's control routes; the bot only knows its HTTP sides.

    Args:
        page: base URL of the sandbox.
        bot: base URL of the bot.
    """

    page: str
    bot: str
    engine: Engine
    http: httpx.AsyncClient

    async def control(self, path: str, body: Json | None = None) -> Any:
        """POST to a control route and return its answer."""
        answer = await self.http.post(f"{self.page}/_sandbox/{path}", json=body or {})
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def state(self) -> Any:
        """Return everything both vendors hold."""
        return (await self.http.get(f"{self.page}/_sandbox/state")).json()

    async def writes(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> str:
        """A person writes in Slack; return the message's ts."""
        body = {"user": user, "channel": channel, "text": text, **more}
        if thread_ts:
            body["thread_ts"] = thread_ts
        return str((await self.control("slack/post", body))["ts"])

    async def thread(self, channel: str, ts: str) -> list[Any]:
        """Return the replies in a thread, oldest first, without those still being streamed."""
        messages = (await self.state())["slack"]["messages"]
        return [
            message
            for message in messages
            if message["channel"] == channel
            and message["thread_ts"] == ts
            and message["ts"] != ts
            and not message["streaming"]
        ]

    async def answers(self, channel: str, ts: str, count: int = 1) -> list[str]:
        """Return the texts of the bot's messages in a thread once there are `count`."""

        async def texts() -> list[str] | None:
            found = [said(message) for message in await self.thread(channel, ts) if message["user"] == BOT]
            return found if len(found) >= count else None

        found: list[str] = await wait_until(texts, what=f"{count} answers in the thread")
        return found

    async def tickets(self, count: int = 1) -> list[Any]:
        """Return all tickets once there are `count`."""

        async def enough() -> list[Any] | None:
            tickets = (await self.state())["zendesk"]["tickets"]
            return tickets if len(tickets) >= count else None

        tickets: list[Any] = await wait_until(enough, what=f"{count} tickets")
        return tickets

    async def ticket(self, ticket_id: int | str) -> Any:
        """Return one ticket."""
        tickets = (await self.state())["zendesk"]["tickets"]
        return next(ticket for ticket in tickets if str(ticket["id"]) == str(ticket_id))

    async def agent(self, name: str) -> int:
        """Return the id of a human agent in Zendesk."""
        users = (await self.state())["zendesk"]["users"]
        return next(int(user["id"]) for user in users if user["name"].startswith(name) and user["role"] != "end-user")

    async def comment(self, ticket_id: str, words: str) -> Any:
        """Return the ticket's comment that has these words, None while there is none."""
        comments = (await self.ticket(ticket_id))["comments"]
        return next((comment for comment in comments if words in comment["body"]), None)

    async def has_no_tag(self, ticket_id: str, tag: str) -> bool:
        """Return whether the ticket does not carry the tag."""
        return tag not in (await self.ticket(ticket_id))["tags"]

    async def settled(self) -> None:
        """Wait until nothing is due and nothing is held."""

        async def idle() -> bool:
            return not await self.engine.client.zcard("fd:{due}")

        await wait_until(idle, what="an idle mailbox")


def said(message: Any) -> str:
    """Return what a message shows: its text, or the text of its blocks."""
    if message["text"] and message["format"] == "markdown":
        return str(message["text"])
    blocks = [block.get("text", "") for block in message["blocks"] or () if block["type"] in {"markdown", "section"}]
    texts = [text if isinstance(text, str) else text.get("text", "") for text in blocks]
    return "\n".join(texts) or str(message["text"])


@asynccontextmanager
async def open_stage(
    redis_url: str, folder: Path, *, sandbox: SandboxOptions | None = None, **settings: Any
) -> AsyncIterator[Stage]:
    """Yield a running Frontdesk with the offline model; keyword arguments are settings."""
    options = sandbox or SandboxOptions(random_seed=7)
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(serving(create_sandbox(options), "127.0.0.1", 0))
        base = Settings(
            redis_url=redis_url,
            frontdesk_data_dir=folder,
            _env_file=None,
            **{"frontdesk_debounce_seconds": 0.1, **settings},
        )
        engine = await stack.enter_async_context(open_engine(demo_settings(base, options, page)))
        bot = await stack.enter_async_context(serving(create_app(engine), "127.0.0.1", 0))
        await stack.enter_async_context(working(engine.worker))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=20))
        stage = Stage(page, bot, engine, http)
        await stage.control(
            "config", {"slack_events_url": f"{bot}/slack/events", "zendesk_webhook_url": f"{bot}/zendesk/webhook"}
        )
        yield stage
