"""A specialist's first answer is asked for without the SDK's loop: nobody can tell which of the two it came through."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from agents import Agent, RunContextWrapper, function_tool, handoff
from agents.testing import ModelCall, ScriptedModel, assistant_message, function_call
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFailedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseReasoningItem,
)

from bot.desk import Knowledge, ToolContext
from bot.domain.errors import AgentError
from bot.domain.ids import AuthorId
from bot.domain.ports.plain_channel import NoPreview
from bot.domain.transcript import Entry, Role
from bot.turn.agent.first_answer import FirstAnswer
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.agent.runner import Run, run_specialist
from bot.turn.agent.session import TurnSession, model_history, said_by_bot, said_by_customer
from bot.turn.audit import AuditHooks
from bot.turn.output_checks.filter import Speech
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock

LONG = "Your parcel left our depot. It is on its way to you. It comes tomorrow. You get a message then."


@pytest.fixture(params=["asked directly", "asked by the loop"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Take both ways: where no answer counts as a plain text, the loop makes every run of it."""
    if request.param == "asked by the loop":
        monkeypatch.setattr(FirstAnswer, "text", ())
    return str(request.param)


class Shown(NoPreview):
    """What the customer saw."""

    is_seen = True

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def text(self, markdown: str) -> None:
        self.texts.append(markdown)


@dataclass
class Told:
    """A specialist with a tool, another one to transfer to, and what came of their run."""

    steps: Sequence[Any]
    history: Sequence[Entry] = ()
    looked_up: list[str] = field(default_factory=list)
    shown: Shown = field(default_factory=Shown)
    watch: AuditHooks = field(default_factory=AuditHooks)
    calls: Sequence[ModelCall] = ()

    async def run(self) -> Run:
        """Let them answer."""
        looked_up = self.looked_up

        @function_tool
        def look_up(order: str) -> str:
            """Look an order up."""
            looked_up.append(order)
            return f"{order} is on its way"

        @function_tool(is_enabled=lambda context, _agent: context.context.can_prove)
        def prove() -> str:
            """Not for everybody."""
            return ""

        def who(context: RunContextWrapper[ToolContext], agent: Agent[Any]) -> str:
            return f"You are {agent.name} and talk to {context.context.author_name}."

        model = ScriptedModel(self.steps, emit_traces=False)
        faq: Agent[ToolContext] = Agent("faq", instructions="Answer.", model=model)
        orders: Agent[ToolContext] = Agent(
            "orders", instructions=who, model=model, tools=[look_up, prove], handoffs=[handoff(faq)]
        )
        context = ToolContext(None, "Sarah", None, Knowledge([]), ManualClock())
        session = TurnSession("slack:T1:C1:1.0", model_history(self.history, ""))
        said, preview = said_by_customer("where is A1?"), PreviewBuffer(self.shown)
        try:
            return await run_specialist(
                {"orders": orders, "faq": faq}, "orders", said, session, context, preview, Speech(), 1.0, self.watch
            )
        finally:
            await preview.settle()
            self.calls = model.calls


def thought(name: str) -> ResponseReasoningItem:
    return ResponseReasoningItem(id=name, type="reasoning", summary=[])


@pytest.mark.usefixtures("way")
async def test_a_text_is_the_answer() -> None:
    told = Told([[thought("rs_1"), assistant_message(LONG)]])

    run = await told.run()

    assert (run.text, run.specialist) == (LONG, "orders")
    assert [entry.role for entry in run.entries] == [Role.REASONING, Role.ASSISTANT]
    assert run.entries[1].items[0]["content"][0]["text"] == LONG
    assert LONG.startswith("".join(told.shown.texts))
    assert len(told.calls) == 1


@pytest.mark.usefixtures("way")
async def test_a_call_is_made_once_and_asked_for_once() -> None:
    told = Told([[function_call("look_up", {"order": "A1"}, call_id="c1")], [assistant_message("On its way.")]])

    run = await told.run()

    assert (run.text, told.looked_up) == ("On its way.", ["A1"])
    assert [entry.role for entry in run.entries] == [Role.TOOL_CALL, Role.TOOL_OUTPUT, Role.ASSISTANT]
    assert [event.details["tool"] for event in told.watch.events] == ["look_up"]
    assert len(told.calls) == 2


@pytest.mark.usefixtures("way")
async def test_a_transfer_brings_the_other_specialist() -> None:
    told = Told([[function_call("transfer_to_faq", {}, call_id="c1")], [assistant_message("Ask away.")]])

    run = await told.run()

    assert (run.text, run.specialist) == ("Ask away.", "faq")
    assert [entry.text for entry in run.entries] == ["orders → faq", "Ask away."]
    assert [call.system_instructions for call in told.calls] == ["You are orders and talk to Sarah.", "Answer."]


@pytest.mark.usefixtures("way")
async def test_words_beside_a_call_are_kept_with_it() -> None:
    both = [assistant_message("Let me look."), function_call("look_up", {"order": "A1"}, call_id="c1")]
    told = Told([both, [assistant_message("On its way.")]])

    run = await told.run()

    assert run.text == "On its way."
    assert run.entries[0].text == "Let me look."
    assert told.shown.texts in ([], ["On its way."])


def refusal() -> ResponseOutputMessage:
    part = ResponseOutputRefusal(type="refusal", refusal="I cannot help with that.")
    return ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[part])


def response(status: Any, output: Sequence[Any] = ()) -> Response:
    return Response(
        id="r",
        created_at=0,
        model="m",
        object="response",
        output=list(output),
        parallel_tool_calls=False,
        tool_choice="auto",
        tools=[],
        status=status,
    )


def streamed(*events: Any) -> dict[str, Any]:
    return {"stream_events": events}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "step",
    [
        [refusal()],
        [],
        [thought("rs_1")],
        streamed(ResponseFailedEvent(type="response.failed", response=response("failed"), sequence_number=0)),
        streamed(),
        TimeoutError(),
    ],
    ids=["refused", "silent", "thoughts alone", "failed", "broken off", "too late"],
)
async def test_what_is_no_answer_is_a_fault_and_not_asked_again(step: Any) -> None:
    told = Told([step])

    with pytest.raises(AgentError):
        await told.run()

    assert len(told.calls) == 1


@pytest.mark.usefixtures("way")
async def test_a_server_that_leaves_its_end_empty_is_taken_by_its_pieces() -> None:
    said = assistant_message("On its way.")
    piece = ResponseOutputItemDoneEvent(type="response.output_item.done", item=said, output_index=0, sequence_number=0)
    end = ResponseCompletedEvent(type="response.completed", response=response("completed"), sequence_number=1)

    assert (await Told([streamed(piece, end)]).run()).text == "On its way."


def call(name: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": name, "name": "look_up", "arguments": "{}", "id": f"fc_{name}"}


def output(name: str, text: str = "found") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": name, "output": text}


def reasoning(name: str) -> dict[str, Any]:
    return {"type": "reasoning", "id": name, "summary": []}


def asked(*items: Any) -> list[Entry]:
    first = Entry(Role.USER, "hi", 1.0, author=AuthorId("slack:T1:U1"), items=(dict(said_by_customer("hi")),))
    return [first, *[Entry(Role.TOOL_CALL, "", 1.0, items=(item,)) for item in items]]


HISTORIES: dict[str, Callable[[], list[Entry]]] = {
    "none": list,
    "words": lambda: [*asked(), Entry(Role.ASSISTANT, "hello", 1.0, items=(dict(said_by_bot("hello")),))],
    "a pair": lambda: asked(reasoning("rs_1"), call("c1"), output("c1"), said_by_bot("found it")),
    "a call without an output": lambda: asked(reasoning("rs_1"), call("c1"), said_by_bot("hm")),
    "an output without a call": lambda: asked(output("c1"), said_by_bot("hm")),
    "thoughts before thoughts": lambda: asked(reasoning("rs_1"), reasoning("rs_2"), call("c1"), said_by_bot("hm")),
    "one id twice": lambda: asked(call("c1"), output("c1", "old"), said_by_bot("a"), call("c1"), output("c1", "new")),
}


@pytest.mark.parametrize("name", HISTORIES)
async def test_the_loop_would_have_asked_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [[assistant_message("hello")]]
    ours, theirs = Told(answer, HISTORIES[name]()), Told(answer, HISTORIES[name]())
    await ours.run()

    async def unasked(agent: Any, *_: Any) -> FirstAnswer:
        return FirstAnswer(agent, ())

    monkeypatch.setattr("bot.turn.agent.runner.ask", unasked)
    monkeypatch.setattr(FirstAnswer, "known_to", lambda self: self.agent)
    await theirs.run()

    [mine], [loops] = ours.calls, theirs.calls
    assert _question(mine) == _question(loops)


def _question(asked: ModelCall) -> Any:
    return (
        asked.system_instructions,
        asked.input,
        asked.model_settings,
        [tool.name for tool in asked.tools],
        [each.tool_name for each in asked.handoffs],
        asked.output_schema,
        asked.previous_response_id,
        asked.conversation_id,
        asked.prompt,
    )


class Statuses(NoPreview):
    """The status lines that a customer saw."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def status(self, text: str) -> None:
        self.lines.append(text)


async def test_a_model_that_answers_at_once_is_shown_without_a_status_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turn.agent.preview.AT_ONCE", 3_600.0)
    shown = Statuses()
    preview = PreviewBuffer(shown)

    await preview.status("status.thinking")
    await preview.settle()

    assert shown.lines == []


async def test_a_model_that_takes_its_time_is_shown_with_one() -> None:
    shown = Statuses()
    preview = PreviewBuffer(shown)

    await preview.status("status.thinking")
    await wait_until(lambda: bool(shown.lines))
    await preview.settle()

    assert len(shown.lines) == 1


class Costly(Shown):
    """A vendor's preview."""

    is_costly = True


async def test_an_answer_that_is_soon_whole_is_not_begun_at_a_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turn.agent.preview.WHOLE_SOON", 3_600.0)
    shown = Costly()
    preview = PreviewBuffer(shown)

    await preview.text("It comes tomorrow. ")
    await asyncio.sleep(0)
    await preview.settle()

    assert shown.texts == []


async def test_an_answer_that_takes_its_time_is_shown_from_its_beginning() -> None:
    shown = Costly()
    preview = PreviewBuffer(shown)

    await preview.text("It comes ")
    await preview.text("tomorrow. ")
    await wait_until(lambda: bool(shown.texts))
    await preview.text("Before noon.")
    await wait_until(lambda: len(shown.texts) > 1)
    await preview.settle()

    assert shown.texts == ["It comes tomorrow. ", "Before noon."]
