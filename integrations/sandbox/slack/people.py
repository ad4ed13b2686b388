"""What people do in Slack: write, edit, delete, click, open the home tab, press Stop."""

import base64
import binascii
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import Slack
from integrations.sandbox.slack.chat import publish, remove
from integrations.sandbox.slack.shapes import file_json, message_json
from integrations.sandbox.slack.state import (
    APP_ID,
    BOT_USER,
    Channel,
    Message,
    ResponseUrl,
    SlackFile,
    SlackUser,
)
from integrations.sandbox.slack.views import TRIGGER_SECONDS

MAX_FILES = 10
_NOBODY = {"name": "somebody", "real_name": "Some Body"}
_PERSON = ("name", "real_name", "team_id", "email", "is_restricted", "more")
RESPONSE_SECONDS, RESPONSE_USES = 1800.0, 5


class Misuse(Exception):
    """A control call that no person could do."""


def post(slack: Slack, wanted: JSON) -> JSON:
    """A person writes; `channel` may be the bot's user id, meaning their DM with it."""
    user = person(slack, wanted)
    channel = _channel(slack, user, wanted)
    thread_ts = _thread(slack, channel, wanted)
    message = _written(slack, user, channel, wanted)
    message.thread_ts = thread_ts
    if thread_ts and wanted.get("broadcast"):
        message.subtype = "thread_broadcast"
    publish(slack, message)
    return {"ts": message.ts, "channel": channel.id}


def _written(slack: Slack, user: SlackUser, channel: Channel, wanted: JSON) -> Message:
    """Text, files, tables and forwarded messages as one message; raises Misuse where there is none of them."""
    text = wanted.get("text") or ""
    if not isinstance(text, str):
        raise Misuse("text is a string")
    files = [_file(slack, user, channel, item) for item in wanted.get("files") or []]
    attachments = [*_tables(wanted), *_forwards(slack, user, wanted)]
    if len(files) > MAX_FILES or not any((text, files, attachments)):
        raise Misuse("a text, a table, a message to forward or up to 10 files, please")

    message = Message(channel.id, slack.now_ts(), user.id, text, attachments=attachments)
    message.event = dict(wanted.get("event") or {})
    if files:
        _add_files(slack, message, files)
    else:
        message.client_msg_id = str(uuid.uuid4())
    return message


def _add_files(slack: Slack, message: Message, files: list[SlackFile]) -> None:
    slack.world.slack.files |= {file.id: file for file in files}
    message.files = [file.id for file in files]
    message.subtype = "file_share"


def _thread(slack: Slack, channel: Channel, wanted: JSON) -> str | None:
    """The thread to write to, None for the channel itself; raises Misuse where there is none."""
    if not wanted.get("thread_ts"):
        return None
    thread_ts = str(wanted["thread_ts"])
    root = slack.world.slack.find(channel.id, thread_ts)
    if root is None or root.thread_ts not in {None, root.ts}:
        raise Misuse("no such thread")
    return thread_ts


def join(slack: Slack, wanted: JSON) -> JSON:
    """Somebody new comes, or somebody known is another: any field of a person, `channels` to be in, and `more`."""
    fields = {name: wanted[name] for name in _PERSON if name in wanted}
    user_id = str(wanted["user"])
    old = slack.world.slack.users.get(user_id)
    user = replace(old, **fields) if old else SlackUser(**{**_NOBODY, "id": user_id, **fields})
    slack.world.slack.users[user_id] = user
    for channel_id in wanted.get("channels") or ():
        members = slack.world.slack.channels[str(channel_id)].members
        members.extend({user_id} - set(members))
    slack.world.changed()
    return {"user": user_id, "channel": slack.direct(user_id).id}


def edit(slack: Slack, wanted: JSON) -> JSON:
    """A person changes their own message."""
    _, message = _own(slack, wanted)
    text = wanted.get("text")
    if not isinstance(text, str) or not text:
        raise Misuse("text is missing")
    previous = message_json(slack.world, message)
    message.text, message.edited = text, slack.now_ts()
    slack.world.changed()
    slack.events.changed(message, previous, message.edited)
    return {"ts": message.ts, "channel": message.channel}


def delete(slack: Slack, wanted: JSON) -> JSON:
    """A person deletes their own message."""
    channel, message = _own(slack, wanted)
    remove(slack, channel, message)
    return {"ts": message.ts, "channel": channel.id}


def click(slack: Slack, wanted: JSON) -> JSON:
    """A person uses a button or menu of a message they can see; a public channel is looked into without joining."""
    user = person(slack, wanted)
    channel = _looked_into(slack, user, wanted) or _channel(slack, user, wanted)
    message = slack.world.slack.find(channel.id, str(wanted.get("ts")))
    if message is None or message.ephemeral_for not in {None, user.id}:
        raise Misuse("no such message")
    action = _action(message, str(wanted.get("action_id")), wanted.get("value"))
    action["action_ts"] = slack.now_ts()
    state, now = slack.world.slack, slack.world.clock.now()
    trigger = state.new_trigger(f"{slack.now_ts()}.{uuid.uuid4().hex}", user.id, now + TRIGGER_SECONDS)
    response = uuid.uuid4().hex
    state.response_urls[response] = ResponseUrl(
        channel.id, message.ts, message.thread_ts, user.id, now + RESPONSE_SECONDS
    )
    # In an organisation a click may name another of its workspaces than the person's lines do.
    team = str(wanted.get("team") or user.team_id)
    container: JSON = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = bool(message.ephemeral_for)
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    slack.events.interact(
        {
            "type": "block_actions",
            "user": {
                "id": user.id,
                "username": user.name,
                "name": user.name,
                "team_id": team,
            },
            "api_app_id": APP_ID,
            "container": container,
            "trigger_id": trigger,
            **slack.events.place(channel.team_id),
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "message": message_json(slack.world, message),
            "state": {"values": {}},
            "response_url": f"{slack.world.base_url}/slack/response/{response}",
            "actions": [action],
        }
    )
    slack.world.changed()
    return {"trigger_id": trigger}


def open_home(slack: Slack, wanted: JSON) -> JSON:
    """A person opens the app's home or messages tab."""
    user = person(slack, wanted)
    tab = wanted.get("tab", "home")
    if tab not in {"home", "messages"}:
        raise Misuse("tab is home or messages")
    channel = slack.direct(user.id)
    event: JSON = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab}
    event["event_ts"] = slack.now_ts()
    if tab == "home" and user.id in slack.world.slack.homes:
        event["view"] = slack.world.slack.homes[user.id]
    slack.events.emit(event, None)
    return {"channel": channel.id}


def stop(slack: Slack, wanted: JSON) -> JSON:
    """A person presses Stop in a thread: live streams refuse further text."""
    user = person(slack, wanted)
    channel = _channel(slack, user, wanted)
    thread_ts = str(wanted.get("thread_ts"))
    if slack.world.slack.find(channel.id, thread_ts) is None:
        raise Misuse("no such thread")
    stopped = []
    for ts in slack.world.slack.replies(channel.id, thread_ts):
        message = slack.world.slack.messages[channel.id][ts]
        if message.streaming:
            message.stopped_by_user = True
            stopped.append(ts)
    event: JSON = {"type": "agent_session_stopped", "channel": channel.id, "thread_ts": thread_ts}
    event |= {"user": user.id, "streaming_message_ts": stopped, "event_ts": slack.now_ts()}
    slack.events.emit(event, channel)
    slack.world.changed()
    return {"stopped": stopped}


def person(slack: Slack, wanted: JSON) -> SlackUser:
    """The acting person; raises Misuse for bots and strangers."""
    user = slack.world.slack.users.get(str(wanted.get("user")))
    if user is None or user.is_bot:
        raise Misuse("no such person")
    return user


def _channel(slack: Slack, user: SlackUser, wanted: JSON) -> Channel:
    if wanted.get("channel") == BOT_USER:
        return slack.direct(user.id)
    channel = slack.world.slack.channels.get(str(wanted.get("channel")))
    if channel is None or user.id not in channel.members:
        raise Misuse("this person is not in that channel")
    if channel.is_archived:
        raise Misuse("the channel is archived")
    return channel


def _looked_into(slack: Slack, user: SlackUser, wanted: JSON) -> Channel | None:
    channel = slack.world.slack.channels.get(str(wanted.get("channel")))
    if channel is None or channel.kind != "channel" or channel.is_archived:
        return None
    return channel if user.team_id == channel.team_id and not user.is_restricted else None


def _own(slack: Slack, wanted: JSON) -> tuple[Channel, Message]:
    user = person(slack, wanted)
    channel = _channel(slack, user, wanted)
    message = slack.world.slack.find(channel.id, str(wanted.get("ts")))
    if message is None or message.user != user.id:
        raise Misuse("no such message of this person")
    return channel, message


def _file(slack: Slack, user: SlackUser, channel: Channel, item: Any) -> SlackFile:
    now = int(slack.world.clock.now())
    file_id = slack.world.slack.next_id("F")
    if isinstance(item, dict) and item.get("external_url"):
        link, kind = str(item["external_url"]), "application/vnd.google-apps.document"
        return SlackFile(file_id, str(item.get("name")), kind, 0, user.id, now, "", channels=[channel.id],
                         external_url=link)  # fmt: skip
    try:
        content = base64.b64decode(item["content_base64"], validate=True)
        name, mimetype = str(item["name"]), str(item.get("mimetype") or "application/octet-stream")
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise Misuse("a file needs name, mimetype, content_base64") from error
    text = base64.b64encode(content).decode()
    return SlackFile(file_id, name, mimetype, len(content), user.id, now, text, channels=[channel.id])


def _tables(wanted: JSON) -> list[JSON]:
    """A pasted table, as Slack's clients send it: https://docs.slack.dev/reference/block-kit/blocks/table-block"""
    rows = wanted.get("table")
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Misuse("table is a list of rows")
    block = {"type": "table", "block_id": "t1", "rows": [[_rich(str(cell)) for cell in row] for row in rows]}
    return [{"id": 1, "fallback": "[no preview available]", "blocks": [block]}]


def _forwards(slack: Slack, user: SlackUser, wanted: JSON) -> list[JSON]:
    """A message that the person forwards (`{"channel","ts"}`), with its files."""
    place = wanted.get("forward")
    if place is None:
        return []
    channel = _channel(slack, user, place)
    message = slack.world.slack.find(channel.id, str(place.get("ts")))
    if message is None:
        raise Misuse("no such message to forward")
    author = slack.world.slack.users.get(message.user)
    name = author.real_name if author else "Frontdesk"
    block = message_json(slack.world, message)["blocks"]
    inner = {"team": channel.team_id, "channel": channel.id, "ts": message.ts, "message": {"blocks": block}}
    share: JSON = {
        "ts": message.ts, "id": 1, "is_msg_unfurl": True, "is_share": True, "author_id": message.user,
        "author_name": name, "channel_id": channel.id, "channel_team": channel.team_id, "text": message.text,
        "fallback": f"[November 14th] {name}: {message.text}", "footer": f"Posted in #{channel.name}",
        "from_url": f"https://acme-store.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}",
        "mrkdwn_in": ["text"], "message_blocks": [inner],
    }  # fmt: skip
    if message.files:
        share["files"] = [file_json(slack.world, slack.world.slack.files[file]) for file in message.files]
    return [share]


def _rich(text: str) -> JSON:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _action(message: Message, action_id: str, value: object) -> JSON:
    for block, element in _elements(message):
        found = _chosen(element, value) if element.get("action_id") == action_id else None
        if found is not None:
            shared = {"type": element["type"], "action_id": action_id}
            return {**shared, "block_id": block.get("block_id", message.ts[-5:]), **found}
    raise Misuse("no such button")


def _elements(message: Message) -> Iterator[tuple[JSON, JSON]]:
    """Everything that can be used, with the block it stands in."""
    for block in message.blocks:
        yield from ((block, element) for element in block.get("elements") or [])
        if isinstance(block.get("accessory"), dict):
            yield block, block["accessory"]


def _chosen(element: JSON, value: object) -> JSON | None:
    """What a click on it says; None where it holds no such value (`value` None takes any)."""
    if element["type"] == "feedback_buttons":
        buttons = [element.get(name) or {} for name in ("positive_button", "negative_button")]
        button = _first(buttons, value)
        return None if button is None else {"text": button.get("text"), "value": button.get("value")}
    if "options" in element:
        option = _first(element["options"], value)
        return None if option is None else {"selected_option": option}
    if _first([element], value) is None:
        return None
    return {key: element[key] for key in ("text", "value", "style") if key in element}


def _first(choices: Iterable[JSON], value: object) -> JSON | None:
    return next((choice for choice in choices if value in {None, choice.get("value")}), None)
