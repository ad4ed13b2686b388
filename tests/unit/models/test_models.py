"""The models behind the specialists: what is sent, how often, and what is kept."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from agents import Agent, OpenAIResponsesModel, RunConfig, Runner, function_tool
from agents.exceptions import ModelTimeoutError
from openai import APIStatusError, APITimeoutError, AsyncOpenAI

from integrations.models import Api, create_models, model_settings
from integrations.models.judge import judge_by
from integrations.models.offline import OfflineModel

QUIET = RunConfig(tracing_disabled=True)
ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/responses": {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "m",
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "Hello.", "annotations": []}],
            }
        ],
        "tools": [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
    },
    "/v1/chat/completions": {
        "id": "chat_1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    },
}


class ModelServer(ThreadingHTTPServer):
    """Answers like a model provider, after failing as often as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Route)
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.failures: list[int] = []
        self.hangs = False
        self.goes_on = threading.Event()

    @property
    def url(self) -> str:
        """The base URL for `OPENAI_BASE_URL`."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Route(BaseHTTPRequestHandler):
    server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, self.headers["authorization"], body))
        if self.server.hangs:
            self.server.goes_on.wait(10)
        status = self.server.failures.pop(0) if self.server.failures else 200
        answer = json.dumps(ANSWERS[self.path] if status == 200 else {"error": {"message": "no"}}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.goes_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


async def ask(server: ModelServer, api: Api = "responses", seconds: float = 30.0) -> str:
    models = create_models("large-1", "small-1", "key-1", server.url, api, seconds)
    agent = Agent(name="a", instructions="Answer.", model=models.large, model_settings=models.settings)
    try:
        return str((await Runner.run(agent, "hi", run_config=QUIET)).final_output)
    finally:
        await models.close()


async def test_responses_are_asked_for_without_being_kept_at_the_provider(server: ModelServer) -> None:
    assert await ask(server) == "Hello."

    [(path, key, body)] = server.asked
    assert (path, key) == ("/v1/responses", "Bearer key-1")
    assert body["model"] == "large-1"
    assert body["store"] is False


async def test_servers_with_chat_completions_alone_work_too(server: ModelServer) -> None:
    assert await ask(server, "chat_completions") == "Hello."

    [(path, _, body)] = server.asked
    assert path == "/v1/chat/completions"
    assert body["model"] == "large-1"


async def test_a_request_is_what_openais_own_client_sends(server: ModelServer) -> None:
    @function_tool
    def look(order_id: str, when: str = "") -> str:
        """Look at an order."""
        return order_id + when

    said: Any = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "hello", "annotations": []}]},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "late"},
        {"role": "user", "content": "and now?"},
    ]
    models = create_models("large-1", api_key="key-1", base_url=server.url)
    for model in (OpenAIResponsesModel("large-1", AsyncOpenAI(api_key="key-1", base_url=server.url)), models.large):
        agent = Agent(name="a", instructions="Answer.", model=model, tools=[look], model_settings=models.settings)
        assert (await Runner.run(agent, said, run_config=QUIET)).final_output == "Hello."
        await model.close()
    await models.close()

    (_, _, theirs), (_, _, ours) = server.asked
    assert ours == theirs


async def test_a_passing_failure_is_tried_again(server: ModelServer) -> None:
    server.failures = [503]

    assert await ask(server) == "Hello."
    assert len(server.asked) == 2


async def test_a_refusal_is_not_tried_again(server: ModelServer) -> None:
    server.failures = [401, 401, 401]

    with pytest.raises(APIStatusError):
        await ask(server)
    assert len(server.asked) == 1


async def test_a_server_that_hangs_is_asked_once(server: ModelServer) -> None:
    server.hangs = True

    with pytest.raises((APITimeoutError, ModelTimeoutError)):
        await ask(server, seconds=1.0)
    assert len(server.asked) == 1


def test_tries_and_times_are_bounded() -> None:
    settings = model_settings()

    assert settings.timeout == 30
    assert settings.retry is not None
    assert settings.retry.max_retries == 2
    assert settings.retry.policy is not None


def test_streamed_chat_completions_report_their_usage() -> None:
    assert model_settings("chat_completions").include_usage
    assert model_settings("responses").include_usage is None


def test_offline_is_a_name_like_any_other() -> None:
    offline = create_models("offline")
    assert isinstance(offline.large, OfflineModel)
    assert isinstance(offline.small, OfflineModel)

    mixed = create_models("large-1", "offline", "key-1")
    assert not isinstance(mixed.large, OfflineModel)
    assert isinstance(mixed.small, OfflineModel)


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('{"answer": "yes", "reason": "It names the day."}', ""),
        ('{"answer": "no", "reason": "No day is named."}', "No day is named."),
        ("It depends.", "the judge failed (ModelBehaviorError)"),
    ],
)
async def test_a_judge_asks_one_typed_question(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, api: Api, said: str, why: str
) -> None:
    answers = json.loads(json.dumps(ANSWERS).replace('"Hello."', json.dumps(said)))
    monkeypatch.setattr("tests.unit.models.test_models.ANSWERS", answers)
    models = create_models("large-1", "small-1", "key-1", server.url, api)
    judge = judge_by(models)
    assert judge is not None

    assert await judge("Customer: when?", "Is a day named?") == why

    await models.close()
    [(_, _, body)] = server.asked
    assert body["model"] == "small-1"
    assert "Customer: when?" in json.dumps(body)
    assert '"enum": ["yes", "no"]' in json.dumps(body)


def test_the_rule_model_judges_nothing() -> None:
    assert judge_by(create_models("offline")) is None
