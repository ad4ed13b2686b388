"""Thoughts, template tokens and invented turns are neither shown nor said nor kept."""

import json

import pytest
from agents import Agent, Runner
from pydantic import BaseModel

from tests.model_script import (
    chat,
    says,
)
from tests.unit.models.door.asked_desk import BOTH, QUIET, STREAMED, Api, desk, letters
from tests.unit.models.door.said import ANSWER, INNER, PLAIN, SECRET


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
