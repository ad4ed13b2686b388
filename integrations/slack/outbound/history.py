"""Reads what a thread or a channel holds that no event may have delivered."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.inbound.incoming import SlackMessage
from integrations.slack.inbound.parse import line_of
from integrations.slack.outbound.messages import messages_since
from integrations.slack.outbound.own_messages import OwnIdentity

_MOST_PAGES = 3


async def lines_since(api: SlackApi, thread: Thread, since: float, me: OwnIdentity) -> list[SlackMessage]:
    """Return people's lines in the thread after `since` (Unix seconds), oldest first; its root is none of them.

    Those that begin threads of the channel, for an empty thread.

    Raises:
        RemoteError: the thread cannot be read.
    """
    found: list[SlackMessage] = []
    oldest = max(since, float(thread.ts or 0))
    async for raw in messages_since(api, thread, oldest, pages=_MOST_PAGES):
        line = _line(raw, thread, me)
        # The root comes with every page.
        if line is not None and float(line.ts) > oldest:
            found.append(line)
    return sorted(found, key=lambda line: float(line.ts))


def _line(raw: Mapping[str, Any], thread: Thread, me: OwnIdentity) -> SlackMessage | None:
    try:
        return line_of(raw, thread.channel, thread.team, me.user)
    except ValidationError:
        return None
