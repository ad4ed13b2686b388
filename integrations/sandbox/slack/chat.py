"""chat.*: posting, changing, deleting."""

from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.blocks import check_blocks
from integrations.sandbox.slack.call import MAX_MARKDOWN, Slack, SlackError, check_metadata, truth
from integrations.sandbox.slack.shapes import message_json
from integrations.sandbox.slack.state import BOT_USER, Channel, Message

MAX_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000


def post_message(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = slack.writable(args["channel"])
    thread_ts = slack.parent(channel, args.get("thread_ts"))
    message = _new(slack, channel, args, thread_ts, "msg_blocks_too_long")
    message.metadata = check_metadata(args.get("metadata"))
    if thread_ts and truth(args.get("reply_broadcast")):
        message.subtype = "thread_broadcast"
    publish(slack, message)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(slack.world, message)}


def post_ephemeral(slack: Slack, args: JSON) -> JSON:
    """Seen by one person, kept by nobody: no event, not in the history."""
    channel = slack.writable(args["channel"])
    if args["user"] not in channel.members:
        raise SlackError("user_not_in_channel")
    thread_ts = slack.parent(channel, args.get("thread_ts"))
    message = _new(slack, channel, args, thread_ts, "msg_too_long")
    message.ephemeral_for = str(args["user"])
    slack.world.slack.messages.setdefault(channel.id, {})[message.ts] = message
    slack.world.changed()
    return {"message_ts": message.ts}


def update(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.update"""
    channel = slack.channel(args["channel"])
    message = slack.own_message(channel, args["ts"], "cant_update_message")
    if slack.streaming(message):
        raise SlackError("streaming_state_conflict")
    text, markdown = _texts(args, "msg_too_long", MAX_UPDATE_TEXT)
    blocks = check_blocks(args.get("blocks"), "msg_too_long")
    if not any((text, markdown, blocks, args.get("attachments"))):
        raise SlackError("no_text")
    metadata = check_metadata(args.get("metadata"))
    previous = message_json(slack.world, message)

    _reword(message, text, markdown)
    # Text without blocks removes the old blocks; attachments stay until an empty list is sent.
    message.blocks = blocks
    if "attachments" in args:
        message.attachments = _attachments(args)
    if metadata is not None:
        message.metadata = metadata
    at = slack.now_ts()
    if not blocks:
        message.edited = at

    slack.world.changed()
    slack.events.changed(message, previous, at)
    shape = message_json(slack.world, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


def _reword(message: Message, text: str, markdown: str) -> None:
    if markdown:
        message.text = markdown
        message.format = "markdown"
    elif text:
        message.text = text
        message.format = "mrkdwn"


def delete(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    channel = slack.channel(args["channel"])
    message = slack.own_message(channel, args["ts"], "cant_delete_message")
    remove(slack, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def permalink(slack: Slack, args: JSON) -> JSON:
    """A link to a message."""
    channel = slack.channel(args["channel"])
    message = slack.world.slack.find(channel.id, str(args["message_ts"]))
    if message is None:
        raise SlackError("message_not_found")
    link = f"https://acme-store.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def publish(slack: Slack, message: Message) -> None:
    """Store a new message and tell the app; the bot's word in a thread clears its status line."""
    state = slack.world.slack
    first_reply = bool(message.thread_ts) and not state.replies(message.channel, message.thread_ts or "")
    parent = state.find(message.channel, message.thread_ts) if message.thread_ts else None
    before = message_json(slack.world, parent) if parent and first_reply else None
    state.store(message)
    if message.user == BOT_USER and message.thread_ts:
        state.statuses.pop(f"{message.channel}:{message.thread_ts}", None)
    slack.world.changed()
    slack.events.posted(message)
    if before is not None and parent is not None:
        # The parent's new reply_count reaches apps as a message_changed without any change of text.
        slack.events.changed(parent, before, slack.now_ts())


def remove(slack: Slack, channel: Channel, message: Message) -> None:
    """Delete a message; a thread's root stays as a tombstone while it has replies."""
    state = slack.world.slack
    previous = message_json(slack.world, message)
    if state.replies(channel.id, message.ts):
        message.subtype, message.text, message.user = "tombstone", "This message was deleted.", "USLACKBOT"
        message.blocks, message.files, message.metadata = [], [], None
    else:
        del state.messages[channel.id][message.ts]
        state.deleted.setdefault(channel.id, []).append(message.ts)
        if message.thread_ts:
            state.threads[channel.id][message.thread_ts].remove(message.ts)
    slack.world.changed()
    slack.events.deleted(channel, previous, slack.now_ts())


def _new(slack: Slack, channel: Channel, args: JSON, thread_ts: str | None, too_long: str) -> Message:
    text, markdown = _texts(args, too_long, None)
    blocks = check_blocks(args.get("blocks"), too_long)
    attachments = _attachments(args)
    if not any((text, markdown, blocks, attachments)):
        raise SlackError("no_text")
    return Message(
        channel.id,
        slack.now_ts(),
        BOT_USER,
        markdown or text[:MAX_TEXT],
        "markdown" if markdown else "mrkdwn",
        thread_ts,
        blocks,
        attachments,
        username=str(args.get("username") or "") or None,
    )


def _texts(args: JSON, too_long: str, limit: int | None) -> tuple[str, str]:
    text, markdown = str(args.get("text") or ""), str(args.get("markdown_text") or "")
    if markdown and (text or args.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if len(markdown) > MAX_MARKDOWN or (limit is not None and len(text) > limit):
        raise SlackError(too_long)
    return text, markdown


def _attachments(args: JSON) -> list[JSON]:
    value: Any = args.get("attachments")
    if not isinstance(value, list):
        return []
    if len(value) > 100:
        raise SlackError("too_many_attachments")
    return [item for item in value if isinstance(item, dict)]


HANDLERS = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
}
