"""assistant.*, agents.*, views.publish, reactions.*: status lines, titles, the home tab, emoji."""

from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import SESSION_STATES, Slack, SlackError
from integrations.sandbox.slack.state import BOT_USER, Channel
from integrations.sandbox.slack.views import checked_view, keep_view


def set_status(slack: Slack, args: JSON) -> JSON:
    """The status line under a thread; an empty one clears it. Slack takes the method away in February 2027."""
    if slack.world.config.slack_status == "sessions":
        raise SlackError("unknown_method", req_method="assistant.threads.setStatus")
    channel = slack.writable(args["channel_id"])
    thread_ts = slack.parent(channel, args["thread_ts"], "invalid_thread_ts")
    loading: Any = args.get("loading_messages") or []
    if not isinstance(loading, list) or len(loading) > 10:
        raise SlackError("invalid_array_arg")
    key = f"{channel.id}:{thread_ts}"
    status = str(args["status"])
    if status:
        slack.world.slack.statuses[key] = status
    else:
        slack.world.slack.statuses.pop(key, None)
    slack.world.changed()
    return {}


def set_title(slack: Slack, args: JSON) -> JSON:
    """The title of a conversation with the bot."""
    channel = _direct(slack, args)
    thread_ts = slack.parent(channel, args["thread_ts"], "invalid_thread_ts")
    slack.world.slack.titles[f"{channel.id}:{thread_ts}"] = str(args["title"])
    slack.world.changed()
    return {}


def set_prompts(slack: Slack, args: JSON) -> JSON:
    """Up to four suggested prompts of the bot's DM."""
    channel = _direct(slack, args)
    prompts: Any = args["prompts"]
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise SlackError("invalid_array_arg")
    if any(not isinstance(p, dict) or not p.get("title") or not p.get("message") for p in prompts):
        raise SlackError("invalid_array_arg")
    slack.world.slack.prompts[channel.id] = prompts
    slack.world.changed()
    return {}


def session_status(slack: Slack, args: JSON) -> JSON:
    """The state of an agent session: https://docs.slack.dev/reference/methods/agents.sessions.setStatus"""
    _need_sessions(slack)
    channel = slack.writable(args["channel_id"])
    if args["status"] not in SESSION_STATES:
        raise SlackError("invalid_status")
    if not args.get("thread_ts"):
        raise SlackError("thread_ts_required")
    thread_ts = slack.parent(channel, args["thread_ts"], "thread_ts_not_allowed")
    user = args.get("initiator_user_id")
    if user and user not in slack.world.slack.users:
        raise SlackError("user_not_found")
    if args.get("title") is not None:
        slack.world.slack.titles[f"{channel.id}:{thread_ts}"] = _title(args)
    slack.set_session(channel.id, thread_ts, args["status"])
    return {}


def session_rename(slack: Slack, args: JSON) -> JSON:
    """The title of an agent session."""
    _need_sessions(slack)
    channel = slack.writable(args["channel_id"])
    title = _title(args)
    key = f"{channel.id}:{args.get('thread_ts')}"
    if key not in slack.world.slack.sessions:
        raise SlackError("session_not_found")
    slack.world.slack.titles[key] = title
    slack.world.changed()
    return {}


def _need_sessions(slack: Slack) -> None:
    if not slack.has_sessions:
        raise SlackError("feature_disabled")


def _title(args: JSON) -> str:
    title = str(args["title"])
    if not 0 < len(title) <= 200:
        raise SlackError("invalid_name")
    return title


def publish_view(slack: Slack, args: JSON) -> JSON:
    """Publish a person's home tab."""
    user = str(args["user_id"])
    if user not in slack.world.slack.users:
        raise SlackError("missing_profile_id")
    old = slack.world.slack.homes.get(user)
    if args.get("hash") and old is not None and args["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
    view_id = old["id"] if old else slack.world.slack.next_id("V")
    view = keep_view(slack, view_id, checked_view(args, "home"))
    slack.world.slack.homes[user] = view
    return {"view": view}


def react(slack: Slack, args: JSON) -> JSON:
    """Add the bot's reaction."""
    users = _reactions(slack, args)
    if BOT_USER in users:
        raise SlackError("already_reacted")
    users.append(BOT_USER)
    slack.world.changed()
    return {}


def unreact(slack: Slack, args: JSON) -> JSON:
    """Take the bot's reaction back."""
    users = _reactions(slack, args)
    if BOT_USER not in users:
        raise SlackError("no_reaction")
    users.remove(BOT_USER)
    slack.world.changed()
    return {}


def _reactions(slack: Slack, args: JSON) -> list[str]:
    channel = slack.channel(args.get("channel"))
    message = slack.world.slack.find(channel.id, str(args.get("timestamp")))
    if message is None:
        raise SlackError("message_not_found")
    return message.reactions.setdefault(str(args["name"]), [])


def _direct(slack: Slack, args: JSON) -> Channel:
    channel = slack.writable(args["channel_id"])
    if channel.kind != "im":
        raise SlackError("channel_not_found")
    return channel


HANDLERS = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setTitle": set_title,
    "assistant.threads.setSuggestedPrompts": set_prompts,
    "agents.sessions.setStatus": session_status,
    "agents.sessions.rename": session_rename,
    "views.publish": publish_view,
    "reactions.add": react,
    "reactions.remove": unreact,
}
