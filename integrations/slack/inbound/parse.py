"""Parses Slack's requests into inbound messages. Pure; raises nothing but `InvalidRequest`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from bot.domain.errors import InvalidRequest
from bot.domain.events import Author
from bot.domain.ids import AuthorId
from integrations.slack.inbound.attachments import beside
from integrations.slack.inbound.files import files_of
from integrations.slack.inbound.incoming import (
    AccessChanged,
    Deletion,
    Edit,
    Gone,
    Ignored,
    Incoming,
    Moved,
    RateLimited,
    Removed,
    SlackMessage,
    Stop,
    UrlVerification,
)
from integrations.slack.inbound.wire import (
    AccessEvent,
    Envelope,
    GoneEvent,
    MessageEvent,
    MovedEvent,
    RevokedEvent,
    StopEvent,
    WireMessage,
    WirePrevious,
)
from integrations.slack.outbound.markup import mentions, plain

MESSAGE_TYPES = frozenset({"message", "app_mention"})
_HUMAN_SUBTYPES = frozenset({None, "file_share", "thread_broadcast", "me_message"})
_GONE = {
    "channel_archive": "archived",
    "channel_deleted": "deleted",
    "channel_left": "closed to the bot",
    "group_archive": "archived",
    "group_deleted": "deleted",
    "group_left": "closed to the bot",
}
_SLACKBOT = "USLACKBOT"


def decode(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object in `body`.

    Raises:
        InvalidRequest: not UTF-8, not JSON, or not an object.
    """
    try:
        data = from_json(body)
    except ValueError:
        raise InvalidRequest("body is not JSON") from None
    if not isinstance(data, dict):
        raise InvalidRequest("body is not a JSON object")
    return data


def parse_event(body: bytes | Mapping[str, Any]) -> Incoming:
    """Return what a request of the Events API means.

    Raises:
        InvalidRequest: the body is malformed; nothing may be stored.
    """
    data = decode(body) if isinstance(body, bytes) else body
    try:
        return _incoming(Envelope.model_validate(data))
    except ValidationError as error:
        # The error's own text repeats the input, which may be a customer's words.
        raise InvalidRequest(f"malformed event, {error.error_count()} problem(s)") from None


def line_of(raw: Mapping[str, Any], channel: str, team: str, bot: str) -> SlackMessage | None:
    """Return the person's line in a message as `conversations.replies` has it, None where it is none.

    Args:
        team: the installing workspace; `bot` its bot's user id.

    Raises:
        ValidationError: it is no message.
    """
    incoming = _message(MessageEvent.model_validate({**raw, "type": "message", "channel": channel}), team, bot, "")
    return incoming if isinstance(incoming, SlackMessage) else None


def _incoming(envelope: Envelope) -> Incoming:
    match envelope.type:
        case "event_callback":
            return _event(envelope)
        case "url_verification":
            if envelope.challenge is None:
                raise InvalidRequest("no challenge")
            return UrlVerification(envelope.challenge)
        case "app_rate_limited":
            return RateLimited(envelope.team_id or "", envelope.minute_rate_limited or 0)
        case _:
            return Ignored("unknown envelope")


def _event(envelope: Envelope) -> Incoming:
    event = envelope.event or {}
    kind = event.get("type")
    if not isinstance(kind, str):
        raise InvalidRequest("no event")
    team = envelope.installation
    if not team:
        raise InvalidRequest("no team")
    if kind in MESSAGE_TYPES:
        incoming = _message(MessageEvent.model_validate(event), team, envelope.bot, envelope.api_app_id or "")
        return _placed(incoming, envelope)
    parser = _OTHERS.get(kind)
    return _installed(parser(event, team), envelope) if parser else Ignored(kind)


def _stopped(event: Mapping[str, Any], team: str) -> Incoming:
    stop = StopEvent.model_validate(event)
    return Stop(team, stop.channel, stop.event_ts or stop.thread_ts, stop.thread_ts, stop.user or "")


def _moved(event: Mapping[str, Any], team: str) -> Incoming:
    move = MovedEvent.model_validate(event)
    return Moved(team, move.old_channel_id, move.new_channel_id)


def _gone(event: Mapping[str, Any], team: str) -> Incoming:
    gone = GoneEvent.model_validate(event)
    return Gone(team, gone.channel, _GONE[event["type"]], gone.event_ts or "")


def _uninstalled(_: Mapping[str, Any], team: str) -> Incoming:
    return Removed(team, "app_uninstalled")


def _revoked(event: Mapping[str, Any], team: str) -> Incoming:
    if _is_ours_revoked(RevokedEvent.model_validate(event)):
        return Removed(team, "tokens_revoked")
    return Ignored("a person's own token")


def _access_granted(event: Mapping[str, Any], _: str) -> Incoming:
    return AccessChanged(tuple(AccessEvent.model_validate(event).team_ids), is_granted=True)


def _access_revoked(event: Mapping[str, Any], _: str) -> Incoming:
    return AccessChanged(tuple(AccessEvent.model_validate(event).team_ids), is_granted=False)


_OTHERS: Mapping[str, Callable[[Mapping[str, Any], str], Incoming]] = {
    "agent_session_stopped": _stopped,
    "app_uninstalled": _uninstalled,
    "channel_id_changed": _moved,
    "team_access_granted": _access_granted,
    "team_access_revoked": _access_revoked,
    "tokens_revoked": _revoked,
    **dict.fromkeys(_GONE, _gone),
}
"""What reads an event that is no message, by its type."""


def _is_ours_revoked(event: RevokedEvent) -> bool:
    """A list of people's own tokens alone leaves the bot's as it is; an event without lists may mean it."""
    tokens = event.tokens
    return tokens is None or bool(tokens.bot) or not tokens.oauth


def _installed(incoming: Incoming, envelope: Envelope) -> Incoming:
    """What ends an installation, with whose that is."""
    if not isinstance(incoming, (Removed, AccessChanged)):
        return incoming
    return replace(incoming, organisation=envelope.organisation, at=envelope.at)


def _placed(incoming: Incoming, envelope: Envelope) -> Incoming:
    if envelope.is_ext_shared_channel is None or not isinstance(incoming, SlackMessage):
        return incoming
    return replace(incoming, shared=envelope.is_ext_shared_channel)


def _message(event: MessageEvent, team: str, bot: str, app: str) -> Incoming:
    if event.subtype == "message_changed":
        return _changed(event, team, bot, app)
    if event.subtype == "message_deleted":
        return _deleted(event.previous_message, event.deleted_ts, event.channel, team, bot)
    if event.subtype not in _HUMAN_SUBTYPES:
        return Ignored("subtype")
    if event.user is None or not _is_human(event, bot, app):
        return Ignored("not a person")
    line = _line(event, event.user, team, bot)
    return line if line.text or line.files or line.mentioned else Ignored("empty")


def _line(event: MessageEvent, user: str, team: str, bot: str) -> SlackMessage:
    return SlackMessage(
        team=team,
        channel=event.channel,
        ts=event.ts,
        thread_ts=_root(event.thread_ts, event.ts),
        channel_type=event.channel_type or "",
        user=user,
        author=_author(event, team),
        text=_words(event, bot),
        files=files_of(event),
        mentioned=event.type == "app_mention" or mentions(event.text or "", bot),
        client_id=f"slack:{team}:{event.channel}:{event.client_msg_id}" if event.client_msg_id else "",
    )


def _is_human(message: WireMessage, bot: str, app: str) -> bool:
    if message.bot_id or message.user in {None, _SLACKBOT} or message.user == bot:
        return False
    # Our other installs in a shared channel are "not self" to this one, and would be answered for ever.
    apps = {message.app_id, message.bot_profile.app_id if message.bot_profile else None} - {None}
    return not (apps and app in apps)


def _changed(event: MessageEvent, team: str, bot: str, app: str) -> Incoming:
    new = event.message
    old = event.previous_message
    if new is None:
        raise InvalidRequest("message_changed without a message")
    if new.subtype == "tombstone":  # a deleted message whose thread stays
        return _deleted(old, new.ts, event.channel, team, bot)
    if new.subtype not in _HUMAN_SUBTYPES or not _is_human(new, bot, app):
        return Ignored("not a person's edit")
    if old is not None and old.text == new.text:
        return Ignored("unfurled or counted, the text is the same")
    # What stands beside the words stays as it is.
    before = _words(new.model_copy(update={"text": old.text}), bot) if old else ""
    place = (team, event.channel, new.ts, _root(new.thread_ts, new.ts))
    return Edit(*place, new.user or "", _words(new, bot), _author(new, team), before, _changed_at(event, new))


def _changed_at(event: MessageEvent, new: WireMessage) -> str:
    at = new.edited.ts if new.edited else None
    return at or event.event_ts or event.ts


def _deleted(old: WirePrevious | None, ts: str | None, channel: str, team: str, bot: str) -> Incoming:
    old = old or WirePrevious()
    ts = ts or old.ts
    if not ts:
        raise InvalidRequest("message_deleted without a timestamp")
    if old.bot_id or old.user == bot != "":
        return Ignored("our own message was deleted")
    user = old.user or ""
    author = Author(AuthorId.in_slack(old.team or team, user))
    return Deletion(team, channel, ts, _root(old.thread_ts, ts), user, author, plain(old.text or "", bot))


def _author(message: WireMessage, team: str) -> Author:
    home = message.user_team or message.source_team or message.team or team
    return Author(AuthorId.in_slack(home, message.user or ""))


def _root(thread_ts: str | None, ts: str) -> str | None:
    """A thread's first message names itself as its root once it has replies."""
    return None if thread_ts == ts else thread_ts


def _words(message: WireMessage, bot: str) -> str:
    """What the message says: its text, and under it what stands beside it."""
    raw = message.text or ""
    parts = (plain(raw, bot), beside(raw, message.attachments, message.blocks))
    return "\n\n".join(part for part in parts if part)
