"""What an administrator does to channels and to the app: archive, rename, take people out, uninstall."""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import Slack
from integrations.sandbox.slack.people import Misuse
from integrations.sandbox.slack.state import BOT_USER, Channel


def archive(slack: Slack, wanted: JSON) -> JSON:
    """https://docs.slack.dev/reference/events/channel_archive"""
    channel = _channel(slack, wanted)
    channel.is_archived = True
    kind = "group_archive" if channel.kind == "group" else "channel_archive"
    event: JSON = {"type": kind, "channel": channel.id, "user": "U0ADMIN", "event_ts": slack.now_ts()}
    slack.events.emit(event, channel)
    slack.world.changed()
    return {"channel": channel.id}


def leave(slack: Slack, wanted: JSON) -> JSON:
    """Somebody goes out of a channel, or is taken out of it; an app hears of itself alone.

    https://docs.slack.dev/reference/events/channel_left
    """
    channel, user = _channel(slack, wanted), str(wanted.get("user"))
    if user not in channel.members:
        raise Misuse("nobody of that name is in that channel")
    channel.members.remove(user)
    if user == BOT_USER:
        kind = "group_left" if channel.kind == "group" else "channel_left"
        slack.events.emit({"type": kind, "channel": channel.id, "event_ts": slack.now_ts()}, channel)
    slack.world.changed()
    return {"channel": channel.id}


def rename(slack: Slack, wanted: JSON) -> JSON:
    """The channel gets another id: https://docs.slack.dev/reference/events/channel_id_changed"""
    channel, state = _channel(slack, wanted), slack.world.slack
    old, new = channel.id, str(wanted.get("new_channel") or "")
    if not new or new in state.channels:
        raise Misuse("new_channel is missing or taken")
    channel.id = new
    state.channels[new] = state.channels.pop(old)
    state.messages[new] = state.messages.pop(old, {})
    state.threads[new] = state.threads.pop(old, {})
    for message in state.messages.get(new, {}).values():
        message.channel = new
    event: JSON = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new}
    slack.events.emit(event | {"event_ts": slack.now_ts()}, channel)
    slack.world.changed()
    return {"channel": new}


def uninstall(slack: Slack, _wanted: JSON) -> JSON:
    """The app is removed; https://docs.slack.dev/reference/events/app_uninstalled comes beside tokens_revoked."""
    slack.events.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BOT"]}}, None)
    slack.events.emit({"type": "app_uninstalled"}, None)
    return {}


def _channel(slack: Slack, wanted: JSON) -> Channel:
    channel = slack.world.slack.channels.get(str(wanted.get("channel")))
    if channel is None or channel.kind in {"im", "mpim"}:
        raise Misuse("no such channel")
    return channel
