"""What passes is asked again with patience; what does not brings people at once."""

from typing import Any

import pytest

from bot.desk.policy.sections import ModelCalls
from bot.domain.errors import AgentError, ModelTrouble
from bot.domain.ports.plain_channel import NoPreview
from bot.turn.agent.preview import PreviewBuffer
from tests.conftest import wait_until
from tests.model_script import (
    CUT,
    WAIT,
    Step,
    calls,
    chat,
    chunk,
    event,
    message,
    response,
    responses,
    says,
)
from tests.unit.models.door.asked_desk import BOTH, STREAMED, Api, desk
from tests.unit.models.door.said import ANSWER, GIVEN


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
    limits = ModelCalls(silence=1.0)
    async with desk([Step(stream=[chunk({"content": "Your"}), WAIT]), chat(ANSWER)], calls=limits) as sarahs:
        assert await sarahs.asks() == ANSWER


async def test_a_model_that_thinks_longer_than_the_silence_is_waited_for() -> None:
    thinking: list[Any] = [part for _ in range(8) for part in (chunk({"reasoning_content": "hm"}), 0.3)]
    step = Step(stream=[*thinking, *chat(ANSWER).stream])
    async with desk([step], calls=ModelCalls(silence=2.0)) as sarahs:
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
