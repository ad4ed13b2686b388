"""Reads the messages of a thread, or of a channel itself, page by page.

https://docs.slack.dev/reference/methods/conversations.replies
https://docs.slack.dev/reference/methods/conversations.history
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi

_PAGE = 100


async def messages_since(
    api: SlackApi, thread: Thread, oldest: float, *, pages: int, **more: Any
) -> AsyncIterator[Mapping[str, Any]]:
    """Yield messages of the thread, of the channel itself for an empty one; a thread's root comes with every page.

    Args:
        oldest: Unix seconds.
        pages: how many are read at most.
        more: arguments of the method.

    Raises:
        RemoteError: it cannot be read.
    """
    method = "conversations.replies" if thread.ts else "conversations.history"
    query: dict[str, Any] = {"channel": thread.channel, "oldest": f"{oldest:.6f}", "limit": _PAGE, **more}
    if thread.ts:
        query["ts"] = thread.ts
    for _ in range(pages):
        page = await api.read(method, **query)
        for raw in page.get("messages") or ():
            yield raw
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
        query["cursor"] = cursor
