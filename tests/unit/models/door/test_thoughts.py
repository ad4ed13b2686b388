"""Thoughts go back to the model that had them, and to no other."""

import pytest

from tests.model_script import (
    Thinker,
    calls,
    chat,
)
from tests.unit.models.door.asked_desk import STREAMED, desk
from tests.unit.models.door.said import ANSWER, GIVEN


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
