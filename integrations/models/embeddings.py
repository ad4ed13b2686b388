"""Turns texts into vectors with any OpenAI-compatible server."""

from collections.abc import Sequence

from openai import AsyncOpenAI

TIMEOUT_SECONDS = 30.0


class Embeddings:
    """An embedding model; a failed call is not repeated here, for passages come again and questions must not wait.

    Args:
        base_url: empty is OpenAI's own.

    https://platform.openai.com/docs/api-reference/embeddings/create
    """

    def __init__(self, model: str, api_key: str, base_url: str = "") -> None:
        self._model = model
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url or None, timeout=TIMEOUT_SECONDS, max_retries=0)

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return the texts' vectors, in order.

        Raises:
            OpenAIError: the server refused or did not answer.
        """
        answer = await self._client.embeddings.create(model=self._model, input=list(texts), encoding_format="float")
        return [each.embedding for each in sorted(answer.data, key=lambda each: each.index)]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
