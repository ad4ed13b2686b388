"""A whole Frontdesk on loopback HTTP: sandbox, web app and worker in one process, for stories."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from pathlib import Path
from time import time
from typing import Any

import httpx

from bot.app.background import UPKEEP, background
from bot.app.container import Engine, open_engine
from bot.app.demo import demo_settings
from bot.app.server import serving, working
from bot.app.settings import Settings
from bot.app.web import create_app
from bot.domain.ids import Origin
from bot.store import keys
from bot.store.redis import connect
from integrations.sandbox import SandboxOptions
from integrations.sandbox import create_app as create_sandbox
from integrations.sandbox.core.clock import SystemClock
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.doubles.clock import ManualClock
from tests.flow.harness.checks import heard, leaks, misunderstood
from tests.learnt import learnt

BOT = "U0BOT"
SARAH, MARCUS, DANA, OLEG, ERIN = "U0SARAH", "U0MARCUS", "U0DANA", "U0OLEG", "U0EXT"
SARAH_DM, MARCUS_DM, HELP, SHARED = "D0SARAH", "D0MARCUS", "C0HELP", "C0SHARED"
TEAM, PARTNER = "T0FRONTDSK", "T0PARTNER"
SARAH_ID, MARCUS_ID, DANA_ID, LEE_ID, BOT_ID = 2001, 2002, 1002, 1003, 1001
"""The same people in Zendesk, and two human agents."""

SUPPORT, BILLING, TECHNICAL, SHIPPING, ESCALATIONS = range(5001, 5006)
"""Zendesk's groups."""

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
    log: io.StringIO
    clock: ManualClock

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

    async def bot_comments(self, ticket_id: int, count: int = 1) -> list[Any]:
        """Return the bot's own public comments on a ticket once there are `count`."""

        async def enough() -> list[Any] | None:
            comments = (await self.ticket(ticket_id))["comments"]
            found = [comment for comment in comments if comment["author_id"] == BOT_ID and comment["public"]]
            return found if len(found) >= count else None

        found: list[Any] = await wait_until(enough, what=f"{count} comments of the bot")
        return found

    async def owned_by(self, conversation: str, owner: str) -> None:
        """Wait until the conversation has this owner."""

        async def owned() -> bool:
            view = await self.engine.conversations.read(conversation)
            return view is not None and view.conversation.owner == owner

        await wait_until(owned, what=f"{conversation} owned by {owner}")

    async def owner(self, conversation: str) -> str:
        """Return who owns the conversation, empty when there is none."""
        view = await self.engine.conversations.read(conversation)
        return str(view.conversation.owner) if view else ""

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

    async def comment(self, ticket_id: int | str, words: str) -> Any:
        """Return the ticket's comment that has these words, None while there is none."""
        comments = (await self.ticket(ticket_id))["comments"]
        return next((comment for comment in comments if words in comment["body"]), None)

    async def has_no_tag(self, ticket_id: int | str, tag: str) -> bool:
        """Return whether the ticket does not carry the tag."""
        return tag not in (await self.ticket(ticket_id))["tags"]

    async def settled(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until nothing waits and nothing is held; a claim that found another at work may stand for a while.

        What has just become due waits too, and what the worker has taken is held before anything shows it.
        """
        worker = self.engine.worker

        async def idle() -> bool:
            due = dict(await self.engine.client.zrange(keys.DUE, 0, -1, withscores=True))
            if not worker._stopping.is_set() and min(due.values(), default=inf) <= time() * 1000:
                return False
            busy = [conversation for conversation in due if await self._busy(conversation.decode())]
            return not busy and not worker._running

        await wait_until(idle, seconds, "an idle mailbox")

    async def _busy(self, conversation: str) -> bool:
        client = self.engine.client
        waiting = await client.llen(keys.inbox(conversation)) + await client.llen(keys.outbox(conversation))
        return bool(waiting or await client.hget(keys.state(conversation), "owner"))

    async def passes(self, seconds: float) -> None:
        """Time goes by, for both vendors, for the bot and for what is due, once nothing is left to do."""
        await self.quiet()
        self.clock.advance(seconds)
        for conversation in await self.engine.client.zrange(keys.DUE, 0, -1):
            await self.engine.client.zincrby(keys.DUE, -seconds * 1000, conversation)

    async def next_second(self, stamp: str) -> None:
        """Wait until what changes from now on has a later stamp."""
        since = datetime.fromisoformat(stamp).timestamp()
        await wait_until(lambda: time() >= since + 1, what="the next second")

    async def delivered(self) -> None:
        """Wait until all that was said has reached the bot."""

        async def arrived() -> bool:
            return not (await self._delivered())[0]

        await wait_until(arrived, what="deliveries")

    async def quiet(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until everything that was said has been delivered, and everything that follows from it was done."""

        async def still() -> bool:
            before = await self._delivered()
            await self.settled(seconds)
            after = await self._delivered()
            return before == after and not after[0]

        await wait_until(still, seconds, "quiet")

    async def _delivered(self) -> tuple[int, int]:
        """How many events are on their way, and how many have arrived."""
        deliveries = (await self.http.get(f"{self.page}/_sandbox/deliveries")).json()
        return deliveries["pending"], len(deliveries["log"])


def said(message: Any) -> str:
    """Return what a message shows: its text, or the text of its blocks."""
    if message["text"] and message["format"] == "markdown":
        return str(message["text"])
    blocks = [block.get("text", "") for block in message["blocks"] or () if block["type"] in {"markdown", "section"}]
    texts = [text if isinstance(text, str) else text.get("text", "") for text in blocks]
    return "\n".join(texts) or str(message["text"])


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
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=20, mounts=seats))
        stage = Stage(page, bot, engine, http, log, clock)
        if connect:
            await stage.connect()
        yield stage
        await _was_proper(stage, options)


async def _port_before(redis_url: str) -> int:
    """Return where the account that the store belongs to was: a story's next stage is a restart. 0: it is the first."""
    client = connect(redis_url)
    try:
        owner = await client.get(keys.owner(Origin.ZENDESK))
    finally:
        await client.aclose()
    return httpx.URL(owner.decode()).port or 0 if owner else 0


async def _close_together(*servers: AsyncExitStack) -> None:
    """A server takes its time to stop; two stop in the time of one."""
    await asyncio.gather(*[server.aclose() for server in servers])


async def _was_proper(stage: Stage, options: SandboxOptions) -> None:
    await stage.control("faults", {})
    requests = [*await stage.requests("slack"), *await stage.requests("zendesk")]
    assert misunderstood(requests) == []
    secrets = (options.slack_token, options.slack_signing_secret, options.zendesk_client_secret)
    assert leaks(stage.log.getvalue(), await stage.state(), secrets) == []
