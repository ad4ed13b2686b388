"""A call and its output stay together, whatever a model does; else a provider refuses every later turn."""

from typing import Any

from agents import Agent, RunConfig, Runner, function_tool, handoff
from agents.testing import ScriptedModel, assistant_message, function_call

from bot.domain.transcript import Entry, Role
from bot.turn.agent.runner import _entries
from bot.turn.agent.session import model_history, said_by_customer


def pairs(items: Any) -> tuple[list[str], list[str]]:
    """Return the ids of the calls and of the outputs, each in alphabetical order."""
    kinds = ("function_call", "function_call_output")
    calls, outputs = (sorted(item["call_id"] for item in items if item.get("type") == kind) for kind in kinds)
    return calls, outputs


@function_tool
def look(order: str) -> str:
    """Look an order up."""
    return f"{order} is on its way"


async def test_a_model_that_transfers_twice_at_once_leaves_whole_pairs() -> None:
    last = ScriptedModel([[assistant_message("hello")]], emit_traces=False)
    targets = [
        handoff(Agent(name=name, model=last), tool_name_override=f"transfer_to_{name}") for name in ("orders", "faq")
    ]
    steps = [
        function_call("transfer_to_orders", {}, call_id="c1"),
        function_call("transfer_to_faq", {}, call_id="c2"),
        function_call("look", {"order": "A1001"}, call_id="c3"),
    ]
    first = Agent(name="triage", model=ScriptedModel([steps], emit_traces=False), tools=[look], handoffs=[*targets])
    result = await Runner.run(first, "where is A1001?", run_config=RunConfig(tracing_disabled=True))

    entries = _entries(result.new_items, 1.0)

    calls, outputs = pairs([item for entry in entries for item in entry.items])
    assert calls == outputs == ["c1", "c3"]
    assert [entry.text for entry in entries if entry.role is Role.TRANSFER] == ["triage → orders"]


def test_a_history_that_was_torn_long_ago_is_mended_for_the_model() -> None:
    torn = {"type": "function_call_output", "call_id": "c2", "output": "ignored"}
    history = [
        Entry(Role.USER, "hi", 1.0, items=(dict(said_by_customer("hi")),)),
        Entry(Role.TOOL_OUTPUT, "ignored", 1.0, items=(torn,)),
    ]

    assert pairs(model_history(history, "")) == ([], [])
