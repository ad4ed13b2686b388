"""Between a model and everything else: of whatever a server sends an answer or a call is made, or nothing."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, function_tool
from pydantic import BaseModel

from bot.desk.policy.sections import ModelCalls
from bot.domain.errors import AgentError, ModelTrouble
from bot.domain.ports.plain_channel import NoPreview
from bot.turn.agent import patience
from bot.turn.agent.patience import PatientModel, patient_settings
from bot.turn.agent.preview import PreviewBuffer
from integrations.models import create_models
from integrations.models.door.inner_text import read
from integrations.models.door.live_text import Live
from integrations.models.door.offered_tools import Offered
from tests.conftest import wait_until
from tests.doubles.clock import ManualClock
from tests.model_script import (
    CUT,
    DONE,
    WAIT,
    Script,
    Scripted,
    Step,
    Thinker,
    call_delta,
    calls,
    chat,
    chat_calls,
    chunk,
    completion,
    event,
    message,
    response,
    responses,
    says,
    scripted,
)

ANSWER = "Your order A1001 has been shipped and is on its way."
SECRET = "INTERNALNOTE"
QUIET = RunConfig(tracing_disabled=True, tool_not_found_behavior="return_error_to_model")
BOTH = pytest.mark.parametrize("api", ["responses", "chat_completions"])
STREAMED = pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
Api = Any


@dataclass
class Desk:
    """A specialist with tools, asked through everything that stands between it and the server."""

    server: Scripted
    api: Api
    calls: ModelCalls = field(default_factory=ModelCalls)
    clock: ManualClock = field(default_factory=ManualClock)
    looked_up: list[str] = field(default_factory=list)
    shown: str = ""
    pieces: list[str] = field(default_factory=list)
    history: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        looked_up = self.looked_up

        @function_tool
        def lookup_order(order_id: str, quick: bool = False) -> str:
            """Look an order up."""
            looked_up.append(order_id)
            return f"{order_id}: shipped{' (quick)' if quick else ''}"

        self.models = create_models("large-1", api_key="key-1", base_url=f"{self.server.url}/v1", api=self.api)
        model = PatientModel(self.models.large, self.calls, self.clock)
        settings = patient_settings(self.models.settings, self.calls)
        billing = Agent[None](name="billing", instructions="Bill.", model=model, model_settings=settings)
        self.agent = Agent[None](
            name="triage",
            instructions="Help.",
            model=model,
            model_settings=settings,
            tools=[lookup_order],
            handoffs=[billing],
        )

    async def asks(self, words: str = "Where is it?", *, streamed: bool = True) -> str:
        """A customer asks; return the answer."""
        said = [*self.history, {"role": "user", "content": words}]
        if not streamed:
            whole = await Runner.run(self.agent, said, run_config=QUIET)
            self.history = whole.to_input_list()
            return str(whole.final_output)
        result = Runner.run_streamed(self.agent, said, run_config=QUIET)
        self.shown, self.pieces = "", []
        async for each in result.stream_events():
            if each.type == "raw_response_event" and each.data.type == "response.output_text.delta":
                self.shown += each.data.delta
                self.pieces.append(each.data.delta)
        self.history = result.to_input_list()
        return str(result.final_output)


@asynccontextmanager
async def desk(script: Script, api: Api = "chat_completions", **named: Any) -> AsyncIterator[Desk]:
    async with scripted(script) as server:
        made = Desk(server, api, **named)
        try:
            yield made
        finally:
            await made.models.close()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries passes no time worth mentioning."""
    monkeypatch.setattr(patience, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(patience, "LONGEST_DELAY", 0.01)


def letters(text: str) -> list[str]:
    """Three at a time: marks come in pieces."""
    return [text[at : at + 3] for at in range(0, len(text), 3)]


# ── inner text ───────────────────────────────────────────────────────────────────────────────────────────────────────

ANALYSIS = f"<|channel|>analysis<|message|>{SECRET}: answer shortly.<|end|>"
FINAL = "<|channel|>final<|message|>"
INNER = {
    "think": f"<think>\nOkay, {SECRET}: the customer is Sarah.\n</think>\n\n{ANSWER}",
    "closed only": f"Okay, {SECRET}: the user wants the order. Let me see. One more.\n</think>\n\n{ANSWER}",
    "thinking": f"<thinking>{SECRET}</thinking>{ANSWER}",
    "upper case, with an attribute": f'<THINK type="x">{SECRET}</Think >{ANSWER}',
    "reasoning and answer": f"<reasoning>{SECRET}</reasoning>\n<answer>{ANSWER}</answer>",
    "one in another": f"<think>a <think>{SECRET}</think> b</think>{ANSWER}",
    "two": f"<think>{SECRET}</think>{ANSWER}<think>{SECRET} again</think>",
    "opened behind the answer": f"{ANSWER}\n<think>{SECRET}",
    "magistral": f"[THINK]{SECRET}[/THINK]{ANSWER}",
    "kimi": f"◁think▷{SECRET}◁/think▷{ANSWER}",
    "seed": f"<seed:think>{SECRET}</seed:think>{ANSWER}",
    "cohere": f"<|START_THINKING|>{SECRET}<|END_THINKING|><|START_RESPONSE|>{ANSWER}<|END_RESPONSE|>",
    "fenced": f"```thinking\n{SECRET}\n```\n{ANSWER}",
    "harmony": f"{ANALYSIS}<|start|>assistant{FINAL}{ANSWER}",
    "harmony, ended": f"<|start|>assistant{ANALYSIS}<|start|>assistant{FINAL}{ANSWER}<|return|>",
    "harmony, two thoughts": f"{ANALYSIS}<|channel|>commentary<|message|>{SECRET}<|end|>{FINAL}{ANSWER}<|end|>"
    f"<|start|>user<|message|>{SECRET}",
    "harmony without its tokens": f"analysisWe need to answer. {SECRET}.assistantfinal{ANSWER}",
    "a thought in bold": f"**Thinking:**\n{SECRET}\n\n**Answer:**\n{ANSWER}",
    "a thought under a heading": f"### Reasoning\n{SECRET}\n\n### Final Answer\n{ANSWER}",
    "a system's turn": f"### System:\n{SECRET}\n### Assistant:\n{ANSWER}",
    "a thought by label": f"Thought: {SECRET}\nFinal Answer: {ANSWER}",
    "chatml": f"{ANSWER}<|im_end|>\n<|im_start|>user\nThank you {SECRET}<|im_end|>",
    "llama": f"<|start_header_id|>assistant<|end_header_id|>\n\n{ANSWER}<|eot_id|><|start_header_id|>user{SECRET}",
    "mistral": f"{ANSWER}</s>[INST] {SECRET} [/INST]",
    "gemma": f"{ANSWER}<end_of_turn>\n<start_of_turn>user\n{SECRET}",
    "deepseek": f"{ANSWER}<｜end▁of▁sentence｜><｜User｜>{SECRET}",
    "an invented turn": f"{ANSWER}\n\nUser: Thanks, {SECRET}!\nAssistant: You are welcome.",
    "an invented German turn": f"{ANSWER}\nKunde: Danke, {SECRET}!",
    "a bold one": f"{ANSWER}\n\n**Customer:** Thanks, {SECRET}!",
    "an instruction": f"{ANSWER}\n\n### Instruction:\n{SECRET}",
    "a label of its own": f"Assistant: {ANSWER}",
    "a whole dialogue": f"User: Where is it? {SECRET}\nAssistant: {ANSWER}\nUser: {SECRET}",
    "an invented result": f'<tool_response>\n{{"status": "{SECRET}"}}\n</tool_response>\n{ANSWER}',
    "one behind the answer": f'{ANSWER}\n\n<tool_response>\n{{\n  "status": "{SECRET}",',
    "one that only ends": f'{{"status": "{SECRET}"}}\n</tool_response>\n\n{ANSWER}',
    "another's result": f"<function_results>{SECRET}</function_results>{ANSWER}<observation>{SECRET}</observation>",
    "mistral's result": f"[TOOL_RESULTS]{SECRET}[/TOOL_RESULTS]{ANSWER}",
    "gemma's result": f"<|tool_response>{SECRET}<|/tool_response|>{ANSWER}",
    "citation": "Your order A1001 has been shipped \ue200cite\ue202turn0search0\ue201 and is on its way.【4:0†source】",
    "citation without marks": "Your order A1001 has been shipped citeturn0search0turn1file2 and is on its way.[^1^]",
    "citations of others": "Your order A1001 has been shipped [citation:3] and is on its way.【1†policy.md】[doc2]",
}


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
@pytest.mark.parametrize("said", INNER.values(), ids=INNER.keys())
async def test_inner_text_is_neither_shown_nor_said_nor_kept(api: Api, said: str) -> None:
    async with desk([says(api, *letters(said))], api) as sarahs:
        assert await sarahs.asks() == ANSWER
        assert sarahs.shown == ANSWER
        assert await sarahs.asks(streamed=False) == ANSWER
        await sarahs.asks()

        asked = json.dumps(sarahs.server.asked[-1], ensure_ascii=False)

    assert SECRET not in asked
    assert not any(mark in asked for mark in ("think", "<|", "【", "\ue200", "citeturn"))


@BOTH
async def test_a_model_that_is_known_to_speak_plainly_is_shown_while_it_writes(api: Api) -> None:
    async with desk([says(api, "It is ", "on its way. ", "Really.")], api) as sarahs:
        for _ in range(3):
            await sarahs.asks()
        result = Runner.run_streamed(sarahs.agent, "and now?", run_config=QUIET)
        raw = [each.data async for each in result.stream_events() if each.type == "raw_response_event"]
        shown = [each.delta for each in raw if each.type == "response.output_text.delta"]

    assert len(shown) > 1
    assert "".join(shown) == "It is on its way. Really."


async def test_by_responses_only_what_sounds_like_a_thought_is_held_back() -> None:
    api = "responses"
    plain, thought = ["It is ", "on its way. ", "Really."], [f"Okay, {SECRET}: the user ", "waits.\n</think>", ANSWER]
    async with desk([says(api, *plain), says(api, *thought), says(api, *plain)], api) as sarahs:
        await sarahs.asks()
        first = sarahs.pieces
        await sarahs.asks()
        assert sarahs.shown == ANSWER
        await sarahs.asks()

    assert len(first) > 1
    assert sarahs.pieces == ["".join(plain)], "it was seen to think in the text"


PLAIN = [
    "Here is your order:\n\n- Order: A1001\n- Customer: Sarah Chen\n- Total: 54.00 USD",
    "Order A1001\nCustomer: Sarah Chen\nStatus: shipped",
    "5 < 6, and [our page](https://acme.example/help) says `GET /orders` [twice].",
    "Der Kunde: König. Mehr dazu steht im Artikel.",
    "I think it is on its way. Reasoning aside, it comes tomorrow.",
    "```\nfrontdesk --version\n```\nprints the version.",
    'Send this to the webhook:\n\n```json\n{"name": "order.shipped", "parameters": {}}\n```\nIt answers 200.',
]


@pytest.mark.parametrize("plain", PLAIN)
async def test_plain_words_stay_as_they_are(plain: str) -> None:
    async with desk([chat(*letters(plain))]) as sarahs:
        for _ in range(5):
            assert await sarahs.asks() == plain
            assert sarahs.shown == plain


@STREAMED
@pytest.mark.parametrize(
    "said",
    [
        *("", "<think>only this", "<|channel|>analysis<|message|>hm<|end|>", "  \n", "</s>"),
        '<tool_response>\n"The order A1001 was placed at: \n[company_name.com.au]\n"\n</tool_response>',
    ],
)
async def test_what_is_left_empty_is_silence_and_asked_again(said: str, streamed: bool) -> None:
    async with desk([chat(said), chat(ANSWER)]) as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER

    assert len(sarahs.server.asked) == 2


@BOTH
async def test_a_typed_answer_is_read_without_what_stands_around_it(api: Api) -> None:
    typed = f'<think>{SECRET}</think>\n```json\n{{"answer": "yes"}}\n```'
    async with desk([says(api, typed)], api) as sarahs:
        agent = Agent[None](
            name="a", model=sarahs.agent.model, model_settings=sarahs.models.settings, output_type=Verdict
        )
        result = await Runner.run(agent, "well?", run_config=QUIET)

    assert result.final_output == Verdict(answer="yes")


class Verdict(BaseModel):
    """A typed answer."""

    answer: str


# ── calls written as text ────────────────────────────────────────────────────────────────────────────────────────────

GIVEN = '{"order_id": "A1001"}'
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


# ── half answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

HALF = "Your order A1001 has been shipped. To change the delivery address you must first"


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
@STREAMED
async def test_an_answer_that_is_too_long_is_asked_for_again_shorter(reason: str, streamed: bool) -> None:
    async with desk([chat(HALF, finish=reason), chat(ANSWER)]) as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER

    assert "too long" in sarahs.server.asked[1]["messages"][0]["content"]


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "recitation"])
async def test_a_withheld_answer_brings_people_at_once(reason: str) -> None:
    async with desk([chat(HALF, finish=reason)]) as sarahs:
        with pytest.raises(AgentError, match="withheld"):
            await sarahs.asks()

    assert len(sarahs.server.asked) == 1


async def test_one_that_never_fits_is_told_to_operators_as_that() -> None:
    async with desk([chat(HALF, finish="length")]) as sarahs:
        with pytest.raises(AgentError) as raised:
            await sarahs.asks()

    assert raised.value.why == "length"


async def test_a_stream_that_ends_without_a_word_is_broken() -> None:
    async with desk([chat(HALF, finish=None, done=False), chat(ANSWER)]) as sarahs:
        assert await sarahs.asks() == ANSWER


async def test_one_that_says_done_without_a_reason_is_whole() -> None:
    async with desk([chat(ANSWER, finish=None)]) as sarahs:
        assert await sarahs.asks() == ANSWER

    assert len(sarahs.server.asked) == 1


@STREAMED
async def test_half_a_response_is_none(streamed: bool) -> None:
    half = responses(message(HALF), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    async with desk([half, responses(message(ANSWER))], "responses") as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER


@BOTH
@STREAMED
async def test_an_answer_that_fills_its_limit_is_cut_whatever_its_server_says(api: Api, streamed: bool) -> None:
    """llama.cpp's Responses API says `completed` of an answer that it has cut; some Chat Completions say `stop`."""
    async with desk(
        [used(api, HALF, 64), used(api, ANSWER, 63)], api, calls=ModelCalls(max_output_tokens=64)
    ) as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER


def used(api: Api, words: str, tokens: int) -> Step:
    """Words that are said to be so many tokens."""
    if api == "responses":
        usage = {"input_tokens": 9, "output_tokens": tokens, "total_tokens": 9 + tokens}
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        return responses(message(words), usage={**usage, **details})
    usage = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}
    step = chat(words)
    last = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": usage}
    stream = [*step.stream[:-1], f"data: {json.dumps(last)}\n\n", DONE]
    return Step(stream=stream, body={**(step.body or {}), "usage": usage})


async def test_a_response_that_never_ends_is_broken() -> None:
    whole = responses(message(ANSWER))
    async with desk([Step(stream=whole.stream[:-1]), whole], "responses") as sarahs:
        assert await sarahs.asks() == ANSWER

    assert len(sarahs.server.asked) == 2


# ── passing faults ───────────────────────────────────────────────────────────────────────────────────────────────────


@BOTH
@STREAMED
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 520, 529])
async def test_what_passes_is_asked_again(api: Api, status: int, streamed: bool) -> None:
    overloaded = Step(status, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    async with desk([overloaded] * 3 + [says(api, ANSWER)], api) as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER

    assert len(sarahs.server.asked) == 4


BROKEN = {
    "an error in a 200": Step(stream=['data: {"error": {"message": "Provider returned error", "code": 502}}\n\n']),
    "cut before a word": Step(stream=[chunk({"role": "assistant", "content": ""}), CUT]),
    "cut after two": Step(stream=[chunk({"role": "assistant", "content": "Your order "}), CUT]),
    "an aborted one": chat("Your ord", finish="abort"),
    "no stream at all": Step(stream=["<html>Bad gateway</html>"]),
    "garbled": Step(stream=['data: {"id": "c1", "choi\n\n']),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_a_stream_that_breaks_before_anything_was_seen_begins_again(broken: Step) -> None:
    async with desk([broken, chat(ANSWER)]) as sarahs:
        assert await sarahs.asks() == ANSWER
        assert sarahs.shown == ANSWER


@pytest.mark.parametrize(
    "broken",
    [
        responses(status="failed", error={"code": "server_error", "message": "x"}),
        Step(stream=[event("error", code="server_error", message="x", param=None)]),
        Step(stream=[event("response.created", response=response(status="in_progress")), CUT]),
    ],
    ids=["failed", "error", "cut"],
)
async def test_a_response_that_fails_begins_again(broken: Step) -> None:
    async with desk([broken, responses(message(ANSWER))], "responses") as sarahs:
        assert await sarahs.asks() == ANSWER


async def test_a_whole_answer_that_is_an_error_is_asked_for_again() -> None:
    broken = Step(200, {"error": {"message": "Provider returned error", "code": 502}})
    async with desk([broken, chat(ANSWER)]) as sarahs:
        assert await sarahs.asks(streamed=False) == ANSWER


@BOTH
@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_api_key"), (403, ""), (404, "model_not_found"), (429, "insufficient_quota")]
)
async def test_what_does_not_pass_brings_people_at_once(api: Api, status: int, code: str) -> None:
    async with desk([Step(status, {"error": {"message": "no", "code": code}})], api) as sarahs:
        with pytest.raises(AgentError) as caught:
            await sarahs.asks()

    assert len(sarahs.server.asked) == 1
    assert (caught.value.status, caught.value.code) == (status, code)
    assert not isinstance(caught.value, ModelTrouble)


async def test_patience_ends() -> None:
    async with desk([Step(503, {"error": {"message": "no"}})]) as sarahs:

        def later(_: Any) -> Step:
            sarahs.clock.advance(25)
            return Step(503, {"error": {"message": "no"}})

        sarahs.server.script = later
        with pytest.raises(AgentError) as caught:
            await sarahs.asks()

    assert len(sarahs.server.asked) == 3
    assert (caught.value.error, caught.value.status) == ("InternalServerError", 503)


async def test_a_run_has_one_patience_for_all_its_calls() -> None:
    showing = PreviewBuffer(NoPreview())

    def script(_: Any) -> Step:
        asked = len(sarahs.server.asked)
        if asked in {1, 3}:
            sarahs.clock.advance(40)
            return Step(503, {"error": {"message": "no"}})
        return calls("chat_completions", "lookup_order", GIVEN) if asked == 2 else chat(ANSWER)

    async with desk(script) as sarahs:
        with showing.current(), pytest.raises(AgentError):
            await sarahs.asks()
        await showing.drop()

    assert len(sarahs.server.asked) == 3


async def test_what_somebody_has_seen_does_not_begin_again() -> None:
    class Seen(NoPreview):
        is_seen = True
        read = ""

        async def text(self, markdown: str) -> None:
            self.read += markdown

    preview = Seen()
    showing = PreviewBuffer(preview)

    async def show(_: Any) -> None:
        await showing.text("Your order ")
        await wait_until(lambda: preview.read)

    broken = Step(stream=[chunk({"role": "assistant", "content": "Your order "}), show, CUT])
    async with desk([broken, chat(ANSWER)]) as sarahs:
        with showing.current(), pytest.raises(AgentError):
            await sarahs.asks()
        await showing.drop()

    assert len(sarahs.server.asked) == 1


async def test_a_server_that_asks_for_more_than_our_patience_is_not_waited_for() -> None:
    async with desk([Step(429, {"error": {"message": "no"}}, headers={"retry-after": "3600"})]) as sarahs:
        with pytest.raises(AgentError):
            await sarahs.asks()

    assert len(sarahs.server.asked) == 1


async def test_silence_ends_a_call() -> None:
    limits = ModelCalls(silence=0.2)
    async with desk([Step(stream=[chunk({"content": "Your"}), WAIT]), chat(ANSWER)], calls=limits) as sarahs:
        assert await sarahs.asks() == ANSWER


async def test_a_model_that_thinks_longer_than_the_silence_is_waited_for() -> None:
    thinking: list[Any] = [part for _ in range(12) for part in (chunk({"reasoning_content": "hm"}), 0.1)]
    step = Step(stream=[*thinking, *chat(ANSWER).stream])
    async with desk([step], calls=ModelCalls(silence=0.8)) as sarahs:
        assert await sarahs.asks() == ANSWER

    assert len(sarahs.server.asked) == 1


async def test_the_whole_of_a_call_is_bounded_too() -> None:
    thinking: list[Any] = [part for _ in range(100) for part in (chunk({"reasoning_content": "hm"}), 0.05)]
    async with desk([Step(stream=thinking)], calls=ModelCalls(whole=0.3)) as sarahs:
        with pytest.raises(AgentError, match="too long"):
            await sarahs.asks()


@BOTH
async def test_a_desk_says_how_much_and_how_wildly(api: Api) -> None:
    limits = ModelCalls(max_output_tokens=700, temperature=0.2)
    async with desk([says(api, ANSWER)], api, calls=limits) as sarahs:
        await sarahs.asks()

    [asked] = sarahs.server.asked
    assert asked["max_output_tokens" if api == "responses" else "max_tokens"] == 700
    assert asked["temperature"] == 0.2


# ── thoughts as items ────────────────────────────────────────────────────────────────────────────────────────────────


@STREAMED
@pytest.mark.parametrize("thinker", [(True, False), (True, True), (False, False)], ids=["asked", "unasked", "never"])
async def test_a_reasoning_model_uses_tools_turn_after_turn(thinker: tuple[bool, bool], streamed: bool) -> None:
    model = Thinker(gives=thinker[0], unasked=thinker[1])
    async with desk(model, "responses") as sarahs:
        for _ in range(4):
            assert await sarahs.asks(streamed=streamed) == ANSWER

    assert sarahs.looked_up == ["A1001"] * 4
    assert model.refused <= 1
    sent = [item for item in sarahs.server.asked[-1]["input"] if item.get("type") == "reasoning"]
    assert bool(sent) == thinker[0]
    assert all(set(item) <= {"type", "id", "summary", "encrypted_content"} for item in sent)


async def test_another_model_is_not_shown_the_thoughts_of_the_one_before() -> None:
    async with desk(Thinker(gives=True, unasked=True, key="old"), "responses") as sarahs:
        await sarahs.asks()
        history = sarahs.history
    async with desk(Thinker(gives=True, unasked=True, key="new"), "responses", history=history) as sarahs:
        assert await sarahs.asks() == ANSWER

    assert not [item for item in sarahs.server.asked[0]["input"] if item.get("type") == "reasoning"]


async def test_thoughts_that_the_same_server_refuses_are_left_out() -> None:
    model = Thinker(gives=True, unasked=True, key="old")
    async with desk(model, "responses") as sarahs:
        await sarahs.asks()
        model.key = "new"

        assert await sarahs.asks() == ANSWER


async def test_stored_thoughts_are_harmless_to_chat_completions_and_back() -> None:
    async with desk(Thinker(gives=True, unasked=True), "responses") as sarahs:
        await sarahs.asks()
        history = sarahs.history
    async with desk([calls("chat_completions", "lookup_order", GIVEN), chat(ANSWER)], history=history) as sarahs:
        assert await sarahs.asks() == ANSWER
        history = sarahs.history
    async with desk(Thinker(gives=True), "responses", history=history) as sarahs:
        assert await sarahs.asks() == ANSWER


# ── other servers ────────────────────────────────────────────────────────────────────────────────────────────────────


def refusing(name: str, refusal: Step) -> Any:
    def script(body: Any) -> Step:
        if name in body:
            return refusal
        return responses(message(ANSWER)) if "input" in body else chat(ANSWER)

    return script


REFUSALS = {
    "pydantic": ("stream_options", Step(422, {"message": "extra_forbidden body.stream_options.include_usage"})),
    "fastapi": (
        "stream_options",
        Step(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs"}]}),
    ),
    "openai": (
        "temperature",
        Step(
            400, {"error": {"message": "Unsupported value: 'temperature' does not support 0.5", "param": "temperature"}}
        ),
    ),
    "vllm": ("max_tokens", Step(400, {"object": "error", "message": "max_tokens=16000 is too large", "code": 400})),
    "a plain one": ("tool_choice", Step(400, {"error": "unknown field tool_choice"})),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refused_parameter_is_left_out_and_remembered(refusal: tuple[str, Step]) -> None:
    name, step = refusal
    async with desk(refusing(name, step), calls=ModelCalls(temperature=0.5)) as sarahs:
        sarahs.agent.model_settings.tool_choice = "auto"
        assert await sarahs.asks() == ANSWER
        assert await sarahs.asks() == ANSWER

    assert [name in body for body in sarahs.server.asked] == [True, False, False]


async def test_a_parameter_by_another_name_is_sent_under_that() -> None:
    told = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    script = refusing("max_tokens", Step(400, {"error": {"message": told, "param": "max_tokens"}}))
    async with desk(script) as sarahs:
        assert await sarahs.asks() == ANSWER

    assert sarahs.server.asked[-1]["max_completion_tokens"] == 16_000


async def test_that_calls_may_be_parallel_is_not_said() -> None:
    async with desk(refusing("parallel_tool_calls", Step(400, {"error": {"message": "no"}}))) as sarahs:
        assert await sarahs.asks() == ANSWER

    assert len(sarahs.server.asked) == 1


async def test_a_refusal_that_names_nothing_we_can_leave_out_brings_people() -> None:
    refusal = {
        "error": {"message": "This model's maximum context length is 4096 tokens.", "code": "context_length_exceeded"}
    }
    async with desk([Step(400, refusal)]) as sarahs:
        with pytest.raises(AgentError) as caught:
            await sarahs.asks()

    assert len(sarahs.server.asked) == 1
    assert (caught.value.status, caught.value.code) == (400, "context_length_exceeded")


def two(first: Any, second: Any) -> Step:
    return chat_calls(first, second)


A1, A2 = '{"order_id": "A1001"}', '{"order_id": "A1002"}'
IDS = {
    "empty": two(call_delta("lookup_order", A1, ""), call_delta("lookup_order", A2, "", 1)),
    "none": two(call_delta("lookup_order", A1, None), call_delta("lookup_order", A2, None, 1)),
    "the tool's name": two(
        call_delta("lookup_order", A1, "lookup_order"), call_delta("lookup_order", A2, "lookup_order", 1)
    ),
    "index 0 throughout": two(call_delta("lookup_order", A1, "c1"), call_delta("lookup_order", A2, "c2")),
    "index 0 and no id": two(call_delta("lookup_order", A1, ""), call_delta("lookup_order", A2, "")),
    "index 0 and one id": two(call_delta("lookup_order", A1, "same"), call_delta("lookup_order", A2, "same")),
    "no index": two(call_delta("lookup_order", A1, "c1", None), call_delta("lookup_order", A2, "c2", None)),
    "objects": two(
        call_delta("lookup_order", {"order_id": "A1001"}), call_delta("lookup_order", {"order_id": "A1002"}, "c2", 1)
    ),
    "in pieces": chat_calls(
        call_delta("lookup_order", '{"order_', "c1"),
        {"index": 0, "function": {"arguments": 'id": "A1001"}'}},
        call_delta("lookup_order", "", "c2", 1),
        {"index": 1, "id": "", "function": {"name": "", "arguments": A2}},
    ),
    "name and id with every piece": chat_calls(
        call_delta("lookup_order", '{"order_', "c1"),
        call_delta("lookup_order", 'id": "A1001"}', "c1"),
        call_delta("lookup_order", A2, "c2"),
    ),
}


@pytest.mark.parametrize("step", IDS.values(), ids=IDS.keys())
async def test_calls_are_told_apart_whatever_their_ids(step: Step) -> None:
    async with desk([step, chat(ANSWER), step, chat(ANSWER)]) as sarahs:
        assert await sarahs.asks() == ANSWER
        assert await sarahs.asks() == ANSWER

    assert sorted(sarahs.looked_up) == ["A1001", "A1001", "A1002", "A1002"]
    assert _in_order(sarahs.server.asked[-1]["messages"])


def _in_order(messages: list[Any]) -> bool:
    """Every call has an id of its own, and its output right after it."""
    seen: list[str] = []
    for at, said in enumerate(messages):
        ids = [call["id"] for call in said.get("tool_calls") or ()]
        outputs = [each["tool_call_id"] for each in messages[at + 1 : at + 1 + len(ids)]]
        if ids != outputs or not all(ids):
            return False
        seen += ids
    return len(seen) == len(set(seen)) == 4


async def test_the_same_id_in_the_next_turn_is_another_call() -> None:
    first, second = (chat_calls(call_delta("lookup_order", each, "lookup_order")) for each in (A1, A2))
    async with desk([first, chat(ANSWER), second, chat("A1002 too.")]) as sarahs:
        assert await sarahs.asks() == ANSWER
        assert await sarahs.asks("And A1002?") == "A1002 too."

    roles = [said["role"] for said in sarahs.server.asked[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user", "assistant", "tool"]


@STREAMED
async def test_content_in_parts_is_joined_and_thoughts_among_them_dropped(streamed: bool) -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": SECRET}]},
        {"type": "text", "text": ANSWER[:20]},
        {"type": "reference", "reference_ids": [1]},
        {"type": "text", "text": ANSWER[20:]},
    ]
    step = Step(
        stream=[chunk({"role": "assistant", "content": parts}), chunk(finish="stop"), DONE],
        body=completion({"content": parts}),
    )
    async with desk([step]) as sarahs:
        assert await sarahs.asks(streamed=streamed) == ANSWER


async def test_whole_calls_are_tidied_too() -> None:
    first = {"id": "", "type": "function", "function": {"name": "lookup_order", "arguments": {"order_id": "A1001"}}}
    second = {"function": {"name": "lookup_order", "arguments": A2}}
    step = Step(200, completion({"content": None, "tool_calls": [first, second]}, "tool_calls"))
    async with desk([step, chat(ANSWER)]) as sarahs:
        assert await sarahs.asks(streamed=False) == ANSWER

    assert sorted(sarahs.looked_up) == ["A1001", "A1002"]


@BOTH
@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        (("Done \ud83d", "\ude00"), "Done 😀"),
        (("Done \ud83d",), "Done \ufffd"),
        (("Done \ude00", " well"), "Done \ufffd well"),
        (("\ud83d", "\ude00", " and \ud83d", " and \ud83d\ude00"), "😀 and \ufffd and 😀"),
    ],
    ids=["split", "alone", "the other half", "several"],
)
async def test_halves_of_characters_are_joined_or_replaced(api: Api, pieces: tuple[str, ...], whole: str) -> None:
    async with desk([says(api, *pieces)], api) as sarahs:
        for _ in range(5):
            assert await sarahs.asks() == whole
            assert sarahs.shown == whole

    json.dumps(sarahs.history, ensure_ascii=False).encode()


async def test_halves_in_arguments_are_replaced() -> None:
    async with desk([chat_calls(call_delta("lookup_order", '{"order_id": "A\\ud83d"}')), chat(ANSWER)]) as sarahs:
        await sarahs.asks()

    assert sarahs.looked_up == ["A\ufffd"]
