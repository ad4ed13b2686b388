"""Turns texts into vectors with any OpenAI-compatible server."""

import math
from array import array
from collections.abc import Sequence

from openai import AsyncOpenAI

from bot.domain.knowledge.sentence_model import Kind, Vector
from integrations.models.server_key import Key, given

TIMEOUT_SECONDS = 30.0

_AT_ONCE = 64  # texts per call
_PREFIXED = ("e5-small", "e5-base", "e5-large")
"""Models that were trained with `query: ` and `passage: ` in front (https://huggingface.co/intfloat/e5-base-v2)."""


class Embeddings:
    """An embedding model; a failed call is not repeated here, for passages come again and questions must not wait.

    Args:
        api_key: or what returns it, where it may be changed while we run.
        base_url: empty is OpenAI's own.

    https://platform.openai.com/docs/api-reference/embeddings/create
    """

    def __init__(self, model: str, api_key: Key, base_url: str = "") -> None:
        self.name = model
        self._wants_prefix = any(part in model.lower() for part in _PREFIXED) and "instruct" not in model.lower()
        self._client = AsyncOpenAI(
            api_key=given(api_key), base_url=base_url or None, timeout=TIMEOUT_SECONDS, max_retries=0
        )

    async def embed(self, texts: Sequence[str], kind: Kind) -> Sequence[Vector]:
        """Return the texts' vectors, in order.

        Raises:
            OpenAIError: the server refused or did not answer.
        """
        sent = [f"{Kind(kind)}: {text}" for text in texts] if self._wants_prefix else list(texts)
        found: list[Vector] = []
        for start in range(0, len(sent), _AT_ONCE):
            found += await self._call(sent[start : start + _AT_ONCE])
        return found

    async def _call(self, texts: list[str]) -> list[Vector]:
        answer = await self._client.embeddings.create(model=self.name, input=texts, encoding_format="float")
        return [_unit(each.embedding) for each in sorted(answer.data, key=lambda each: each.index)]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _unit(values: Sequence[float]) -> Vector:
    length = max(math.sqrt(sum(value * value for value in values)), 1e-9)
    return array("f", [value / length for value in values])
