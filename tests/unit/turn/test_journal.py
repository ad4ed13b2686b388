"""A turn that is taken again asks nothing twice: journaled models and tools, and the store behind them."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from agents import Agent, RunConfig, RunContextWrapper, Runner, function_tool
from agents.items import TResponseInputItem
from agents.testing import ScriptedModel, assistant_message, function_call

from bot.desk.knowledge.search import Knowledge
from bot.desk.tools.context import Context
from bot.desk.tools.tool_context import ToolContext
from bot.domain.errors import LeaseLost
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.store import keys
from bot.store.queue.due import DueQueue
from bot.store.queue.held import Held
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.run_journal import TurnJournal
from bot.store.redis import Client, Scripts
from bot.turn.agent.journal import JournaledModel, journaled, journaled_tool
from bot.turn.agent.session import TurnSession
from tests.doubles.clock import ManualClock

CONVERSATION = ConversationId("slack:T1:C1:1.0")


@dataclass
class Notebook:
    """A journal in memory."""

    kept: dict[str, str] = field(default_factory=dict)

    @property
    def holds_something(self) -> bool:
        return bool(self.kept)

    async def recall(self, key: str) -> str | None:
        return self.kept.get(key)

    async def record(self, key: str, value: str) -> None:
        self.kept[key] = value


@dataclass
class Attempt:
    """One attempt of a turn: a model with a script, and what its two tools were called with."""

    steps: list[Any]
    looked_up: list[str] = field(default_factory=list)

    async def take(self, notebook: Notebook, *, streamed: bool) -> list[TResponseInputItem]:
        """Run it; return the session's items."""
        looked_up = self.looked_up

        @function_tool
        def look_up(order: str) -> str:
            """Look an order up."""
            looked_up.append(order)
            return f"{order} is on its way"

        model = ScriptedModel(self.steps, emit_traces=False)
        agent: Agent[ToolContext] = Agent("orders", tools=[journaled_tool(look_up)], model=JournaledModel(model))
        session = TurnSession(CONVERSATION, [])
        context = ToolContext(None, "Sarah", None, Knowledge([]), ManualClock())
        quiet = RunConfig(tracing_disabled=True)
        with journaled(notebook):
            if streamed:
                result = Runner.run_streamed(agent, "where?", session=session, context=context, run_config=quiet)
                async for _ in result.stream_events():
                    pass
            else:
                await Runner.run(agent, "where?", session=session, context=context, run_config=quiet)
        return await session.get_items()


def two_calls() -> list[Any]:
    """Two tools in parallel, then an answer."""
    calls = [
        function_call("look_up", {"order": "A1"}, call_id="c1"),
        function_call("look_up", {"order": "A2"}, call_id="c2"),
    ]
    return [calls, [assistant_message("Both are on their way.")]]


async def test_a_retaken_turn_asks_nothing_it_has_already() -> None:
    notebook = Notebook()
    first = Attempt(two_calls())
    items = await first.take(notebook, streamed=False)

    second = Attempt([])
    again = await second.take(notebook, streamed=False)

    assert sorted(first.looked_up) == ["A1", "A2"]
    assert second.looked_up == []
    assert again == items


async def test_a_streamed_text_that_ends_the_run_is_asked_again_and_nothing_before_it() -> None:
    notebook = Notebook()
    await Attempt(two_calls()).take(notebook, streamed=True)
    recorded = dict(notebook.kept)

    second = Attempt([[assistant_message("They are on their way, both.")]])
    items = await second.take(notebook, streamed=True)

    assert second.looked_up == []
    assert "They are on their way, both." in str(items[-1])
    assert notebook.kept == recorded
    assert sorted(key.partition(":")[0] for key in recorded) == ["model", "tool", "tool"]


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_retaken_turn_goes_on_live_from_where_the_dead_one_was(streamed: bool) -> None:
    notebook = Notebook()
    dead = Attempt([two_calls()[0], asyncio.CancelledError()])
    with pytest.raises((asyncio.CancelledError, Exception)):
        await dead.take(notebook, streamed=streamed)

    second = Attempt([two_calls()[1]])
    items = await second.take(notebook, streamed=streamed)

    assert second.looked_up == []
    assert "Both are on their way." in str(items[-1])


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_record_of_a_server_that_leaves_fields_out_is_asked_for_again(streamed: bool) -> None:
    notebook = Notebook()
    await Attempt(two_calls()).take(notebook, streamed=streamed)
    for key in [key for key in notebook.kept if key.startswith("model:")]:
        notebook.kept[key] = '{"id": "resp_1", "usage": {"input_tokens": 5}}'
    again = await Attempt(two_calls()).take(notebook, streamed=streamed)
    assert "Both are on their way." in str(again[-1])


async def test_a_changed_prompt_misses() -> None:
    notebook = Notebook()
    await Attempt([[assistant_message("one")]]).take(notebook, streamed=False)
    [key] = notebook.kept
    notebook.kept = {f"{key[:-1]}!": notebook.kept[key]}

    items = await Attempt([[assistant_message("two")]]).take(notebook, streamed=False)

    assert "two" in str(items[-1])


async def test_what_leaves_something_in_the_run_is_run_again() -> None:
    @function_tool
    def ask_for_human(context: RunContextWrapper[ToolContext]) -> str:
        """Ask for a human."""
        context.context.handover.ask("too hard")
        return "asked"

    notebook = Notebook()
    handovers = []
    for _ in range(2):
        steps: list[Any] = [
            [function_call("ask_for_human", {}, call_id="c1")],
            [assistant_message("A colleague comes.")],
        ]
        agent: Agent[ToolContext] = Agent(
            "faq", tools=[journaled_tool(ask_for_human)], model=JournaledModel(ScriptedModel(steps, emit_traces=False))
        )
        context = ToolContext(None, "Sarah", None, Knowledge([]), ManualClock())
        with journaled(notebook):
            await Runner.run(agent, "help", context=context, run_config=RunConfig(tracing_disabled=True))
        handovers.append(context.handover.reason)

    assert handovers == ["too hard", "too hard"]


class Table(Context):
    """What a desk keeps."""

    seats: int = 0


async def test_a_tool_that_notes_something_for_later_turns_runs_again() -> None:
    @function_tool
    def reserve(context: RunContextWrapper[ToolContext]) -> str:
        """Reserve."""
        context.context.kept = Table(seats=4)
        return "reserved"

    notebook = Notebook()
    kept = []
    for _ in range(2):
        steps: list[Any] = [[function_call("reserve", {}, call_id="c1")], [assistant_message("Four seats.")]]
        agent: Agent[ToolContext] = Agent(
            "faq", tools=[journaled_tool(reserve)], model=JournaledModel(ScriptedModel(steps, emit_traces=False))
        )
        context = ToolContext(None, "Sarah", None, Knowledge([]), ManualClock(), kept=Table())
        with journaled(notebook):
            await Runner.run(agent, "help", context=context, run_config=RunConfig(tracing_disabled=True))
        kept.append(context.kept)

    assert kept == [Table(seats=4), Table(seats=4)]


async def test_a_response_with_calls_is_recorded_before_its_end_is_passed_on() -> None:
    notebook = Notebook()
    model = JournaledModel(ScriptedModel([[function_call("look_up", {}, call_id="c1")]], emit_traces=False))
    tool = function_tool(lambda: "found", name_override="look_up")
    agent = Agent[None]("faq", model=model, tools=[tool], tool_use_behavior="stop_on_first_tool")
    with journaled(notebook):
        result = Runner.run_streamed(agent, "hi", run_config=RunConfig(tracing_disabled=True))
        recorded = [
            len(notebook.kept)
            async for event in result.stream_events()
            if event.type == "raw_response_event" and event.data.type == "response.completed"
        ]

    assert recorded == [1]


# ── the store ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Room:
    """One conversation with a waiting line, and its workers."""

    scripts: Scripts
    outbox: Outbox
    inbox: Inbox
    due: DueQueue

    async def hold(self, owner: str) -> Held:
        leases = Leases(self.scripts, self.due, ManualClock(), owner=owner, seconds=30, hold=30, newest=10)
        held = await leases.acquire(CONVERSATION)
        assert isinstance(held, Held)
        return held

    def journal(self, held: Held) -> TurnJournal:
        return TurnJournal(self.scripts, held, ttl=60)


@pytest.fixture
async def room(scripts: Scripts) -> Room:
    due = DueQueue(scripts, debounce=0)
    made = Room(scripts, Outbox(scripts, ttl=60), Inbox(scripts, due, ttl=60, debounce=0), due)
    await made.inbox.accept(CustomerMessage("m1", CONVERSATION, Author(AuthorId("slack:T1:U1")), "hi"))
    return made


async def test_the_next_attempt_finds_what_the_dead_one_recorded(room: Room) -> None:
    await room.journal(await room.hold("w1")).record("model:1", "hello")

    second = room.journal(await room.hold("w1"))

    assert (await second.recall("model:1"), await second.recall("model:2")) == ("hello", None)


async def test_a_worker_that_lost_its_lease_records_nothing(room: Room, redis: Client) -> None:
    zombie = room.journal(await room.hold("w1"))
    await redis.hset(keys.state(CONVERSATION), "until", 0)
    successor = room.journal(await room.hold("w2"))

    with pytest.raises(LeaseLost):
        await zombie.record("model:1", "hello")

    assert await successor.recall("model:1") is None


async def test_the_commit_forgets_the_journal(room: Room, redis: Client) -> None:
    held = await room.hold("w1")
    await room.journal(held).record("model:1", "hello")

    await room.outbox.commit(held, held.conversation, consumed=1)

    assert not await redis.exists(keys.journal(CONVERSATION))
