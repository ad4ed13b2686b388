"""An engine in this process, on a Redis of its own, with a model that answers at once: what a turn costs by itself."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from agents import Agent, Model, ModelResponse, ModelSettings, RunConfig, Runner, Usage
from agents.extensions.memory import RedisSession
from agents.items import TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ResponseError

from bot.app.container import Engine, open_engine
from bot.app.settings import Settings
from bot.desk.tools.tool_context import ToolContext
from bot.domain.conversation import Conversation
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId, Origin, origin_of
from bot.domain.transcript import Entry, Role
from bot.runtime.worker import Worker
from bot.store import keys
from bot.store.codec import dump
from bot.store.embedded import EmbeddedRedis
from bot.telemetry import log
from bot.turn.agent import specialists
from bot.turn.context import FixedClock
from integrations.models import ModelClients
from tests.bench.baseline_bot import INSTRUCTIONS, TTL_SECONDS
from tests.bench.environment import patient_desk
from tests.bench.fake_vendors import StandIn, Wire
from tests.bench.slack_lines import SECRET, TEAM

ASKED = ("My parcel has not come yet, and its tracking page says the same for three days now. What can I do? " * 3)[
    :300
]
ANSWER = ("It left the depot this morning and will be with you tomorrow before noon; you get a message then. " * 3)[
    :280
]
"""With what the SDK writes around them, items of 380 bytes on average."""


class Instant(Model):
    """Answers the same words at once, whole or streamed, and notes when it was asked.

    Attributes:
        calls: tools that it calls first, all at once and without arguments.
    """

    def __init__(self) -> None:
        self.calls: tuple[str, ...] = ()
        self._asked_at: list[float] = []

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Return the answer."""
        self._asked_at.append(perf_counter())
        return ModelResponse(
            output=self._output(named.get("input") or given[1]), usage=Usage(requests=1), response_id=None
        )

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Yield the answer's end; what its pieces cost is measured over HTTP."""
        self._asked_at.append(perf_counter())
        response = Response(
            id="resp_1",
            created_at=0,
            model="instant",
            object="response",
            output=self._output(named.get("input") or given[1]),
            parallel_tool_calls=False,
            tool_choice="auto",
            tools=[],
        )
        yield ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)

    def _output(self, said: Any) -> list[Any]:
        is_new = isinstance(said, str) or said[-1].get("type") != "function_call_output"
        if not (self.calls and is_new):
            return [_answer()]
        return [
            ResponseFunctionToolCall(type="function_call", call_id=f"call_{uuid4().hex}", name=name, arguments="{}")
            for name in self.calls
        ]

    def gaps(self, turns: int) -> list[float]:
        """Return the seconds from each turn's first question to the next one's, and forget them.

        Raises:
            RuntimeError: not every turn asked equally often.
        """
        times, self._asked_at = self._asked_at, []
        each, rest = divmod(len(times), turns)
        if rest or not each:
            raise RuntimeError(f"the model was asked {len(times)} times in {turns} turns")
        return [later - earlier for earlier, later in pairwise(times[::each])]


def _answer() -> ResponseOutputMessage:
    text = ResponseOutputText(text=ANSWER, type="output_text", annotations=[], logprobs=[])
    return ResponseOutputMessage(id="msg_1", type="message", role="assistant", status="completed", content=[text])


@dataclass
class Inside:
    """The engine, its model, and the SDK's own way beside it on the same Redis."""

    engine: Engine
    model: Instant
    made: int = 0

    async def conversations(
        self, count: int, history: int, surface: Origin = Origin.CHAT, specialist: str = ""
    ) -> list[str]:
        """Return new conversations that hold `history` items each, as turns would have left them.

        Args:
            specialist: who has them; empty for who takes a new one.
        """
        entries = [entry.dump() for entry in _past(history)]
        named = [self._name(number, surface) for number in range(self.made, self.made + count)]
        self.made += count
        pipe = self.engine.client.pipeline(transaction=False)
        for name in named if entries else ():
            pipe.rpush(keys.items(name), *entries)
            if specialist:
                pipe.hset(keys.state(name), "state", dump(Conversation(ConversationId(name), specialist=specialist)))
        await pipe.execute()
        return named

    @staticmethod
    def _name(number: int, surface: Origin) -> str:
        if surface is Origin.CHAT:
            return ConversationId.of_chat("bench", str(number))
        return f"slack:{TEAM}:C{number:05d}:1900000000.{number:06d}"

    async def say(self, conversations: Sequence[str], line: int = 0) -> None:
        """Let the customer of each write a line."""
        for name in conversations:
            surface = origin_of(name)
            author = f"{name}:author" if surface is Origin.CHAT else f"slack:{TEAM}:U{name[-6:]}"
            message = CustomerMessage(
                id=f"{name}:{line}",
                conversation=ConversationId(name),
                author=Author(AuthorId(author), "Robin"),
                text=ASKED,
                at=self.engine.clock.now(),
                surface=surface,
            )
            await self.engine.inbox.accept(message, at_once=True)

    async def answer_all(self) -> None:
        """Take one turn after the other until none waits."""
        worker = Worker(self.engine.worker._deps, concurrency=1, hold_seconds=30, per_minute=100_000)
        while not await worker._claim():
            pass

    async def sessions(self, count: int, history: int) -> list[RedisSession]:
        """Return sessions of the SDK's own that hold `history` items each."""
        items = [item for entry in _past(history) for item in entry.items]
        made = []
        for _ in range(count):
            self.made += 1
            session = RedisSession(f"session-{self.made}", redis_client=self.engine.client, ttl=TTL_SECONDS)
            if items:
                await session.add_items([dict(item) for item in items])  # type: ignore[misc]
            made.append(session)
        return made

    async def run_all(self, sessions: Sequence[RedisSession], *, specialist: str = "") -> None:
        """Let the SDK answer a line in each.

        Args:
            specialist: which of the desk's answers, empty for the agent of the afternoon bot.
        """
        models = specialists.SpecialistModels(self.model, self.model, ModelSettings())
        agent: Agent[Any] = Agent(name="Acme Store", instructions=INSTRUCTIONS, model=self.model)
        if specialist:
            agent = specialists.build_agents(self.engine.desk, models)[specialist]
        for session in sessions:
            await Runner.run(
                agent,
                ASKED,
                session=session,
                context=self._context() if specialist else None,
                run_config=RunConfig(tracing_disabled=True),
            )

    def _context(self) -> ToolContext:
        desk, now = self.engine.desk, FixedClock(self.engine.clock.now())
        return ToolContext(None, "Robin", self.engine.data, desk.knowledge, now, desk.policy.limits)

    async def store_more(self, count: int) -> None:
        """Fill the store up to so many conversations, each with ten items."""
        [model] = await self.conversations(1, 10)
        await self.say([model])
        await self.answer_all()
        self.model.gaps(1)
        kept = [name async for name in self.engine.client.scan_iter(match=f"*{{{model}}}*")]
        pipe = self.engine.client.pipeline(transaction=False)
        for number in range(self.made, count):
            for name in kept:
                pipe.copy(name, name.decode().replace(model, f"{model}-{number}"))
            if number % 1000 == 0:
                await pipe.execute()
        await pipe.execute()
        self.made = max(self.made, count)
        await self.redis_settled()

    async def redis_settled(self) -> None:
        """Wait until Redis has written its file anew, and moved its keys into larger tables: both make a turn dearer.

        When the number of keys has doubled, every command moves a few of them for some minutes. A server that does not
        tell (`enable-debug-command` of Redis 7) is given no time for it.
        """
        client = self.engine.client
        while (await client.info("persistence"))["aof_rewrite_in_progress"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await client.config_set("hz", 500)  # how often it moves some while nobody asks for anything
        with suppress(ResponseError):
            while b"rehashing" in (await client.execute_command("DEBUG", "HTSTATS", "0")).lower():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await client.config_set("hz", 10)

    async def memory(self, conversation: str) -> dict[str, int]:
        """Return the bytes that each part of a conversation takes in Redis."""
        found = [name async for name in self.engine.client.scan_iter(match=f"*{{{conversation}}}*", count=10_000)]
        sizes = [await self.engine.client.memory_usage(name, samples=0) for name in found]
        return {name.decode().rpartition(":")[2]: size for name, size in zip(found, sizes, strict=True)}


def _past(count: int) -> Iterator[Entry]:
    """Lines and answers in turns, as a turn stores them."""
    item = _answer().model_dump(mode="json", exclude_unset=True, by_alias=True)
    for number in range(count):
        if number % 2:
            yield Entry(Role.ASSISTANT, ANSWER, 1_900_000_000.0, "orders", items=(item,))
        else:
            said = {"role": "user", "content": ASKED}
            yield Entry(Role.USER, ASKED, 1_900_000_000.0, "", AuthorId("chat:bench:1:author"), "Robin", (said,))


@contextmanager
def round_trips() -> Iterator[list[int]]:
    """Count the writes to Redis in the body; each waits for its answer."""
    seen: list[int] = []
    send = AbstractConnection.send_packed_command

    async def counted(connection: Any, *given: Any, **named: Any) -> None:
        seen.append(1)
        await send(connection, *given, **named)

    with patch.object(AbstractConnection, "send_packed_command", counted):
        yield seen


@asynccontextmanager
async def inside() -> AsyncIterator[Inside]:
    """Yield an engine whose Slack is a stand-in in this process; its log is on, and every model call is paid."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        log.set_up(stream=io.StringIO())
        redis = EmbeddedRedis(Path(folder) / "data")
        redis.start()
        slack = await asyncio.get_running_loop().create_server(partial(Wire, StandIn().route), "127.0.0.1", 0)
        model = Instant()
        settings = Settings(
            redis_url=redis.url,
            frontdesk_data_dir=Path(folder) / "data",
            frontdesk_desk=str(patient_desk(Path(folder))),
            frontdesk_model="stand-in",
            openai_api_key="none",
            slack_bot_token="xoxb-bench",
            slack_signing_secret=SECRET,
            slack_api_url=f"http://127.0.0.1:{slack.sockets[0].getsockname()[1]}/slack/api/",
            _env_file=None,
        )
        try:
            async with slack:
                with patch(
                    "bot.app.container.create_models", lambda *_, **__: ModelClients(model, model, ModelSettings())
                ):
                    async with open_engine(settings) as engine:
                        yield Inside(engine, model)
        finally:
            redis.close()
