"""What a server's refusal comes down to, whoever words it; its own words go no further."""

from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from bot.domain.errors import AgentError
from bot.domain.models.faults import LONGEST_CODE, TOLD, Why, code_of, fields_of
from bot.telemetry.metrics import MOST_VALUES, OTHER, bounded
from bot.turn.agent.patience import fault_of

SAID = "my PIN is 4711"

REFUSALS: dict[Why, list[tuple[int, dict[str, object]]]] = {
    # OpenAI
    Why.KEY: [(401, {"message": "Incorrect API key provided: sk-abc.", "code": "invalid_api_key"})],
    Why.MONEY: [
        (429, {"message": "You exceeded your current quota.", "code": "insufficient_quota"}),
        (402, {"message": "This request requires more credits", "code": 402}),  # OpenRouter
    ],
    Why.MODEL: [
        (404, {"message": "The model `gpt-9` does not exist or you have no access.", "code": "model_not_found"}),
        (404, {"message": "model 'llama9' not found", "type": "api_error"}),  # Ollama
    ],
    Why.CONTEXT: [
        (400, {"message": f"maximum context length is 8192 tokens; {SAID}", "code": "context_length_exceeded"}),
        (400, {"message": "prompt is too long: 215000 tokens > 200000 maximum", "type": "invalid_request_error"}),
        # llama.cpp, of today and of before
        (400, {"code": 400, "message": "request (877 tokens) exceeds the available context size (512 tokens), try "
               "increasing it", "type": "exceed_context_size_error"}),
        (500, {"code": 500, "message": "the request exceeds the available context size. try increasing the context "
               "size or enable context shift", "type": "server_error"}),
        (400, {"message": "The number of tokens to keep from the initial prompt is greater than the context length"}),
        (422, {"message": "Input validation error: `inputs` tokens + `max_new_tokens` exceeds 4096 tokens"}),
    ],
    Why.TOOLS: [
        (400, {"message": "registry.ollama.ai/library/gemma:2b does not support tools", "type": "api_error"}),
        (400, {"message": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'}),
        (500, {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}),
        (404, {"message": "No endpoints found that support tool use.", "code": 404}),
        (400, {"message": "`tool calling` is not supported with this model"}),
        (400, {"message": "Unsupported parameter: 'tools' is not supported with this model.", "param": "tools"}),
    ],
    Why.SCHEMA: [(400, {"message": "This response_format type is unavailable now", "type": "invalid_request_error"})],
    Why.CROWDED: [(429, {"message": "Rate limit reached on tokens per min", "code": "rate_limit_exceeded"})],
    Why.UNTOLD: [(500, {"message": "CUDA error", "type": "server_error"}), (503, {"message": "Loading model"})],
}  # fmt: skip


def fault(status: int, body: Any) -> AgentError:
    """Return what the desk makes of a server's answer, read by the client that reads it in earnest."""
    request = httpx.Request("POST", "https://models.example.com/v1/responses")
    answer: Any = httpx.Response(status, json=body, request=request)
    error = AsyncOpenAI(api_key="k")._make_status_error_from_response(answer)
    return fault_of(error)


@pytest.mark.parametrize(
    ("why", "status", "body"), [(why, *each) for why, refusals in REFUSALS.items() for each in refusals]
)
def test_what_servers_say_is_understood(why: Why, status: int, body: dict[str, object]) -> None:
    fields = fields_of(fault(status, {"error": body}))

    assert fields["why"] == why
    assert fields["status"] == str(status)
    assert SAID not in str(fields)


def test_a_server_that_words_nothing_is_told_by_its_status() -> None:
    assert fields_of(fault(401, "no")) == {"error": "AuthenticationError", "status": "401", "code": "", "why": "key"}
    assert fields_of(fault(404, ["gone"]))["why"] == Why.MODEL


def test_a_context_that_is_too_small_is_not_tried_again_though_the_server_says_500() -> None:
    assert type(fault(500, {"error": {"message": "the request exceeds the available context size"}})) is AgentError


@pytest.mark.parametrize("code", [SAID, "sarah@example.com", "ord_1001", "x" * (LONGEST_CODE + 1), "4711", "ab\ncd"])
def test_a_code_that_may_hold_somebodys_words_is_none(code: str) -> None:
    assert code_of(code) == ""


def test_the_codes_of_vendors_are_kept() -> None:
    codes = ["context_length_exceeded", "rate-limit", "ResourceExhausted", "Throttling.RateQuota", "429"]
    assert [code_of(code) for code in codes] == codes


def test_a_label_whose_values_a_vendor_chooses_is_bounded() -> None:
    for number in range(MOST_VALUES):
        assert bounded({"test_label": f"value_{number}"}) == {"test_label": f"value_{number}"}
    assert bounded({"test_label": "one_more"}) == {"test_label": OTHER}
    assert bounded({"test_label": "value_0"}) == {"test_label": "value_0"}


def test_there_is_a_mend_for_everything() -> None:
    assert set(TOLD) == set(Why)
    assert all(told.mend for told in TOLD.values())
