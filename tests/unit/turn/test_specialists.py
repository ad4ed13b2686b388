"""The specialists' own way to people, whatever a model writes into the call."""

import json

import pytest
from agents.tool_context import ToolContext as SdkContext

from bot.desk import Knowledge, ToolContext
from bot.domain.handoffs import HandoffRequest
from bot.turn.agent.specialists import ESCALATE, TAKEN_OVER, UNGIVEN_REASON, escalate_to_human
from tests.doubles.clock import ManualClock


async def asked_for(arguments: str) -> HandoffRequest:
    """Call the tool as the SDK would; return what it left for the turn."""
    context = ToolContext(None, "Sarah", None, Knowledge([]), ManualClock())
    sdk = SdkContext(context=context, tool_name=ESCALATE, tool_call_id="call_1", tool_arguments=arguments)
    assert await escalate_to_human.on_invoke_tool(sdk, arguments) == TAKEN_OVER
    assert context.requests.handoff is not None
    return context.requests.handoff


async def test_what_the_specialist_says_reaches_the_summary() -> None:
    request = await asked_for('{"reason": "Refund outside policy", "topic": "refund", "priority": "high"}')
    assert request == HandoffRequest("Refund outside policy", "high", "refund")


@pytest.mark.parametrize("arguments", ["{}", "{not json", "", "[1]", "null", '{"reason": null}', '{"reason": ""}'])
async def test_a_call_without_readable_arguments_still_hands_over(arguments: str) -> None:
    assert await asked_for(arguments) == HandoffRequest(UNGIVEN_REASON)


async def test_values_of_the_wrong_type_are_taken_in_words() -> None:
    said = {"reason": "Angry", "topic": 5, "confirmed_facts": ["a", "b"], "tried": {"refund": "no"}, "next_step": None}
    assert await asked_for(json.dumps(said)) == HandoffRequest(
        "Angry", topic="5", confirmed_facts="a; b", tried="refund: no"
    )
