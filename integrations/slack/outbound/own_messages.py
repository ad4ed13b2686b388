"""Finds our own messages in a thread by the effect id in their metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import THREAD_GONE, NotFound, RemoteError
from bot.domain.ids import Thread
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.blocks import EFFECT, PREVIEW
from integrations.slack.outbound.messages import messages_since

CLOCK_SKEW_SECONDS = 60.0
_MOST_PAGES = 20
_MOST_DOUBLES = 20


@dataclass(frozen=True)
class OwnIdentity:
    """Who we are in Slack.

    Args:
        team: the installing workspace.
        user: the bot's user id; `bot` its bot id.
        scopes: what the token may do, empty when Slack did not say.
    """

    team: str
    user: str
    bot: str
    name: str = ""
    team_name: str = ""
    url: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OwnMessage:
    """One of our messages in a thread.

    Args:
        effect_id: the effect it carries out, empty for a preview and for a message without label.
        parts: how many messages that effect has; `files` are the ids it announces.
        is_unfinished: whether it may be a preview whose answer never reached us.
    """

    ts: str
    effect_id: str
    parts: int
    files: tuple[str, ...]
    is_unfinished: bool


async def own_messages(api: SlackApi, thread: Thread, since: float, me: OwnIdentity) -> list[OwnMessage]:
    """Return our messages in the thread that are not older than `since` (Unix seconds), oldest first.

    Those of the channel itself for an empty thread.

    Raises:
        RemoteError: the thread cannot be read; a thread that is gone has no messages.
    """
    found: list[OwnMessage] = []
    oldest = max(since - CLOCK_SKEW_SECONDS, 0.0)
    try:
        all_since = messages_since(api, thread, oldest, pages=_MOST_PAGES, include_all_metadata=True)
        async for raw in all_since:
            found += [_own(raw)] if _is_ours(raw, me) else []
    except NotFound as error:
        if error.code != "thread_not_found":
            raise
    return sorted(found, key=lambda message: float(message.ts))


async def without_doubles(api: SlackApi, thread: Thread, found: Sequence[OwnMessage]) -> list[OwnMessage]:
    """Return the messages without those that stand twice under one effect id; these are deleted but for the first.

    A process that was frozen in the middle of a post sends it when it thaws, and nothing at Slack refuses it.
    """
    doubles = [extra for same in by_effect(found).values() for extra in same[1:]]
    for extra in doubles[:_MOST_DOUBLES]:
        await delete_quietly(api, thread.channel, extra.ts)
    gone = {extra.ts for extra in doubles}
    return [message for message in found if message.ts not in gone]


async def keep_in_thread(api: SlackApi, thread: Thread, answer: Mapping[str, Any]) -> None:
    """Take a message back that was meant for a thread and stands in the channel: its root was deleted meanwhile.

    Slack says ok, and its answer shows a message without `thread_ts`; where the thread has it, it may stay.

    Raises:
        NotFound: it was taken back.
    """
    shown, ts = _mapping(answer.get("message")), str(answer.get("ts") or "")
    if not thread.ts or not ts or not shown or shown.get("thread_ts"):
        return
    try:
        page = await api.read("conversations.replies", channel=thread.channel, ts=thread.ts, oldest=ts, inclusive=True)
        if any(raw.get("ts") == ts for raw in page.get("messages") or ()):
            return
    except RemoteError:
        pass  # what Slack showed counts
    await delete_quietly(api, thread.channel, ts)
    raise NotFound("the thread is gone", THREAD_GONE)


async def delete_quietly(api: SlackApi, channel: str, ts: str) -> None:
    """Delete a message of ours; a message that stays does no more harm than it did."""
    try:
        await api.write("chat.delete", channel=channel, ts=ts)
    except RemoteError:
        return


def by_effect(messages: Sequence[OwnMessage]) -> dict[str, list[OwnMessage]]:
    """Return the messages that carry out an effect, oldest first under each id."""
    table: dict[str, list[OwnMessage]] = {}
    for message in messages:
        if message.effect_id:
            table.setdefault(message.effect_id, []).append(message)
    return table


def part_id(effect_id: str, number: int) -> str:
    """Return the id of the `number`-th message (from 1) of an effect whose text needs several."""
    return effect_id if number == 1 else f"{effect_id}.{number}"


def _is_ours(raw: Mapping[str, Any], me: OwnIdentity) -> bool:
    return raw.get("user") == me.user or (bool(me.bot) and raw.get("bot_id") == me.bot)


def _own(raw: Mapping[str, Any]) -> OwnMessage:
    label = _mapping(raw.get("metadata"))
    payload = _mapping(label.get("event_payload"))
    kind = label.get("event_type")
    effect_id = payload.get("effect_id") if kind == EFFECT else None
    parts, files = payload.get("parts"), payload.get("files")
    return OwnMessage(
        ts=str(raw["ts"]),
        effect_id=effect_id if isinstance(effect_id, str) else "",
        parts=parts if isinstance(parts, int) else 1,
        files=tuple(str(file) for file in files) if isinstance(files, list) else (),
        is_unfinished=kind == PREVIEW or (not kind and not raw.get("files")),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
