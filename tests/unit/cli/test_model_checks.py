"""The doctor at a model: what it cannot do is said before customers meet it, with the mend."""

import json
from typing import Any

import httpx
import pytest

from bot.app.settings import load_settings
from bot.cli.doctor_checks import examine
from bot.cli.model_checks import ANSWER_TOKENS, NO_CALL, first_prompt, judged, look_at_calls
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.domain.models.faults import TOLD, Why
from bot.runtime.connectors import CheckResult
from tests.doubles.clock import ManualClock
from tests.model_script import Json, Step, call_delta, calling, chat, chat_calls, message, responses, scripted

GIVEN = '{"order_id": "A1001"}'
TYPED = '{"is_question": true, "language": "en"}'
SECRET = "Where is order A1001?"
BOTH = pytest.mark.parametrize("api", ["responses", "chat_completions"])
WELL: dict[str, tuple[Step, Step]] = {
    "responses": (responses(calling("look_order_up", GIVEN)), responses(message(TYPED))),
    "chat_completions": (chat_calls(call_delta("look_order_up", GIVEN)), chat(TYPED)),
}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load_desk("store")


def able(api: str, **instead: Step) -> Any:
    """A server that does all, but for what stands in the place of a step."""
    tool, schema = WELL[api]
    steps = {"tool": tool, "schema": schema, **instead}
    return lambda body: steps["tool" if body.get("tools") else "schema"]


def telling(models: Json, props: Json | None = None, counted: int = 0) -> httpx.MockTransport:
    """What the server tells beside the calls."""
    told = {"/v1/models": models, "/props": props, "/v1/responses/input_tokens": {"input_tokens": counted}}

    def answer(request: httpx.Request) -> httpx.Response:
        body = told.get(request.url.path)
        return httpx.Response(200, json=body) if body else httpx.Response(404)

    return httpx.MockTransport(answer)


async def seen(script: Any, api: Any, desk: Desk, transport: Any = None) -> tuple[list[CheckResult], list[Json]]:
    async with scripted(script) as model:
        own = load_settings(_env_file=None, **model.settings(api))
        look = look_at_calls(own, lambda: desk, ManualClock(), transport or telling({}))
        return [line async for line in examine([("Model calls", look)])], list(model.asked)


@BOTH
async def test_a_model_that_can_do_all_is_well(api: str, desk: Desk) -> None:
    lines, asked = await seen(able(api), api, desk)

    assert [line.problem for line in lines] == ["", "", ""]
    assert [bool(body.get("stream")) for body in asked] == [True, False]
    assert [bool(body.get("tools")) for body in asked] == [True, False]


@BOTH
async def test_one_that_talks_where_it_should_call_is_a_finding(api: str, desk: Desk) -> None:
    talks = responses(message("It is on its way.")) if api == "responses" else chat("It is on its way.")

    lines, _ = await seen(able(api, tool=talks), api, desk)

    assert [line.problem for line in lines] == [NO_CALL, "", ""]
    assert "tools" in lines[0].mend


@BOTH
async def test_a_server_without_tools_is_named_with_its_codes(api: str, desk: Desk) -> None:
    refuses = Step(400, {"error": {"message": f"gemma does not support tools: {SECRET}", "code": "no_tools"}})

    lines, _ = await seen(able(api, tool=refuses), api, desk)

    assert lines[0].problem == f"{TOLD[Why.TOOLS].what} (BadRequestError, 400, no_tools)"
    assert lines[0].mend == TOLD[Why.TOOLS].mend
    assert SECRET not in "".join(map(str, lines))


@BOTH
async def test_a_wrong_key_and_a_context_too_small_are_named(api: str, desk: Desk) -> None:
    no_key = Step(401, {"error": {"message": "no", "code": "invalid_api_key"}})
    small = Step(400, {"error": {"message": "max_tokens is too large: 16000. maximum context length is 8192 tokens"}})

    lines, _ = await seen(able(api, tool=no_key, schema=small), api, desk)

    assert lines[0].mend == TOLD[Why.KEY].mend
    assert "max_output_tokens" in lines[1].mend


@BOTH
async def test_an_answer_that_does_not_keep_to_the_schema_is_a_finding(api: str, desk: Desk) -> None:
    words = responses(message("It is a question.")) if api == "responses" else chat("It is a question.")

    lines, _ = await seen(able(api, schema=words), api, desk)

    assert [bool(line.problem) for line in lines] == [False, True, False]
    assert "screen.model" in lines[1].mend


async def test_a_server_that_is_away_is_a_finding_and_not_a_crash(desk: Desk) -> None:
    gone = load_settings(
        _env_file=None,
        frontdesk_model="m",
        openai_api_key="k",
        openai_base_url="http://127.0.0.1:9/v1",
    )

    lines = [line async for line in examine([("Model calls", look_at_calls(gone, lambda: desk, ManualClock()))])]

    assert lines[0].mend == TOLD[Why.AWAY].mend


async def test_the_rule_model_and_a_desk_that_is_broken_are_not_asked(desk: Desk) -> None:
    offline = load_settings(_env_file=None, frontdesk_model="offline")
    own = load_settings(_env_file=None, frontdesk_model="m", openai_api_key="k")

    assert await look_at_calls(offline, lambda: desk, ManualClock())() == []
    assert await look_at_calls(own, lambda: None, ManualClock())() == []


CONTEXTS: dict[str, tuple[Json, Json | None]] = {
    "vllm": ({"data": [{"id": "large-1", "max_model_len": 2048}]}, None),
    "openrouter": ({"data": [{"id": "other", "context_length": 9}, {"id": "large-1", "context_length": 2048}]}, None),
    "groq": ({"data": [{"id": "large-1", "context_window": 2048}]}, None),
    "llama.cpp": ({"data": [{"id": "/m.gguf", "meta": {"n_ctx": 2048}}]}, None),
    "llama.cpp, several at once": (
        {"data": [{"id": "/m.gguf", "meta": {"n_ctx": 8192}}]},
        {"default_generation_settings": {"n_ctx": 2048}},
    ),
}


@pytest.mark.parametrize("server", CONTEXTS)
async def test_a_context_that_no_conversation_fits_into_is_a_finding(server: str, desk: Desk) -> None:
    lines, _ = await seen(able("responses"), "responses", desk, telling(*CONTEXTS[server], counted=1900))

    assert lines[-1].problem == "2048 tokens; the first prompt has 1900, so that no conversation fits"
    assert "--ctx-size" in lines[-1].mend


async def test_a_server_that_does_not_count_is_estimated(desk: Desk) -> None:
    models = {"data": [{"id": "large-1", "context_length": 128_000}]}

    lines, _ = await seen(able("responses"), "responses", desk, telling(models))

    assert lines[-1].problem == ""
    assert "128000 tokens; the first prompt has" in lines[-1].what


def test_a_history_that_does_not_fit_is_mended_by_a_shorter_one() -> None:
    found = judged("m", 8192, 2000, 8000)

    assert str(8192 - 2000 - ANSWER_TOKENS) in found.mend
    assert judged("m", 8192, 2000, 8192 - 2000 - ANSWER_TOKENS).problem == ""


def test_the_first_prompt_holds_instructions_tools_and_transfers(desk: Desk) -> None:
    prompt = first_prompt(desk, ManualClock())

    assert desk.policy.name in prompt
    assert "escalate_to_human" in prompt
    assert "transfer_to_" in prompt
    assert json.dumps("reason") in prompt
