"""A call that a model wrote as text is made, or asked for again, and never said."""

import json

import pytest

from bot.domain.errors import AgentError
from integrations.models.door.inner_text import read
from integrations.models.door.live_text import Live
from integrations.models.door.offered_tools import Offered
from tests.model_script import (
    chat,
    says,
)
from tests.unit.models.door.asked_desk import BOTH, STREAMED, Api, desk, letters
from tests.unit.models.door.said import ANALYSIS, ANSWER, GIVEN, INNER, PLAIN, SECRET

CALL = f'{{"name": "lookup_order", "arguments": {GIVEN}}}'
WRITTEN = {
    "hermes": f"<tool_call>\n{CALL}\n</tool_call>",
    "never closed": f"<tool_call>\n{CALL}",
    "json": CALL,
    "fenced": f"```json\n{CALL}\n```",
    "after a sentence": f"Let me look that up.\n\n```json\n{CALL}\n```",
    "before an invented result": f"{CALL}\n\nIt was lost, {SECRET}.",
    "parameters": f'{{"name": "lookup_order", "parameters": {GIVEN}}}',
    "by the tool's name": f'{{"lookup_order": {GIVEN}}}',
    "langchain": f'{{"action": "lookup_order", "action_input": {GIVEN}}}',
    "openai": json.dumps(
        {"tool_calls": [{"type": "function", "function": {"name": "lookup_order", "arguments": GIVEN}}]}
    ),
    "react": f"Thought: {SECRET}\nAction: lookup_order\nAction Input: {GIVEN}",
    "python": 'lookup_order(order_id="A1001")',
    "python, by place": "lookup_order('A1001')",
    "python in a list": '[lookup_order(order_id="A1001", quick=True)]',
    "gemini": '```tool_code\nprint(default_api.lookup_order(order_id="A1001"))\n```',
    "name and arguments": f"lookup_order {GIVEN}",
    "qwen coder": "<tool_call>\n<function=lookup_order>\n<parameter=order_id>\nA1001\n</parameter>\n"
    "<parameter=quick>\ntrue\n</parameter>\n</function>\n</tool_call>",
    "llama": f"<function=lookup_order>{GIVEN}</function>",
    "llama, by its token": f'<|python_tag|>{{"name": "lookup_order", "parameters": {GIVEN}}}<|eom_id|>',
    "llama, called": '<|python_tag|>lookup_order.call(order_id="A1001")',
    "anthropic": '<function_calls>\n<invoke name="lookup_order">\n<parameter name="order_id">A1001</parameter>\n'
    "</invoke>\n</function_calls>",
    "mistral": f"[TOOL_CALLS][{CALL}]",
    "mistral, newer": f"[TOOL_CALLS]lookup_order[ARGS]{GIVEN}",
    "deepseek": f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>lookup_order\n```json\n{GIVEN}\n```"
    "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.lookup_order:0<|tool_call_argument_begin|>"
    f"{GIVEN}<|tool_call_end|><|tool_calls_section_end|>",
    "glm": "<tool_call>lookup_order\n<arg_key>order_id</arg_key>\n<arg_value>A1001</arg_value>\n</tool_call>",
    "harmony": f"{ANALYSIS}<|start|>assistant<|channel|>commentary to=functions.lookup_order <|constrain|>json"
    f"<|message|>{GIVEN}<|call|>",
    "behind a thought": f"<think>{SECRET}</think>\n<tool_call>{CALL}</tool_call>",
    "said twice": f"<tool_call>{CALL}</tool_call>\n<tool_call>{CALL}</tool_call>",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN.keys())
async def test_a_call_written_as_text_is_made_once(written: str) -> None:
    async with desk([chat(*letters(written)), chat(ANSWER)]) as sarahs:
        assert await sarahs.asks() == ANSWER

    assert sarahs.looked_up == ["A1001"]
    assert not any(mark in sarahs.shown for mark in ("lookup", "{", "<", SECRET))
    assert SECRET not in json.dumps(sarahs.server.asked[-1])


@BOTH
@STREAMED
async def test_it_is_made_by_either_api(api: Api, streamed: bool) -> None:
    async with desk([says(api, WRITTEN["hermes"]), says(api, ANSWER)], api) as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER

    assert sarahs.looked_up == ["A1001"]


@pytest.mark.parametrize(
    "written",
    [
        "transfer_to_billing",
        "`transfer_to_billing()`",
        '{"name": "transfer_to_billing", "arguments": {}}',
        "transfer_to_billing {}",
    ],
)
async def test_a_transfer_written_as_text_is_made(written: str) -> None:
    async with desk([chat(written), chat("Billing here.")]) as sarahs:
        assert await sarahs.asks() == "Billing here."

    assert sarahs.server.asked[-1]["messages"][0]["content"] == "Bill."


UNFIT = {
    "nobody's tool": '{"name": "delete_account", "arguments": {}}',
    "wrong arguments": '<tool_call>{"name": "lookup_order", "arguments": {"order": "A1001"}}</tool_call>',
    "broken json": '<tool_call>{"name": "lookup_order", "arguments": {"order_id": </tool_call>',
    "nothing but data": '{"status": "shipped", "order": "A1001"}',
    "inside a sentence": 'I call lookup_order(order_id="A1001") now.',
    "only spoken of": "I pass you on with transfer_to_billing.",
}


@pytest.mark.parametrize("written", UNFIT.values(), ids=UNFIT.keys())
async def test_one_that_does_not_fit_is_asked_for_again_and_never_said(written: str) -> None:
    async with desk([chat(*letters(written)), chat(ANSWER)]) as sarahs:
        assert await sarahs.asks() == ANSWER
        assert sarahs.shown == ANSWER

    assert sarahs.looked_up == []
    assert "written as text" in sarahs.server.asked[1]["messages"][0]["content"]


@pytest.mark.parametrize("written", UNFIT.values(), ids=UNFIT.keys())
async def test_one_that_never_fits_brings_people(written: str) -> None:
    async with desk([chat(written)]) as sarahs:
        with pytest.raises(AgentError, match="tool call as text"):
            await sarahs.asks()

    assert len(sarahs.server.asked) == 2
    assert sarahs.shown == ""


@pytest.mark.parametrize("step", [1, 2, 3, 5, 8, 13])
def test_what_is_shown_of_a_text_is_what_it_says_however_it_is_cut(step: int) -> None:
    offered = Offered({"lookup_order": {"properties": {"order_id": {"type": "string"}}}, "transfer_to_billing": {}})
    texts = [*(text for name, text in INNER.items() if name != "closed only"), *WRITTEN.values(), *PLAIN]
    for text in texts:
        live, whole = Live(offered, is_open=True), read(text, offered).text
        shown = "".join(live.feed(text[at : at + step]) for at in range(0, len(text), step))

        assert whole.startswith(shown)
        assert shown + live.rest(whole) == whole
