"""An OpenAI client that skips needless work per call and copes with servers other than OpenAI's."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cached_property
from typing import Any, get_args

from openai import APIStatusError, AsyncOpenAI, AsyncStream, BaseModel
from openai._streaming import ServerSentEvent, SSEDecoder
from openai.resources.chat import AsyncChat, AsyncCompletions
from openai.resources.responses import AsyncResponses
from openai.types.chat import ChatCompletion
from openai.types.responses import Response, ResponseOutputItem, ResponseStreamEvent
from pydantic import ValidationError

from integrations.models.door.chunks import WholeStream, whole_completion
from integrations.models.door.server_habits import Habits

_AS_THEY_ARE = ("input", "tools")
_EVENTS: dict[str, type[BaseModel]] = {
    name: kind
    for kind in get_args(get_args(ResponseStreamEvent)[0])
    for name in get_args(kind.model_fields["type"].annotation)
}
"""What the events of a stream are, by their type."""
for _part in (*get_args(get_args(ResponseOutputItem)[0]), Response):
    # What is built first is shared by all that holds it; else each event has a copy of its own, three megabytes each.
    _part.model_rebuild()


class _Responses(AsyncResponses):
    """The Responses API; what is already as it goes over the wire is sent as it is.

    The client holds every item and every tool against each of some thirty shapes they may have, in search of fields
    to rename. There are none in either, and the search was a fifth of a turn.
    """

    _client: "ModelClient"

    async def create(self, **arguments: Any) -> Any:
        """As the client's own, without what this model refuses."""
        return await _taken(self._create, arguments, self._client.habits[str(arguments.get("model"))])

    async def _create(self, **arguments: Any) -> Any:
        plain = {name: arguments.pop(name) for name in _AS_THEY_ARE if isinstance(arguments.get(name), str | list)}
        return await super().create(**{**arguments, "extra_body": {**(arguments.get("extra_body") or {}), **plain}})


class _Completions(AsyncCompletions):
    """Chat Completions, whoever answers."""

    _client: "ModelClient"

    async def create(self, **arguments: Any) -> Any:
        """As the client's own, without what this model refuses, and tidied.

        Raises:
            ModelTrouble: the answer is half of one.
        """
        answer = await _taken(super().create, arguments, self._client.habits[str(arguments.get("model"))])
        if isinstance(answer, ChatCompletion):
            return whole_completion(answer)
        return WholeStream(answer) if isinstance(answer, AsyncStream) else answer


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:
        return _Completions(self._client)


async def _taken(create: Callable[..., Awaitable[Any]], arguments: dict[str, Any], habits: Habits) -> Any:
    """Call, and call again without what is refused; each refusal is one parameter less, for every later call too."""
    while True:
        sent = habits.kept(arguments)
        try:
            return await create(**sent)
        except APIStatusError as error:
            if not habits.learn(error, sent):
                raise


class _Decoder(SSEDecoder):
    """Remembers whether the server said that it is done; the client keeps that to itself."""

    is_done = False

    async def aiter_bytes(self, iterator: AsyncIterator[bytes]) -> AsyncIterator[ServerSentEvent]:
        async for event in super().aiter_bytes(iterator):
            self.is_done = self.is_done or event.data.startswith("[DONE]")
            yield event


class ModelClient(AsyncOpenAI):
    """The client of any OpenAI-compatible server; `habits` are those of its models, by name."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.habits: defaultdict[str, Habits] = defaultdict(Habits)

    @cached_property
    def responses(self) -> AsyncResponses:
        """The Responses API."""
        return _Responses(self)

    @cached_property
    def chat(self) -> AsyncChat:
        """Chat Completions."""
        return _Chat(self)

    def copy(self, **changes: Any) -> "ModelClient":
        """Return a client with other options, for the same server."""
        made = super().copy(**changes)
        made.habits = self.habits
        return made

    with_options = copy

    def _make_sse_decoder(self) -> SSEDecoder:
        return _Decoder()

    def _process_response_data(self, *, data: Any, cast_to: Any, response: Any) -> Any:
        """Read an event by its type: the client holds each against some fifty shapes, a seventh of a turn."""
        kind = _EVENTS.get(str(data.get("type"))) if cast_to is ResponseStreamEvent and isinstance(data, dict) else None
        if kind is None:
            return super()._process_response_data(data=data, cast_to=cast_to, response=response)
        try:
            return kind.model_validate(data)
        except ValidationError:  # what a server leaves out is missed where it is needed
            return kind.construct(**data)
