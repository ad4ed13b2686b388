"""Servers other than OpenAI's refuse, renumber and cut: of whatever they send an answer or a call is made."""

import json
from typing import Any

import pytest

from bot.desk.policy.sections import ModelCalls
from bot.domain.errors import AgentError
from tests.model_script import (
    DONE,
    Step,
    call_delta,
    chat,
    chat_calls,
    chunk,
    completion,
    message,
    responses,
    says,
)
from tests.unit.models.door.asked_desk import BOTH, STREAMED, Api, desk
from tests.unit.models.door.said import ANSWER, SECRET


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
