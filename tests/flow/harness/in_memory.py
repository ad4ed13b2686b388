"""A whole Frontdesk between a channel and a help desk in memory: for stories that need no vendor and no HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from bot.app.background import UPKEEP, background
from bot.app.connectors import CONNECTORS, declare_all
from bot.app.container import open_engine
from bot.app.server import working
from bot.app.settings import Settings
from bot.domain.ids import Origin
from bot.runtime.connectors import Connector, Side, Surroundings
from integrations.slack.connector import SLACK
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.doubles.account import Account, Record
from tests.doubles.channel import InMemoryChannel
from tests.doubles.clock import ManualClock
from tests.doubles.toy_connector import MemoryDeskSide, NoValues, desk_connector
from tests.doubles.workspace import Post, Workspace
from tests.flow.harness.checks import heard, leaks
from tests.flow.harness.story import DANA_ID, SARAH_ID, Json, Story
from tests.learnt import learnt

APPROVALS = "C0APPROVE"


class WorkspaceSide(Side):
    """A workspace in memory, connected."""

    def __init__(self, workspace: Workspace) -> None:
        self.channel = InMemoryChannel(workspace)


@dataclass
class InMemoryStage(Story):
    """Customers write in the workspace, people work in the account; the bot is told as their vendors would tell it."""

    workspace: Workspace
    account: Account
    told: int = 0
    telling: set[asyncio.Task[None]] = field(default_factory=set)
    _news: "count[int]" = field(default_factory=count)

    async def state(self) -> Any:
        """Return everything that stands in the workspace and in the account, named as the sandbox names it."""
        return {
            "slack": {
                "messages": [_message(post) for post in self.workspace.posts],
                "users": [{"id": person.id, "email": person.email} for person in self.workspace.people.values()],
            },
            "zendesk": {
                "tickets": [_ticket(record) for record in self.account.records.values()],
                "users": [
                    {"id": contact.id, "name": contact.name, "email": contact.email}
                    for contact in self.account.contacts.values()
                ],
            },
        }

    async def writes(self, user: str, channel: str, text: str, thread_ts: str | None = None, **more: Any) -> str:
        """A person writes; return the message's ts."""
        assert not more, "a line with more than words needs the sandbox"
        _, message = self.workspace.writes(user, channel, text, thread_ts or "")
        await self.engine.inbox.accept(message)
        return message.id.rpartition(":")[2]

    async def opens(self, body: str, requester: int | Json = SARAH_ID, **more: Any) -> int:
        """A customer opens a ticket; return its id."""
        assert isinstance(requester, int), "somebody whom the account does not know needs the sandbox"
        name = self.account.contacts[requester].name
        return int(self.account.new_ticket(name, more.pop("subject", "A question"), body, **more))

    async def comments(self, ticket_id: int, author: int, body: str, *, public: bool = True, **more: Any) -> None:
        """Somebody writes on a ticket."""
        assert not more, "a comment with more than words needs the sandbox"
        self.account.comment(str(ticket_id), self.account.contacts[author].name, body, public=public)

    async def changes(self, ticket_id: int, actor: int = DANA_ID, **fields: Any) -> None:
        """A human agent changes a ticket's fields and tags."""
        self.account.change(str(ticket_id), self.account.contacts[actor].name, **fields)

    async def takes_all(self) -> None:
        """Nothing is limited here."""

    def hear(self, record: Record) -> None:
        """Tell the bot that a ticket has changed."""
        [side] = [side for side in self.engine.sides if isinstance(side, MemoryDeskSide)]
        telling = side.tell(self.engine.core, str(record.id), f"{record.id}:{next(self._news)}")
        task = asyncio.create_task(telling)
        self.telling.add(task)
        task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        task.result()
        self.telling.discard(task)
        self.told += 1

    async def _delivered(self) -> tuple[int, int]:
        return len(self.telling), self.told


def _message(post: Post) -> Json:
    buttons = [{"action_id": each.action, "value": each.value, "text": each.label} for each in post.buttons]
    return {
        "channel": post.channel,
        "ts": post.ts,
        "thread_ts": post.thread_ts,
        "user": post.user,
        "username": post.name,
        "text": post.text,
        "format": "markdown",
        "blocks": [{"type": "actions", "elements": buttons}] if buttons else [],
        "files": [{"id": file.id, "name": file.name} for file in post.files],
        "streaming": post.is_preview,
        "metadata": {"event_payload": {"effect_id": post.effect_id}},
    }


def _ticket(record: Record) -> Json:
    return {
        "id": record.id,
        "subject": record.subject,
        "status": record.status,
        "priority": record.priority or None,
        "group_id": record.group_id or None,
        "assignee_id": record.assignee_id or None,
        "requester_id": record.requester_id,
        "tags": list(record.tags),
        "external_id": record.external_id,
        "updated_at": record.stamp,
        "comments": [
            {"id": each.id, "author_id": each.author_id, "public": each.public, "body": each.text}
            for each in record.comments
        ],
    }


@asynccontextmanager
async def open_in_memory(redis_url: str, folder: Path, **settings: Any) -> AsyncIterator[InMemoryStage]:
    """Yield a running Frontdesk with the offline model; keyword arguments are settings.

    When the story has ended well, the log is searched for what must never stand in it.
    """
    async with open_idle(redis_url, folder, settings) as stage, working(stage.engine.worker):
        yield stage


@asynccontextmanager
async def open_idle(
    redis_url: str, folder: Path, settings: Mapping[str, Any], concurrency: int = 200
) -> AsyncIterator[InMemoryStage]:
    """Yield the same with a worker that nobody has started yet.

    Args:
        concurrency: conversations that it will work on at once.
    """
    clock = ManualClock.running()
    workspace, account = Workspace(clock), Account(clock)
    values = Settings(
        redis_url=redis_url,
        frontdesk_data_dir=folder,
        _env_file=None,
        **{
            "frontdesk_debounce_seconds": 0,
            "frontdesk_model": "offline",
            "frontdesk_approvals_channel": APPROVALS,
            **settings,
        },
    )
    await asyncio.to_thread(learnt, values.frontdesk_desk)
    connectors = [workspace_connector(workspace), desk_connector(account), *_others()]
    async with AsyncExitStack() as stack:
        log = stack.enter_context(heard())
        stack.callback(declare_all)  # the product's own connectors again
        opened = open_engine(values, concurrency=concurrency, clock=clock, connectors=connectors)
        engine = await stack.enter_async_context(opened)
        await stack.enter_async_context(background(engine, UPKEEP))
        stage = InMemoryStage(engine, log, clock, workspace, account)
        account.listeners.append(stage.hear)
        yield stage
        await wait_until(lambda: not stage.telling, PATIENCE_SECONDS, "all news told")
        assert leaks(log.getvalue(), await stage.state(), ()) == []


def workspace_connector(workspace: Workspace) -> Connector[NoValues]:
    """Return the connector of a workspace in memory."""

    def opened(_values: NoValues, _around: Surroundings) -> Side:
        return WorkspaceSide(workspace)

    return Connector(SLACK.origin, replace(SLACK.capabilities), NoValues, opened)


def _others() -> list[Connector[Any]]:
    return [connector for connector in CONNECTORS if connector.origin not in {Origin.SLACK, Origin.ZENDESK}]
