"""An answer that is cut off is none: it is asked for again, or people take over."""

import json

import pytest

from bot.desk.policy.sections import ModelCalls
from bot.domain.errors import AgentError
from tests.model_script import (
    DONE,
    Step,
    chat,
    message,
    responses,
)
from tests.unit.models.door.asked_desk import BOTH, STREAMED, Api, desk
from tests.unit.models.door.said import ANSWER

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
