"""auth, users, team, bots and conversations.*: what the bot can look up."""

from collections.abc import Iterable, Sequence
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.call import Slack, SlackError, truth
from integrations.sandbox.slack.shapes import channel_json, message_json, team_json, user_json
from integrations.sandbox.slack.state import APP_ID, BOT_ID, BOT_USER, TEAM_ID, TEAM_NAME, Channel, Message

_KINDS = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}


def auth_test(slack: Slack, _args: JSON) -> JSON:
    """Who the token is; an organisation's says the organisation in place of a workspace."""
    is_home = slack.team == TEAM_ID
    workspace = slack.world.slack.workspaces.get(slack.team)
    organisation = slack.organisation or (workspace.organisation if workspace else "")
    domain = "acme-store" if is_home else (slack.organisation or slack.team).lower()
    shape: JSON = {
        "url": f"https://{domain}.slack.com/",
        "team": TEAM_NAME if is_home else workspace.name if workspace else f"Organisation {organisation}",
        "user": "frontdesk",
        "team_id": slack.organisation or slack.team,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": bool(slack.organisation),
    }
    return shape | ({"enterprise_id": organisation} if organisation else {})


def team_info(_slack: Slack, args: JSON) -> JSON:
    """The workspace."""
    if args.get("team", TEAM_ID) != TEAM_ID:
        raise SlackError("team_not_found")
    return {"team": team_json()}


def bots_info(_slack: Slack, args: JSON) -> JSON:
    """The bot itself."""
    if args.get("bot", BOT_ID) != BOT_ID:
        raise SlackError("bot_not_found")
    bot = {"id": BOT_ID, "deleted": False, "name": "Frontdesk", "app_id": APP_ID, "user_id": BOT_USER}
    return {"bot": bot | {"updated": 1_700_000_000, "icons": {}}}


def users_info(slack: Slack, args: JSON) -> JSON:
    """A person; other companies' people too, as far as a shared channel shows them."""
    user = slack.world.slack.users.get(str(args["user"]))
    if user is None:
        raise SlackError("user_not_found")
    shape = user_json(user, viewer=slack.team)
    if truth(args.get("include_locale")) and user.team_id == slack.team:
        shape["locale"] = "en-GB"
    return {"user": shape}


def info(slack: Slack, args: JSON) -> JSON:
    """https://docs.slack.dev/reference/methods/conversations.info"""
    return {"channel": channel_json(slack.channel(args["channel"]))}


def open_direct(slack: Slack, args: JSON) -> JSON:
    """Open (or find) a DM or a group DM."""
    if args.get("channel"):
        return {"channel": {"id": slack.channel(args["channel"]).id}, "already_open": True}
    users = _split(args.get("users"))
    _check_users(slack, users)
    channel = slack.direct(users[0]) if len(users) == 1 else _group_direct(slack, users)
    full = truth(args.get("return_im"))
    return {"channel": channel_json(channel) if full else {"id": channel.id}}


def _check_users(slack: Slack, users: list[str]) -> None:
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 8:
        raise SlackError("too_many_users")
    if not set(users) <= set(slack.world.slack.users):
        raise SlackError("user_not_found")


def _split(listed: object) -> list[str]:
    """``a, b`` as a list."""
    parts = (part.strip() for part in str(listed or "").split(","))
    return [part for part in parts if part]


def members(slack: Slack, args: JSON) -> JSON:
    """Who is in a channel."""
    channel = slack.channel(args["channel"])
    page, cursor = _page(channel.members, args, 100)
    return {"members": list(page), "response_metadata": {"next_cursor": cursor}}


def listing(slack: Slack, args: JSON) -> JSON:
    """Channels of the asked-for types (default: public ones)."""
    found = _listed(slack, args)
    page, cursor = _page(found, args, 100)
    channels = [channel_json(c) for c in page]
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


def _listed(slack: Slack, args: JSON) -> list[Channel]:
    types = _split(args.get("types") or "public_channel")
    if not set(types) <= set(_KINDS):
        raise SlackError("invalid_types")
    kinds = {_KINDS[name] for name in types}
    found = [c for c in slack.world.slack.channels.values() if c.kind in kinds and _is_visible(c)]
    if truth(args.get("exclude_archived")):
        return [c for c in found if not c.is_archived]
    return found


def _is_visible(channel: Channel) -> bool:
    """Whether the bot sees it: public channels all, others as a member."""
    return channel.kind == "channel" or BOT_USER in channel.members


def replies(slack: Slack, args: JSON) -> JSON:
    """A thread, its root first; metadata payloads only with include_all_metadata."""
    channel = _readable(slack, args)
    state = slack.world.slack
    root = state.find(channel.id, str(args["ts"]))
    if root is not None and root.thread_ts and root.thread_ts != root.ts:
        root = state.find(channel.id, root.thread_ts)
    if root is None or root.ephemeral_for:
        raise SlackError("thread_not_found")
    oldest, latest = _bounds(args, "invalid_ts_oldest", "invalid_ts_latest")
    inclusive = truth(args.get("inclusive"))
    wanted = [t for t in state.replies(channel.id, root.ts) if _within(t, oldest, latest, inclusive)]
    page, cursor = _page(wanted, args, 1000)
    # The root comes with every page, as Slack does.
    shown = [root] + [state.messages[channel.id][ts] for ts in page]
    return _messages(slack, args, shown, cursor)


def history(slack: Slack, args: JSON) -> JSON:
    """A channel's top-level messages, newest first."""
    channel = _readable(slack, args)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    oldest, latest = _bounds(args, "invalid_ts_oldest", "invalid_ts_latest")
    inclusive = truth(args.get("inclusive"))
    found = []
    for message in reversed(slack.world.slack.messages.get(channel.id, {}).values()):
        if float(message.ts) < oldest:
            break
        top = message.thread_ts in {None, message.ts} or message.subtype == "thread_broadcast"
        if top and not message.ephemeral_for and _within(message.ts, oldest, latest, inclusive):
            found.append(message)
    page, cursor = _page(found, args, 100)
    return _messages(slack, args, page, cursor)


def _readable(slack: Slack, args: JSON) -> Channel:
    return slack.channel(args["channel"])


def _messages(slack: Slack, args: JSON, found: Iterable[Message], cursor: str) -> JSON:
    full = truth(args.get("include_all_metadata"))
    shapes = [message_json(slack.world, m, full) for m in found]
    return {
        "messages": shapes,
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _bounds(args: JSON, bad_oldest: str, bad_latest: str) -> tuple[float, float]:
    bounds = []
    for name, default, error in (("oldest", 0.0, bad_oldest), ("latest", float("inf"), bad_latest)):
        try:
            bounds.append(float(args.get(name) or default))
        except (TypeError, ValueError) as wrong:
            raise SlackError(error if error.startswith("invalid_ts") else "invalid_arg_name") from wrong
    return bounds[0], bounds[1]


def _within(ts: str, oldest: float, latest: float, inclusive: bool) -> bool:
    at = float(ts)
    return oldest <= at <= latest if inclusive else oldest < at < latest


def _page(items: Sequence[Any], args: JSON, default: int) -> tuple[Sequence[Any], str]:
    try:
        limit = int(args.get("limit") or default)
        start = int(str(args.get("cursor") or "next:0").removeprefix("next:"))
    except (TypeError, ValueError) as error:
        raise SlackError("invalid_cursor") from error
    if not 0 < limit <= 1000 or start < 0:
        raise SlackError("invalid_cursor")
    end = start + limit
    return items[start:end], f"next:{end}" if end < len(items) else ""


def _group_direct(slack: Slack, users: list[str]) -> Channel:
    state = slack.world.slack
    wanted = {*users, BOT_USER}
    for channel in state.channels.values():
        if channel.kind == "mpim" and set(channel.members) == wanted:
            return channel
    names = "--".join(sorted(state.users[u].name for u in wanted))
    channel = Channel(state.next_id("G"), f"mpdm-{names}-1", "mpim", [*users, BOT_USER])
    state.channels[channel.id] = channel
    slack.world.changed()
    return channel


HANDLERS = {
    "auth.test": auth_test,
    "team.info": team_info,
    "bots.info": bots_info,
    "users.info": users_info,
    "conversations.info": info,
    "conversations.open": open_direct,
    "conversations.members": members,
    "conversations.list": listing,
    "conversations.replies": replies,
    "conversations.history": history,
}
