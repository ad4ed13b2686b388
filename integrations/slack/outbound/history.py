"""Reads what a thread or a channel holds that no event may have delivered."""

from typing import Any

from pydantic import ValidationError

from bot.domain.events import SlackThread
from integrations.slack.api.client import SlackApi
from integrations.slack.inbound.parse import SlackMessage, line_of
from integrations.slack.outbound.own_messages import OwnIdentity

_PAGE = 100
_MOST_PAGES = 3


async def lines_since(api: SlackApi, thread: SlackThread, since: float, me: OwnIdentity) -> list[SlackMessage]:
    """Return people's lines in the thread after `since` (Unix seconds), oldest first; its root is none of them.

    Those that begin threads of the channel, for an empty thread.
    https://docs.slack.dev/reference/methods/conversations.replies
    https://docs.slack.dev/reference/methods/conversations.history

    Raises:
        RemoteError: the thread cannot be read.
    """
    found: list[SlackMessage] = []
    method = "conversations.replies" if thread.ts else "conversations.history"
    oldest = max(since, float(thread.ts or 0))
    query: dict[str, Any] = {"channel": thread.channel, "oldest": f"{oldest:.6f}", "limit": _PAGE}
    query |= {"ts": thread.ts} if thread.ts else {}
    for _ in range(_MOST_PAGES):
        page = await api.read(method, **query)
        for raw in page.get("messages") or ():
            try:
                line = line_of(raw, thread.channel, thread.team, me.user)
            except ValidationError:
                continue
            # The root comes with every page.
            if line is not None and float(line.ts) > oldest:
                found.append(line)
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
        query["cursor"] = cursor
    return sorted(found, key=lambda line: float(line.ts))
