"""The key that a model server is called with: a text, or what returns the one of now."""

from collections.abc import Awaitable, Callable

Key = str | Callable[[], str]


def given(key: Key) -> str | Callable[[], Awaitable[str]]:
    """Return the key as the client takes it: with a function, it asks before each call.

    https://github.com/openai/openai-python/blob/main/src/openai/_client.py
    """
    if isinstance(key, str):
        return key

    async def now() -> str:
        return key()

    return now
