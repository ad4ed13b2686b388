"""chat.*Stream: text that grows in place until it is stopped, stopped by the user, or dies of age."""

from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.blocks import check_blocks
from integrations.sandbox.slack.call import MAX_MARKDOWN, SESSION_STATES, Slack, SlackError, check_metadata
from integrations.sandbox.slack.chat import publish
from integrations.sandbox.slack.shapes import message_json
from integrations.sandbox.slack.state import BOT_USER, Channel, Message

_STEP_STATES = {"pending", "in_progress", "complete", "error"}
_LONGEST_STEP = 256


def start(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.startStream: always a thread reply."""
    channel = slack.writable(args["channel"])
    thread_ts = slack.parent(channel, args["thread_ts"], "messaging_processing_failed")
    _check_recipient(slack, channel, args)
    if args.get("task_display_mode", "timeline") not in {"timeline", "plan"}:
        raise SlackError("invalid_arg_name")

    content = _content(args)
    now = slack.world.clock.now()
    message = Message(
        channel.id,
        slack.now_ts(),
        BOT_USER,
        content.text,
        "markdown",
        thread_ts,
        content.blocks,
        username=str(args.get("username") or "") or None,
        streaming=True,
        stream_started=now,
        stream_touched=now,
        tasks=content.tasks,
    )
    publish(slack, message)
    # The guide says that a stream begins the session and that its stop ends it: https://docs.slack.dev/ai/agent-sessions
    slack.set_session(channel.id, thread_ts, "processing")
    return {"channel": channel.id, "ts": message.ts}


def _check_recipient(slack: Slack, channel: Channel, args: JSON) -> None:
    """In a channel Slack wants to know for whom the text is; a direct message has but one reader."""
    recipient = args.get("recipient_user_id")
    team = args.get("recipient_team_id")
    if channel.kind != "im" and not recipient:
        raise SlackError("missing_recipient_user_id")
    if channel.kind != "im" and not team:
        raise SlackError("missing_recipient_team_id")
    if not recipient:
        return

    if recipient not in channel.members:
        raise SlackError("user_not_found")
    if team and slack.world.slack.users[recipient].team_id != team:
        raise SlackError("team_not_found")


def append(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.appendStream"""
    message = _live(slack, args)
    if message.stopped_by_user:
        raise SlackError("stopped_by_user")
    if not args.get("markdown_text") and not args.get("chunks"):
        raise SlackError("no_text")
    _grow(message, _content(args))
    message.stream_touched = slack.world.clock.now()
    slack.world.changed()
    return {"channel": message.channel, "ts": message.ts}


def stop(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.stopStream; allowed after the user's Stop, too."""
    message = _live(slack, args)
    content = _content(args)
    blocks = check_blocks(args.get("blocks"))
    metadata = check_metadata(args.get("metadata"))
    session = args.get("session_status", "active")
    if session not in SESSION_STATES:
        raise SlackError("invalid_arg_name")
    previous = message_json(slack.world, message)
    _grow(message, content)
    message.blocks = message.blocks + blocks
    message.metadata = metadata
    message.streaming = False
    slack.world.changed()
    slack.set_session(message.channel, message.thread_ts, session)
    slack.events.changed(message, previous, slack.now_ts())
    shape = message_json(slack.world, message)
    return {"channel": message.channel, "ts": message.ts, "message": shape}


def _live(slack: Slack, args: JSON) -> Message:
    channel = slack.channel(args["channel"])
    message = slack.own_message(channel, args["ts"], "message_not_owned_by_app")
    if not slack.streaming(message):
        raise SlackError("message_not_in_streaming_state")
    return message


@dataclass(slots=True)
class _Content:
    """What a call adds to its stream."""

    text: str
    tasks: list[JSON] = field(default_factory=list)
    blocks: list[JSON] = field(default_factory=list)

    def add(self, chunk: Any) -> None:
        """Take one chunk; raises invalid_chunks."""
        kind = chunk.get("type") if isinstance(chunk, dict) else None
        match kind:
            case "markdown_text" if isinstance(chunk.get("text"), str):
                self.text += chunk["text"]
            case "blocks":
                self.blocks += check_blocks(chunk.get("blocks"))
            case "task_update" if _is_step(chunk):
                self.tasks.append(chunk)
            case "plan_update" if isinstance(chunk.get("title"), str):
                self.tasks.append(chunk)
            case _:
                raise SlackError("invalid_chunks")


def _is_step(chunk: JSON) -> bool:
    """Titles and details are plain text: https://docs.slack.dev/reference/block-kit/blocks/task-card-block"""
    words = [chunk.get(name, "") for name in ("title", "details", "output")]
    is_short = all(isinstance(text, str) and len(text) <= _LONGEST_STEP for text in words)
    return is_short and bool(chunk.get("id")) and bool(words[0]) and chunk.get("status") in _STEP_STATES


def _content(args: JSON) -> _Content:
    content = _Content(str(args.get("markdown_text") or ""))
    chunks: Any = args.get("chunks") or []
    if not isinstance(chunks, list):
        raise SlackError("invalid_chunks")
    for chunk in chunks:
        content.add(chunk)
    if len(content.text) > MAX_MARKDOWN:
        raise SlackError("msg_blocks_too_long")
    return content


def _grow(message: Message, content: _Content) -> None:
    message.text += content.text
    message.tasks += content.tasks
    message.blocks = message.blocks + content.blocks


HANDLERS = {"chat.startStream": start, "chat.appendStream": append, "chat.stopStream": stop}
