"""A whole Frontdesk on loopback HTTP: sandbox, web app and worker in one process, for stories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bot.app.background import UPKEEP, background
from bot.app.container import open_engine
from bot.app.demo import demo_settings
from bot.app.server import serving, working
from bot.app.settings import Settings
from bot.app.web import create_app
from bot.domain.ids import Origin
from bot.store import keys
from bot.store.redis import connect, disconnect
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from integrations.sandbox.core.clock import SystemClock
from tests.conftest import PATIENCE_SECONDS
from tests.doubles.clock import ManualClock
from tests.flow.harness.checks import heard, leaks, misunderstood
from tests.flow.harness.story import (
    BILLING,
    BOT,
    BOT_ID,
    DANA,
    DANA_ID,
    ERIN,
    ESCALATIONS,
    HELP,
    LEE_ID,
    MARCUS,
    MARCUS_DM,
    MARCUS_ID,
    OLEG,
    PARTNER,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    SHARED,
    SHIPPING,
    SUPPORT,
    TEAM,
    TECHNICAL,
    Json,
    Story,
    said,
)
from tests.learnt import learnt
from tests.ports import free_port

__all__ = [
    "BILLING",
    "BOT",
    "BOT_ID",
    "DANA",
    "DANA_ID",
    "ERIN",
    "ESCALATIONS",
    "HELP",
    "LEE_ID",
    "MARCUS",
    "MARCUS_DM",
    "MARCUS_ID",
    "OLEG",
    "PARTNER",
    "SARAH",
    "SARAH_DM",
    "SARAH_ID",
    "SHARED",
    "SHIPPING",
    "SUPPORT",
    "TEAM",
    "TECHNICAL",
    "Json",
    "Stage",
    "Story",
    "open_stage",
    "said",
]


@dataclass
class Stage(Story):
    """Customers and human agents act through the sandbox's control routes; the bot only knows its HTTP sides.

    Args:
        page: base URL of the sandbox.
        bot: base URL of the bot.
    """

    page: str
    bot: str
    http: httpx.AsyncClient

    async def control(self, path: str, body: Json | None = None) -> Any:
        """POST to a control route and return its answer."""
        answer = await self.http.post(f"{self.page}/_sandbox/{path}", json=body or {})
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def connect(self) -> None:
        """Tell both vendors where the bot is."""
        where = {"slack_events_url": f"{self.bot}/slack/events", "zendesk_webhook_url": f"{self.bot}/zendesk/webhook"}
        await self.control("config", where)

    async def state(self) -> Any:
        """Return everything both vendors hold."""
        return (await self.http.get(f"{self.page}/_sandbox/state")).json()

    async def writes(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> str:
        """A person writes in Slack; return the message's ts."""
        body = {"user": user, "channel": channel, "text": text, **more}
        if thread_ts:
            body["thread_ts"] = thread_ts
        return str((await self.control("slack/post", body))["ts"])

    async def opens(self, body: str, requester: int | Json = SARAH_ID, **more: Any) -> int:
        """A customer opens a ticket in Zendesk; return its id."""
        ticket = {"requester": requester, "subject": "A question", "body": body, "group_id": SUPPORT, **more}
        return int((await self.control("zendesk/ticket", ticket))["id"])

    async def comments(self, ticket_id: int, author: int, body: str, *, public: bool = True, **more: Any) -> None:
        """Somebody writes on a ticket."""
        comment = {"ticket_id": ticket_id, "author_id": author, "body": body, "public": public, **more}
        await self.control("zendesk/comment", comment)

    async def changes(self, ticket_id: int, actor: int = DANA_ID, **fields: Any) -> None:
        """A human agent changes a ticket's fields and tags."""
        await self.control("zendesk/update", {"ticket_id": ticket_id, "actor_id": actor, **fields})

    async def requests(self, vendor: str, method: str = "", part: str = "") -> list[Any]:
        """Return what the bot asked of a vendor, oldest first."""
        found = (await self.http.get(f"{self.page}/_sandbox/requests")).json()["requests"]
        return [
            request
            for request in found
            if request["vendor"] == vendor and request["method"].startswith(method) and part in request["path"]
        ]

    async def takes_all(self) -> None:
        """The vendors' rate limits are off, for stories that say much in no time."""
        await self.control("limits", {"enabled": False})

    async def fails(self, match: str, kind: str, times: int | None = 1, **more: Any) -> None:
        """The calls that match fail from now on, `times` times; a failure that is set ends the one before."""
        await self.control("faults", {"rules": [{"match": match, "kind": kind, "times": times, **more}]})

    async def agent(self, name: str) -> int:
        """Return the id of a human agent in Zendesk."""
        users = (await self.state())["zendesk"]["users"]
        return next(int(user["id"]) for user in users if user["name"].startswith(name) and user["role"] != "end-user")

    async def _delivered(self) -> tuple[int, int]:
        """How many events are on their way, and how many have arrived."""
        deliveries = (await self.http.get(f"{self.page}/_sandbox/deliveries")).json()
        return deliveries["pending"], len(deliveries["log"])


@asynccontextmanager
async def open_stage(
    redis_url: str,
    folder: Path,
    *,
    sandbox: SandboxOptions | None = None,
    connect: bool = True,
    clock: ManualClock | None = None,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Yield a running Frontdesk with the offline model; keyword arguments are settings.

    When the story has ended well, every request is held against the vendors' interfaces and the log is searched for
    what must never stand in it.

    Args:
        connect: whether the vendors know from the beginning where to deliver.
        clock: of the vendors and the bot; by default the machine's.
    """
    clock = clock or ManualClock.running()
    options = sandbox or SandboxOptions(random_seed=7)
    if isinstance(options.clock, SystemClock):
        options = replace(options, clock=clock)
    async with AsyncExitStack() as stack:
        log = stack.enter_context(heard())
        servers = await stack.enter_async_context(AsyncExitStack()), AsyncExitStack()
        port = await _port_before(redis_url)
        vendors = create_sandbox(options)
        page = await servers[0].enter_async_context(serving(vendors, "127.0.0.1", port))
        base = Settings(
            redis_url=redis_url,
            frontdesk_data_dir=folder,
            _env_file=None,
            **{"frontdesk_debounce_seconds": 0, **settings},
        )
        await asyncio.to_thread(learnt, base.frontdesk_desk)
        engine = await stack.enter_async_context(open_engine(demo_settings(base, options, page), clock=clock))
        stack.push_async_callback(_close_together, *servers)
        bot = await servers[1].enter_async_context(serving(create_app(engine), "127.0.0.1", 0))
        await stack.enter_async_context(background(engine, UPKEEP))
        await stack.enter_async_context(working(engine.worker))
        # What a story does and sees at the vendors needs no socket; the bot has nothing else.
        seats = {page: httpx.ASGITransport(vendors)}
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE_SECONDS, mounts=seats))
        stage = Stage(engine, log, clock, page, bot, http)
        if connect:
            await stage.connect()
        yield stage
        await _was_proper(stage, options)


async def _port_before(redis_url: str) -> int:
    """Return where the account that the store belongs to was: a story's next stage is a restart."""
    client = connect(redis_url)
    try:
        owner = await client.get(keys.owner(Origin.ZENDESK))
    finally:
        await disconnect(client)
    return httpx.URL(owner.decode()).port or 0 if owner else free_port()


async def _close_together(*servers: AsyncExitStack) -> None:
    """A server takes its time to stop; two stop in the time of one."""
    await asyncio.gather(*[server.aclose() for server in servers])


async def _was_proper(stage: Stage, options: SandboxOptions) -> None:
    await stage.control("faults", {})
    requests = [*await stage.requests("slack"), *await stage.requests("zendesk")]
    assert misunderstood(requests) == []
    secrets = (options.slack_token, options.slack_signing_secret, options.zendesk_client_secret)
    assert leaks(stage.log.getvalue(), await stage.state(), secrets) == []
