"""A specialist is asked, and its calls are made, without the SDK's loop: nobody can tell which of the two it was."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from agents import (
    Agent,
    FunctionTool,
    RunContextWrapper,
    Tool,
    ToolGuardrailFunctionOutput,
    function_tool,
    handoff,
    tool_input_guardrail,
)
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
from bot.turn.agent.direct_answer import DirectAnswer
from bot.turn.agent.preview import PreviewBuffer
from bot.turn.agent.run_loop import MODEL_CALLS
from bot.turn.agent.runner import Run, run_specialist
from bot.turn.agent.session import TurnSession, model_history, said_by_bot, said_by_customer
from bot.turn.audit import AuditHooks
from bot.turn.output_checks.filter import Speech
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock

LONG = "Your parcel left our depot. It is on its way to you. It comes tomorrow. You get a message then."


@pytest.fixture(params=["asked directly", "asked by the loop"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Take both ways: where no answer counts as a plain text or as calls, the loop makes every run of it."""
    if request.param == "asked by the loop":
        monkeypatch.setattr(DirectAnswer, "text", ())
        monkeypatch.setattr(DirectAnswer, "calls", ())
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
    more: Sequence[Tool] = ()
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

        @function_tool
        def give_up() -> str:
            """Ends the run."""
            return "given up"

        async def fail(_context: Any, _arguments: str) -> str:
            raise ValueError("broken")

        failing = FunctionTool("fail", "Fails.", {"type": "object", "properties": {}}, fail, strict_json_schema=False)

        def who(context: RunContextWrapper[ToolContext], agent: Agent[Any]) -> str:
            return f"You are {agent.name} and talk to {context.context.author_name}."

        model = ScriptedModel(self.steps, emit_traces=False)
        faq: Agent[ToolContext] = Agent("faq", instructions="Answer.", model=model)
        orders: Agent[ToolContext] = Agent(
            "orders",
            instructions=who,
            model=model,
            tools=[look_up, prove, give_up, failing, *self.more],
            handoffs=[handoff(faq)],
            tool_use_behavior={"stop_at_tool_names": ["give_up"]},
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


def look(order: str, call_id: str) -> Any:
    return function_call("look_up", {"order": order}, call_id=call_id)


@pytest.mark.usefixtures("way")
async def test_calls_of_one_answer_are_all_made_and_told_in_their_order() -> None:
    told = Told([[look("A1", "c1"), look("A2", "c2")], [look("A3", "c3")], [assistant_message("All on their way.")]])

    run = await told.run()

    assert (sorted(told.looked_up[:2]), told.looked_up[2]) == (["A1", "A2"], "A3")
    assert [entry.text for entry in run.entries] == [
        *('look_up({"order":"A1"})', 'look_up({"order":"A2"})', "A1 is on its way", "A2 is on its way"),
        *('look_up({"order":"A3"})', "A3 is on its way", "All on their way."),
    ]
    assert [event.outcome for event in told.watch.events] == ["ok", "ok", "ok"]
    assert [item.get("call_id") for item in told.calls[2].input] == [None, "c1", "c2", "c1", "c2", "c3", "c3"]


@pytest.mark.usefixtures("way")
async def test_a_transfer_after_a_call_knows_what_was_looked_up() -> None:
    transfer = function_call("transfer_to_faq", {}, call_id="c2")
    told = Told([[look("A1", "c1")], [transfer], [assistant_message("Ask away.")]])

    run = await told.run()

    assert (run.specialist, told.looked_up, len(told.calls)) == ("faq", ["A1"], 3)
    assert [entry.role for entry in run.entries] == [*CALLED, Role.TRANSFER, Role.ASSISTANT]
    assert "A1 is on its way" in [item.get("output") for item in told.calls[2].input]


CALLED = [Role.TOOL_CALL, Role.TOOL_OUTPUT]


@pytest.mark.usefixtures("way")
async def test_some_tools_end_the_run() -> None:
    told = Told([[look("A1", "c1"), function_call("give_up", {}, call_id="c2")]])

    run = await told.run()

    assert (run.text, told.looked_up, len(told.calls)) == ("given up", ["A1"], 1)


@pytest.mark.usefixtures("way")
async def test_an_unknown_tool_is_told_to_the_model() -> None:
    wrong = function_call("look_down", {}, call_id="c2")
    told = Told([[look("A1", "c1")], [wrong], [assistant_message("On its way.")]])

    run = await told.run()

    assert (run.text, told.looked_up) == ("On its way.", ["A1"])
    assert [entry.role for entry in run.entries] == [*CALLED, *CALLED, Role.ASSISTANT]
    assert "look_down" in str(told.calls[2].input[-1]["output"])


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "calls",
    [
        [look("A1", "c1"), function_call("fail", {}, call_id="c2")],
        [function_call("fail", {}, call_id="c2")],
    ],
)
async def test_a_tool_that_fails_for_good_is_a_fault(calls: list[Any]) -> None:
    with pytest.raises(AgentError, match="UserError"):
        await Told([calls]).run()


@pytest.mark.usefixtures("way")
async def test_arguments_that_do_not_fit_are_told_to_the_model() -> None:
    told = Told([[function_call("look_up", {"parcel": 1}, call_id="c1")], [assistant_message("Which order?")]])

    run = await told.run()

    assert (run.text, told.looked_up) == ("Which order?", [])
    assert "error" in run.entries[1].text


@pytest.mark.usefixtures("way")
async def test_a_call_that_comes_again_is_not_made_again() -> None:
    told = Told([[look("A1", "c1")], [look("A1", "c1")], [assistant_message("On its way.")]])

    run = await told.run()

    assert told.looked_up == ["A1"]
    assert [entry.role for entry in run.entries] == [*CALLED, Role.ASSISTANT]


@pytest.mark.usefixtures("way")
async def test_one_id_for_two_calls_is_a_fault() -> None:
    told = Told([[look("A1", "c1")], [look("A2", "c1")]])

    with pytest.raises(AgentError, match="ModelBehaviorError"):
        await told.run()

    assert told.looked_up == ["A1"]


@pytest.mark.usefixtures("way")
async def test_a_model_that_only_calls_is_stopped() -> None:
    told = Told([[look(f"A{number}", f"c{number}")] for number in range(MODEL_CALLS + 1)])

    with pytest.raises(AgentError, match="MaxTurnsExceeded"):
        await told.run()

    assert len(told.calls) == MODEL_CALLS


@pytest.mark.usefixtures("way")
async def test_what_guards_a_tool_guards_it_either_way() -> None:
    @tool_input_guardrail
    def nobody(_data: Any) -> ToolGuardrailFunctionOutput:
        return ToolGuardrailFunctionOutput.reject_content("not today")

    @function_tool(tool_input_guardrails=[nobody])
    def open_up() -> str:
        """Guarded."""
        raise AssertionError

    told = Told([[function_call("open_up", {}, call_id="c1")], [assistant_message("Sorry.")]], more=[open_up])

    assert [entry.text for entry in (await told.run()).entries] == ["open_up({})", "not today", "Sorry."]


@pytest.mark.usefixtures("way")
async def test_the_time_limit_of_a_tools_own_holds_either_way() -> None:
    @function_tool(timeout=0.01)
    async def wait_long() -> str:
        """Slow."""
        await asyncio.Event().wait()
        return ""

    told = Told([[function_call("wait_long", {}, call_id="c1")], [assistant_message("Sorry.")]], more=[wait_long])

    assert "timed out" in (await told.run()).entries[1].text


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


ANSWERS: dict[str, list[Any]] = {
    "a text": [[assistant_message("hello")]],
    "calls": [
        [thought("rs_9"), assistant_message("Let me look."), look("A1", "c8"), look("A2", "c9")],
        [look("A3", "c7")],
        [assistant_message("hello")],
    ],
}


@pytest.mark.parametrize("steps", ANSWERS)
@pytest.mark.parametrize("name", HISTORIES)
async def test_the_loop_would_have_asked_the_same(name: str, steps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = Told(ANSWERS[steps], HISTORIES[name]()), Told(ANSWERS[steps], HISTORIES[name]())
    said = await ours.run()

    async def unasked(agent: Any, *_: Any) -> DirectAnswer:
        return DirectAnswer(agent, ())

    monkeypatch.setattr("bot.turn.agent.run_loop.ask", unasked)
    monkeypatch.setattr(DirectAnswer, "known_to", lambda self: self.agent)
    assert await theirs.run() == said

    assert [_question(each) for each in ours.calls] == [_question(each) for each in theirs.calls]
    assert len(ours.calls) == len(ANSWERS[steps])


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
