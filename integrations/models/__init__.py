"""The models behind the specialists: any OpenAI-compatible server, or the offline rule model."""

from dataclasses import dataclass, replace
from typing import Literal

from agents import (
    Model,
    ModelRetrySettings,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    set_trace_provider,
)
from agents.retry import RetryPolicyContext, retry_policies
from agents.tracing.provider import DefaultTraceProvider
from openai import AsyncOpenAI

from bot.late_package import absent
from integrations.models.client import ModelClient
from integrations.models.door.door import Door
from integrations.models.offline import OfflineModel
from integrations.models.rules.reading import Reading
from integrations.models.server_key import Key, given
from integrations.models.variants import know_variants

OFFLINE = "offline"
"""The name that chooses the rule model."""

OPENAI = "api.openai.com"
TIMEOUT_SECONDS = 30.0

Api = Literal["responses", "chat_completions"]

_TRANSIENT = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class ModelClients:
    """The two models of a desk and how they are called.

    Args:
        large: for specialists with `model: large`.
        small: for triage, screen and summaries.
        settings: for every call of either.
        clients: connections to close with `close`.
    """

    large: Model
    small: Model
    settings: ModelSettings
    clients: tuple[AsyncOpenAI, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether the small one can be asked for a text of its own, such as a summary; the rule model cannot."""
        return not isinstance(self.small, OfflineModel)

    def for_desk(self, reading: Reading) -> "ModelClients":
        """Return them for a desk: the rule model knows its languages and asks its router."""
        large, small = (
            model.with_reading(reading) if isinstance(model, OfflineModel) else model
            for model in (self.large, self.small)
        )
        return replace(self, large=large, small=small)

    async def close(self) -> None:
        """Close the connections to the model server."""
        for client in self.clients:
            await client.close()


def create_models(
    model: str,
    router_model: str = "",
    api_key: Key = "",
    base_url: str = "",
    api: Api = "responses",
    timeout: float = TIMEOUT_SECONDS,
) -> ModelClients:
    """Return the models by their names; no call is made.

    Args:
        model: name at the server, or `offline`.
        api_key: or what returns it, where it may be changed while we run.
        router_model: the small one; empty is the same as `model`.
        base_url: empty is OpenAI's own.
        timeout: seconds per attempt.
    """
    _send_no_traces()
    names = (model, router_model or model)
    settings = model_settings(api, timeout)
    if all(name == OFFLINE for name in names):
        return ModelClients(OfflineModel(), OfflineModel(), settings)
    # The runner retries, by the policy below; a second layer would multiply the attempts.
    know_variants()
    with absent("trio"):  # the HTTP library takes it along where it happens to be installed
        client = ModelClient(api_key=given(api_key), base_url=base_url or None, timeout=timeout, max_retries=0)
    large, small = (OfflineModel() if name == OFFLINE else _remote(name, client, api) for name in names)
    return ModelClients(large, small, settings, (client,))


def _send_no_traces() -> None:
    """Take away what the SDK sends to OpenAI of each run, with every word of it; ours hold ids (`bot/telemetry`).

    https://openai.github.io/openai-agents-python/tracing/
    """
    none = DefaultTraceProvider()  # the SDK's own begins with an HTTP client, whether it sends or not
    none.set_disabled(True)
    set_trace_provider(none)


def model_settings(api: Api = "responses", timeout: float = TIMEOUT_SECONDS) -> ModelSettings:
    """Return how models are called: time limit, bounded retries, nothing kept at the provider.

    A desk's calls have limits and retries of their own (`bot/turn/agent/patience.py`); these are for what is asked
    beside a conversation. The SDK retries nothing without a policy. That calls may be parallel is not said: it is so
    anyway, and some servers refuse to be told.
    """
    return ModelSettings(
        timeout=timeout,
        retry=ModelRetrySettings(
            max_retries=2,
            backoff={"initial_delay": 0.5, "max_delay": 8.0, "multiplier": 2.0, "jitter": True},
            policy=retry_policies.all(
                _is_no_timeout,
                retry_policies.any(retry_policies.network_error(), retry_policies.http_status(_TRANSIENT)),
            ),
        ),
        store=False if api == "responses" else None,
        include_usage=True if api == "chat_completions" else None,
    )


def _is_no_timeout(context: RetryPolicyContext) -> bool:
    return not context.normalized.is_timeout


def _remote(name: str, client: ModelClient, api: Api) -> Model:
    server = str(client.base_url)
    if api == "responses":
        model: Model = OpenAIResponsesModel(name, client)
    else:
        model = OpenAIChatCompletionsModel(name, client)
    # OpenAI itself keeps thoughts out of the text; of every other server that has to be seen first.
    return Door(
        model, name, server, client.habits[name], by_id=api == "responses", thinks_apart=client.base_url.host == OPENAI
    )
