"""Makes a span of each call of a model, where spans are sent; what the journal replays is no call."""

from collections.abc import AsyncIterator
from typing import Any

from agents import Model, ModelResponse, Usage
from agents.items import TResponseStreamEvent
from openai.types.responses import ResponseCompletedEvent, ResponseUsage

from bot.telemetry import span_names, traces
from bot.turn.agent.model_cost import used_tokens


def traced_model(model: Model, name: str) -> Model:
    """Return the model, with its calls traced where spans are sent; else the model itself, at no cost."""
    return TracedModel(model, name) if traces.are_sent() else model


class TracedModel(Model):
    """Any model.

    Args:
        name: as its server knows it.
    """

    def __init__(self, model: Model, name: str) -> None:
        self._model = model
        self._name = name

    async def close(self) -> None:
        """Close the model behind it."""
        await self._model.close()

    def get_retry_advice(self, request: Any) -> Any:
        """Return what the model behind it advises."""
        return self._model.get_retry_advice(request)

    async def get_response(self, *given: Any, **named: Any) -> ModelResponse:
        """Return the response of the model behind it."""
        span = self._begun()
        try:
            response = await self._model.get_response(*given, **named)
            span.tell(_used(response.usage))
        except BaseException as error:
            span.fail(type(error).__name__)
            raise
        else:
            return response
        finally:
            span.end()

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[TResponseStreamEvent]:
        """Stream the response of the model behind it."""
        span = self._begun()
        try:
            async for event in self._model.stream_response(*given, **named):
                if isinstance(event, ResponseCompletedEvent):
                    span.tell(_used(event.response.usage))
                yield event
        except Exception as error:
            span.fail(type(error).__name__)
            raise
        finally:
            span.end()

    def _begun(self) -> traces.Span:
        """Nothing is inside it: a generator may end in another task than it began in, which no context survives."""
        attributes = {
            span_names.OPERATION: span_names.CHAT,
            span_names.PROVIDER: span_names.OPENAI,
            span_names.REQUEST_MODEL: self._name,
        }
        return traces.begin(f"{span_names.CHAT} {self._name}", attributes, calls_out=True)


def _used(usage: Usage | ResponseUsage | None) -> traces.Attributes:
    used = used_tokens(usage)
    if used is None:
        return {}
    told = {span_names.INPUT_TOKENS: used.input, span_names.OUTPUT_TOKENS: used.output}
    return told | ({span_names.CACHED_TOKENS: used.cached} if used.cached else {})
