"""OpenAI's client, spared the work that is for nothing here."""

from functools import cached_property
from typing import Any

from openai import AsyncOpenAI
from openai.resources.responses import AsyncResponses

_AS_THEY_ARE = ("input", "tools")


class _Responses(AsyncResponses):
    """The Responses API; what is already as it goes over the wire is sent as it is.

    The client holds every item and every tool against each of some thirty shapes they may have, in search of fields
    to rename. There are none in either, and the search was a fifth of a turn.
    """

    async def create(self, **arguments: Any) -> Any:
        """As the client's own."""
        plain = {name: arguments.pop(name) for name in _AS_THEY_ARE if isinstance(arguments.get(name), str | list)}
        return await super().create(**{**arguments, "extra_body": {**(arguments.get("extra_body") or {}), **plain}})


class ModelClient(AsyncOpenAI):
    """The client of any OpenAI-compatible server."""

    @cached_property
    def responses(self) -> AsyncResponses:
        """The Responses API."""
        return _Responses(self)
