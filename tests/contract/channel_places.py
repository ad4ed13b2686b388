"""Where the contract of a `Channel` is tried: the simulated vendor with the real adapter, and the double in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.conversation import Conversation
from bot.domain.errors import TemporaryFailure, UnknownOutcome
from bot.domain.events import File, InboundMessage
from bot.domain.ports import Channel
from tests.contract.slack.slack_contract import load_reference, problems
from tests.contract.slack.slack_fixtures import World, attached, slack_world
from tests.doubles.channel import InMemoryChannel
from tests.doubles.clock import ManualClock
from tests.doubles.workspace import Post, Workspace


@dataclass(frozen=True)
class Seen:
    """A message of the bot's as people see it."""

    ts: str
    text: str
    name: str = ""
    buttons: Sequence[str] = ()
    files: Sequence[str] = ()


class Place(Protocol):
    """A workspace and the adapter to it."""

    channel: Channel
    clock: ManualClock

    async def writes(
        self, user: str, channel: str, text: str, thread_ts: str = "", attach: tuple[str, bytes] | None = None
    ) -> tuple[Conversation, InboundMessage]:
        """Let a person write; return the line's conversation and message."""

    async def seen(self, channel: str, thread_ts: str) -> list[Seen]:
        """Return what the bot said in a thread; of a channel itself where no thread is named."""

    async def heard_alone(self, user: str) -> list[str]:
        """Return what one person was told, and nobody else saw."""

    async def lose_answer(self) -> None:
        """Let the next message be posted, and nobody hear of it."""

    async def break_off(self) -> None:
        """Let the next message come to nothing, and nobody hear of that."""

    async def limit(self, seconds: float) -> None:
        """Let the next message be put off."""

    def another_process(self) -> Channel:
        """Return an adapter that knows nothing of what the first one did."""

    async def file_of(self, message: InboundMessage) -> File:
        """Return the one file of a line."""


class SlackPlace:
    """The real adapter, on the simulated workspace."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.channel: Channel = world.chat
        self.clock = world.clock

    async def writes(
        self, user: str, channel: str, text: str, thread_ts: str = "", attach: tuple[str, bytes] | None = None
    ) -> tuple[Conversation, InboundMessage]:
        more = {"thread_ts": thread_ts} if thread_ts else {}
        files = {"files": [attached(*attach)]} if attach else {}
        return await self.world.post(user, channel, text, **more, **files)

    async def seen(self, channel: str, thread_ts: str) -> list[Seen]:
        found = [one for one in (await self.world.state())["messages"] if one["channel"] == channel]
        own = [one for one in found if one["user"] == "U0BOT" and thread_ts in {"", one["thread_ts"]}]
        return [self._seen(one) for one in own]

    async def heard_alone(self, user: str) -> list[str]:
        return [one["text"] for one in (await self.world.state())["messages"] if one["ephemeral_for"] == user]

    async def lose_answer(self) -> None:
        await self.world.fault("chat.postMessage", "lost_answer")

    async def break_off(self) -> None:
        await self.world.fault("chat.postMessage", "reset")

    async def limit(self, seconds: float) -> None:
        await self.world.fault("chat.postMessage", "429", retry_after=seconds)

    def another_process(self) -> Channel:
        return self.world.another_process()

    async def file_of(self, message: InboundMessage) -> File:
        ts = message.id.rpartition(":")[2]
        [file] = [file for one in (await self.world.state())["messages"] if one["ts"] == ts for file in one["files"]]
        return File(file["id"], file["name"])

    def _seen(self, message: dict[str, Any]) -> Seen:
        blocks = message["blocks"] or ()
        shown = [block["text"] for block in blocks if block["type"] == "markdown"]
        name, text = _speaker(str(shown[0] if shown else message["text"]))
        rows = [block["elements"] for block in blocks if block["type"] == "actions"]
        buttons = [button["action_id"] for row in rows for button in row]
        files = [file["name"] for file in message["files"]]
        return Seen(str(message["ts"]), text, name, buttons, files)


class MemoryPlace:
    """The double."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.workspace = Workspace(self.clock)
        self.channel: Channel = InMemoryChannel(self.workspace)

    async def writes(
        self, user: str, channel: str, text: str, thread_ts: str = "", attach: tuple[str, bytes] | None = None
    ) -> tuple[Conversation, InboundMessage]:
        return self.workspace.writes(user, channel, text, thread_ts, [attach] if attach else ())

    async def seen(self, channel: str, thread_ts: str) -> list[Seen]:
        posts = [post for post in self.workspace.posts if post.channel == channel and post.user == "U0BOT"]
        return [self._seen(post) for post in posts if thread_ts in {"", post.thread_ts}]

    async def heard_alone(self, user: str) -> list[str]:
        return [text for _, reader, text in self.workspace.whispers if reader == user]

    async def lose_answer(self) -> None:
        self.workspace.failures.lose_answer("reply")

    async def break_off(self) -> None:
        self.workspace.failures.refuse("reply", UnknownOutcome("reset"))

    async def limit(self, seconds: float) -> None:
        self.workspace.failures.refuse("reply", TemporaryFailure("limited", seconds))

    def another_process(self) -> Channel:
        return InMemoryChannel(self.workspace)

    async def file_of(self, message: InboundMessage) -> File:
        return File(message.files[0].id, message.files[0].name)

    def _seen(self, post: Post) -> Seen:
        buttons = [button.action for button in post.buttons]
        return Seen(post.ts, post.text, post.name, buttons, [file.name for file in post.files])


@asynccontextmanager
async def open_place(name: str) -> AsyncIterator[Place]:
    """Yield a fresh workspace: `slack` or `memory`."""
    if name == "memory":
        yield MemoryPlace()
        return
    async with slack_world() as world:
        yield SlackPlace(world)
        if reference := load_reference():
            # A rule of the test may answer with any code, so only what was sent is judged here.
            assert problems(reference, [{**one, "answer": {}} for one in await world.requests()]) == []


def _speaker(text: str) -> tuple[str, str]:
    """Part a human agent's name from their words; empty where nobody is named."""
    if text.startswith("**") and ":** " in text:
        name, _, words = text.removeprefix("**").partition(":** ")
        return name, words
    return "", text
