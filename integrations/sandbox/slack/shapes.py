"""Builds Slack's JSON for messages, users, channels and files."""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import World
from integrations.sandbox.slack.state import (
    APP_ID,
    BOT_ID,
    BOT_USER,
    TEAM_ID,
    TEAM_NAME,
    Channel,
    Message,
    SlackFile,
    SlackUser,
)

_WHERE_SET = ("subtype", "client_msg_id", "username", "attachments")
"""Fields of a message that Slack leaves out where they are empty."""


def channel_type(channel: Channel) -> str:
    """``channel_type`` of message events."""
    return channel.kind


def message_json(world: World, message: Message, all_metadata: bool = True) -> JSON:
    """A message as conversations.replies and chat.postMessage show it."""
    home = _home(world, message)
    shape: JSON = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": _team(world, message) or home,
        "blocks": message.blocks or [_rich_text(message)],
    }
    if message.user == BOT_USER:
        shape |= {"bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": _bot_profile(home)}
    for name in _WHERE_SET:
        if value := getattr(message, name):
            shape[name] = value
    if message.edited:
        shape["edited"] = {"user": message.user, "ts": message.edited}
    if message.files:
        shape |= {"files": _files(world, message), "upload": False}
    if message.metadata:
        shape["metadata"] = message.metadata if all_metadata else {"event_type": message.metadata["event_type"]}
    return shape | _reactions(message) | _thread(world, message)


def _team(world: World, message: Message) -> str:
    """The workspace of a message's author, empty for the bot, which has none of its own."""
    user = world.slack.users.get(message.user)
    return user.team_id if user and message.user != BOT_USER else ""


def _home(world: World, message: Message) -> str:
    """The workspace that the message's channel belongs to."""
    channel = world.slack.channels.get(message.channel)
    return channel.team_id if channel else TEAM_ID


def _reactions(message: Message) -> JSON:
    if not message.reactions:
        return {}
    return {"reactions": [{"name": n, "users": u, "count": len(u)} for n, u in message.reactions.items()]}


def _files(world: World, message: Message) -> list[JSON]:
    known = world.slack.files
    return [file_json(world, known[file_id]) for file_id in message.files if file_id in known]


def event_message(world: World, message: Message) -> JSON:
    """A message inside an event: other companies' people carry their team, shared files are stubs."""
    shape = message_json(world, message)
    channel = world.slack.channels[message.channel]
    user = world.slack.users.get(message.user)
    if channel.is_ext_shared and user is not None:
        shape |= {"user_team": user.team_id, "source_team": user.team_id, "user_profile": _profile(user)}
        if message.files:
            shape["files"] = [_stub(f) for f in message.files]
    return {name: value for name, value in (shape | message.event).items() if value is not None}


def user_json(user: SlackUser, with_email: bool = True, viewer: str = TEAM_ID) -> JSON:
    """users.info's ``user``, as the `viewer`'s workspace sees them."""
    profile = _profile(user)
    if with_email and user.email:
        profile["email"] = user.email
    shape: JSON = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": False,
        "real_name": user.real_name,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "updated": 1_700_000_000,
    }
    if viewer in {user.team_id, ""}:
        shape |= {"tz": "Europe/London", "tz_label": "Greenwich Mean Time", "tz_offset": 0, "is_admin": False}
    else:
        shape["is_stranger"] = False
    return shape | user.more


def channel_json(channel: Channel) -> JSON:
    """conversations.info's ``channel``."""
    shape: JSON = {
        "id": channel.id,
        "created": 1_700_000_000,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_private": channel.kind != "channel",
        "is_ext_shared": channel.is_ext_shared,
        "is_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "context_team_id": channel.team_id,
    }
    if channel.kind == "im":
        shape["user"] = next((m for m in channel.members if m != BOT_USER), BOT_USER)
        return shape
    shape |= {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": BOT_USER in channel.members,
        "num_members": len(channel.members),
        "creator": channel.members[0],
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
    if channel.is_ext_shared:
        shape |= {"connected_team_ids": channel.connected_team_ids, "conversation_host_id": channel.team_id}
        shape |= {"shared_team_ids": channel.connected_team_ids, "pending_connected_team_ids": []}
    return shape


def file_json(world: World, file: SlackFile) -> JSON:
    """A file object; downloads need the bot's token."""
    url = f"{world.base_url}/_files/slack/{file.id}/{file.name}"
    shape: JSON = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2] or "text",
        "user": file.user,
        "user_team": TEAM_ID,
        "mode": "hosted",
        "is_external": False,
        "permalink": f"https://acme-store.slack.com/files/{file.user}/{file.id}/{file.name}",
        "size": file.size,
        "file_access": "visible",
        "url_private": url,
        "url_private_download": url,
        "channels": file.channels,
    }
    if file.external_url:  # https://docs.slack.dev/messaging/working-with-files#remote
        del shape["url_private_download"]
        shape |= {"mode": "external", "is_external": True, "external_type": "gdrive", "url_private": file.external_url}
    return shape


def _stub(file_id: str) -> JSON:
    access = {"mode": "file_access", "file_access": "check_file_info"}
    return {"id": file_id, "created": 0, "timestamp": 0, "user": "", **access}


def _thread(world: World, message: Message) -> JSON:
    """What ties a message to its thread, as its root or as a reply."""
    shape: JSON = {}
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
        parent = world.slack.find(message.channel, message.thread_ts)
        if parent is not None and parent.ts != message.ts:
            shape["parent_user_id"] = parent.user
    replies = world.slack.replies(message.channel, message.ts)
    if replies:
        shape |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1]}
    return shape


def _rich_text(message: Message) -> JSON:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": message.text}]}
    return {"type": "rich_text", "block_id": message.ts[-5:], "elements": [section]}


def _profile(user: SlackUser) -> JSON:
    return {"real_name": user.real_name, "display_name": user.name, "team": user.team_id, "image_72": ""}


def _bot_profile(team: str) -> JSON:
    return {"id": BOT_ID, "app_id": APP_ID, "name": "Frontdesk", "team_id": team, "deleted": False}


def team_json() -> JSON:
    """team.info's ``team``."""
    return {"id": TEAM_ID, "name": TEAM_NAME, "domain": "acme-store", "email_domain": "", "icon": {}}
