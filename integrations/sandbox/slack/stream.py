"""chat.*Stream: text that grows in place until it is stopped, stopped by the user, or dies of age."""

from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.blocks import check_blocks
from integrations.sandbox.slack.call import MAX_MARKDOWN, Slack, SlackError, check_metadata
from integrations.sandbox.slack.chat import publish
from integrations.sandbox.slack.shapes import message_json
from integrations.sandbox.slack.state import BOT_USER, Message

_CHUNKS = {"markdown_text", "task_update", "plan_update", "blocks"}
_SESSION = {"active", "processing", "suspended", "closed"}


def start(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.startStream: always a thread reply."""
    channel = slack.writable(args["channel"])
    thread_ts = slack.parent(channel, args["thread_ts"], "messaging_processing_failed")
    if channel.kind != "im":
        for name in ("recipient_user_id", "recipient_team_id"):
            if not args.get(name):
                raise SlackError(f"missing_{name}")
    recipient = args.get("recipient_user_id")
    if recipient and recipient not in channel.members:
        raise SlackError("user_not_found")
    team = args.get("recipient_team_id")
    if team and recipient and slack.world.slack.users[recipient].team_id != team:
        raise SlackError("team_not_found")
    if args.get("task_display_mode", "timeline") not in {"timeline", "plan"}:
        raise SlackError("invalid_arg_name")
    text, tasks, blocks = _content(args)
    now = slack.world.clock.now()
    message = Message(
        channel.id, slack.now_ts(), BOT_USER, text, "markdown", thread_ts, blocks,
        username=str(args.get("username") or "") or None, streaming=True, stream_started=now,
        stream_touched=now, tasks=tasks,
    )  # fmt: skip
    publish(slack, message)
    return {"channel": channel.id, "ts": message.ts}


def append(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.appendStream"""
    message = _live(slack, args)
    if message.stopped_by_user:
        raise SlackError("stopped_by_user")
    if not args.get("markdown_text") and not args.get("chunks"):
        raise SlackError("no_text")
    _grow(message, *_content(args))
    message.stream_touched = slack.world.clock.now()
    slack.world.changed()
    return {"channel": message.channel, "ts": message.ts}


def stop(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.stopStream; allowed after the user's Stop, too."""
    message = _live(slack, args)
    content = _content(args)
    blocks = check_blocks(args.get("blocks"))
    metadata = check_metadata(args.get("metadata"))
    if args.get("session_status", "active") not in _SESSION:
        raise SlackError("invalid_arg_name")
    previous = message_json(slack.world, message)
    _grow(message, *content)
    message.blocks = message.blocks + blocks
    message.metadata = metadata
    message.streaming = False
    slack.world.changed()
    slack.events.changed(message, previous, slack.now_ts())
    shape = message_json(slack.world, message)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _live(slack: Slack, args: JSON) -> Message:
    channel = slack.channel(args["channel"])
    message = slack.own_message(channel, args["ts"], "message_not_owned_by_app")
    if not slack.streaming(message):
        raise SlackError("message_not_in_streaming_state")
    return message


def _content(args: JSON) -> tuple[str, list[JSON], list[JSON]]:
    text = str(args.get("markdown_text") or "")
    tasks: list[JSON] = []
    blocks: list[JSON] = []
    chunks: Any = args.get("chunks") or []
    if not isinstance(chunks, list):
        raise SlackError("invalid_chunks")
    for chunk in chunks:
        kind = chunk.get("type") if isinstance(chunk, dict) else None
        if kind not in _CHUNKS:
            raise SlackError("invalid_chunks")
        if kind == "markdown_text":
            if not isinstance(chunk.get("text"), str):
                raise SlackError("invalid_chunks")
            text += chunk["text"]
        elif kind == "blocks":
            blocks += check_blocks(chunk.get("blocks"))
        else:
            tasks.append(chunk)
    if len(text) > MAX_MARKDOWN:
        raise SlackError("msg_blocks_too_long")
    return text, tasks, blocks


def _grow(message: Message, text: str, tasks: list[JSON], blocks: list[JSON]) -> None:
    message.text += text
    message.tasks += tasks
    message.blocks = message.blocks + blocks


HANDLERS = {"chat.startStream": start, "chat.appendStream": append, "chat.stopStream": stop}
