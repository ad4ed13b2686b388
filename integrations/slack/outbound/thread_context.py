"""Reads what stands in a thread above a line: the root message and what came between."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.domain.errors import NotFound
from bot.domain.events import Author, InboundMessage, StaffComment
from bot.domain.ids import AuthorId, ConversationId, Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.inbound.attachments import beside
from integrations.slack.inbound.parse import line_of
from integrations.slack.inbound.wire import MessageEvent
from integrations.slack.outbound.markup import plain
from integrations.slack.outbound.own_messages import OwnIdentity

_MOST = 200


async def lines_above(api: SlackApi, thread: Thread, before: str, me: OwnIdentity) -> list[InboundMessage]:
    """Return what was written in the thread before the message `before`, oldest first; people's lines as customers'.

    One page is read, which begins with the root: https://docs.slack.dev/reference/methods/conversations.replies

    Raises:
        RemoteError: the thread cannot be read; one that is gone has nothing above.
    """
    try:
        query: dict[str, Any] = {"channel": thread.channel, "ts": thread.ts, "latest": before, "limit": _MOST}
        page = await api.read("conversations.replies", **query)
    except NotFound as error:
        if error.code == "thread_not_found":
            return []
        raise
    found = [_line(raw, thread, me) for raw in page.get("messages") or () if isinstance(raw, Mapping)]
    return sorted((line for line in found if line and line.at < float(before)), key=lambda line: line.at)


def _line(raw: Mapping[str, Any], thread: Thread, me: OwnIdentity) -> InboundMessage | None:
    try:
        person = line_of(raw, thread.channel, thread.team, me.user)
        if person is not None:
            return person.message()
        message = MessageEvent.model_validate({**raw, "type": "message", "channel": thread.channel})
    except ValidationError:
        return None
    if not (message.bot_id or message.user == me.user):
        return None  # somebody joined, a topic changed, a tombstone
    name = _name(raw, me)
    text = plain(message.text or "") or beside("", message.attachments, message.blocks)
    author = Author(AuthorId.in_slack(thread.team, message.bot_id or message.user or ""), name)
    return StaffComment(id=message.ts, conversation=ConversationId(), author=author, text=text, at=float(message.ts))


def _name(raw: Mapping[str, Any], me: OwnIdentity) -> str:
    if raw.get("user") == me.user or (me.bot and raw.get("bot_id") == me.bot):
        return "the assistant"
    profile = raw.get("bot_profile")
    name = raw.get("username") or (profile.get("name") if isinstance(profile, Mapping) else "")
    return str(name or "an app")
