"""Models that do as a story needs: the rule model with somebody listening, and one that fails."""

from collections.abc import AsyncIterator, Awaitable, Callable
from inspect import isawaitable
from typing import Any

from agents import Model
from openai import OpenAIError

from integrations.models import ModelClients, model_settings
from integrations.models.offline import OfflineModel

Listener = Callable[[str | None, Any], Awaitable[None] | None]


class ListenedTo(OfflineModel):
    """The rule model; before each call the listener gets the instructions and the input.

    Args:
        listener: may act, wait or raise.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def stream_response(self, *given: Any, **named: Any) -> AsyncIterator[Any]:
        """Tell the listener, then answer as the rules do."""
        names = ("system_instructions", "input")
        told = {**dict(zip(names, given, strict=False)), **named}
        heard = self._listener(told["system_instructions"], told["input"])
        if isawaitable(heard):
            await heard
        async for event in super().stream_response(*given, **named):
            yield event


def offline_with(listener: Listener) -> Callable[..., ModelClients]:
    """Return what stands in for `create_models`."""
    model: Model = ListenedTo(listener)
    return lambda *_args, **_named: ModelClients(model, model, model_settings())


def failing(*_: Any) -> None:
    """A listener: the model server is away."""
    raise OpenAIError("away")
