"""assistant.*, agents.*, views.*, reactions.*: status lines, titles, modals, the home tab, emoji."""

import json
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.state import BOT_USER, Channel

TRIGGER_SECONDS = 3.0
MAX_VIEW = 250_000
_SESSION = {"active", "processing", "suspended", "closed"}


def set_status(slack: Slack, args: JSON) -> JSON:
    """The status line under a thread; an empty one clears it."""
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
    channel = slack.writable(args["channel_id"])
    if args["status"] not in _SESSION:
        raise SlackError("invalid_status")
    if not args.get("thread_ts"):
        raise SlackError("thread_ts_required")
    thread_ts = slack.parent(channel, args["thread_ts"], "thread_ts_not_allowed")
    user = args.get("initiator_user_id")
    if user and user not in slack.world.slack.users:
        raise SlackError("user_not_found")
    slack.world.slack.sessions[f"{channel.id}:{thread_ts}"] = args["status"]
    slack.world.changed()
    return {}


def session_rename(slack: Slack, args: JSON) -> JSON:
    """The title of an agent session."""
    channel = slack.writable(args["channel_id"])
    if not 0 < len(str(args["title"])) <= 200:
        raise SlackError("invalid_name")
    key = f"{channel.id}:{args.get('thread_ts')}"
    if key not in slack.world.slack.sessions:
        raise SlackError("session_not_found")
    slack.world.slack.titles[key] = str(args["title"])
    slack.world.changed()
    return {}


def open_view(slack: Slack, args: JSON) -> JSON:
    """Open a modal within three seconds of the click that gave the trigger, once."""
    state = slack.world.slack
    trigger = str(args.get("trigger_id") or args.get("interactivity_pointer") or "")
    expires = state.triggers.get(trigger)
    if expires is None:
        raise SlackError("invalid_trigger_id")
    if expires < 0:
        raise SlackError("exchanged_trigger_id")
    if expires < slack.world.clock.now():
        raise SlackError("expired_trigger_id")
    view = _view(args, "modal")
    state.triggers[trigger] = -1.0
    return {"view": _keep(slack, state.next_id("V"), view)}


def update_view(slack: Slack, args: JSON) -> JSON:
    """Replace a modal's content."""
    view_id = str(args.get("view_id") or "")
    old = slack.world.slack.views.get(view_id)
    if old is None:
        raise SlackError("not_found")
    if args.get("hash") and args["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
    return {"view": _keep(slack, view_id, _view(args, "modal"))}


def publish_view(slack: Slack, args: JSON) -> JSON:
    """Publish a person's home tab."""
    user = str(args["user_id"])
    if user not in slack.world.slack.users:
        raise SlackError("missing_profile_id")
    old = slack.world.slack.homes.get(user)
    if args.get("hash") and old is not None and args["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
    view_id = old["id"] if old else slack.world.slack.next_id("V")
    view = _keep(slack, view_id, _view(args, "home"))
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


def _view(args: JSON, kind: str) -> JSON:
    view: Any = args["view"]
    if not isinstance(view, dict) or view.get("type") != kind or not isinstance(view.get("blocks"), list):
        raise SlackError("invalid_arg_name", response_metadata={"messages": ["[ERROR] invalid view"]})
    if len(json.dumps(view)) > MAX_VIEW or len(view["blocks"]) > 100:
        raise SlackError("view_too_large")
    return view


def _keep(slack: Slack, view_id: str, view: JSON) -> JSON:
    state = slack.world.slack
    stamp = f"{slack.now_ts()}.{view_id[-4:]}"
    kept = view | {"id": view_id, "hash": stamp, "root_view_id": view_id, "bot_id": "B0BOT"}
    state.views[view_id] = kept
    slack.world.changed()
    return kept


HANDLERS = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setTitle": set_title,
    "assistant.threads.setSuggestedPrompts": set_prompts,
    "agents.sessions.setStatus": session_status,
    "agents.sessions.rename": session_rename,
    "views.open": open_view,
    "views.update": update_view,
    "views.publish": publish_view,
    "reactions.add": react,
    "reactions.remove": unreact,
}
