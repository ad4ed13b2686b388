"""Parses a click on a button into an inbound message. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from bot.domain.errors import InvalidRequest
from bot.domain.ids import AuthorId, ConversationId, Origin
from integrations.slack.api.hosts import is_slack_address
from integrations.slack.inbound.parse import decode
from integrations.slack.inbound.wire import BlockActions, ClickedMessage, Container, Interaction, WireAction
from integrations.slack.outbound.blocks import conversation_of

_MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Click:
    """A button or a menu was used.

    Args:
        id: the same for each delivery of one click.
        team: the installing workspace; `user_team` the workspace of the person, who may be a guest from another one.
        thread_ts: root of the thread the message stands in.
        conversation: the conversation the buttons belong to, which for an approval is not where they stand.
        value: the button's opaque value, or the chosen option's.
        is_named: whether the buttons themselves name the conversation.
        response_url: where this click may be answered, empty unless it is Slack's address.
        trigger_id: what a modal may be opened with, for three seconds.
    """

    id: str
    team: str
    user_team: str
    user: str
    channel: str
    message_ts: str
    thread_ts: str
    conversation: ConversationId
    action_id: str
    value: str
    at: float
    response_url: str = ""
    trigger_id: str = ""
    is_named: bool = True

    @property
    def author_id(self) -> AuthorId:
        """Who clicked, as messages name their authors."""
        return AuthorId.in_slack(self.user_team, self.user)


def read_form(body: bytes) -> Mapping[str, Any]:
    """Return the interaction in a form-encoded body, or the form itself for a slash command.

    Raises:
        InvalidRequest: not UTF-8, neither of the two, or a payload that is no JSON object.
    """
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise InvalidRequest("body is not a form") from None
    payload = fields.get("payload")
    if payload is None:
        if "command" not in fields:
            raise InvalidRequest("neither a payload nor a command")
        return fields
    try:
        return check_interaction(decode(payload.encode()))
    except UnicodeEncodeError:
        raise InvalidRequest("payload is not UTF-8") from None


def check_interaction(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `data` when it is an interaction that may be dispatched.

    Raises:
        InvalidRequest: it has no kind, or is a click that is not complete.
    """
    model = BlockActions if data.get("type") == "block_actions" else Interaction
    try:
        model.model_validate(data)
    except ValidationError as error:
        raise InvalidRequest(f"malformed interaction, {error.error_count()} problem(s)") from None
    return data


def parse_click(data: Mapping[str, Any], api_url: str) -> Click:
    """Return the click in a `block_actions` payload.

    Raises:
        InvalidRequest: the payload is malformed or did not happen in a message.
    """
    try:
        payload = BlockActions.model_validate(data)
    except ValidationError as error:
        raise InvalidRequest(f"malformed click, {error.error_count()} problem(s)") from None
    action = payload.actions[0]
    home = ConversationId(conversation_of(action.block_id))
    channel, ts, thread_ts = _place(payload)
    team = _installation(payload, home)
    if not (channel and ts and team):
        raise InvalidRequest("a click outside of a message")
    return Click(
        id=f"click:{team}:{channel}:{ts}:{payload.user.id}:{action.action_ts or action.action_id}",
        team=team,
        user_team=payload.user.team_id or payload.team_id or team,
        user=payload.user.id,
        channel=channel,
        message_ts=ts,
        thread_ts=thread_ts,
        conversation=home or ConversationId.in_slack(team, channel, thread_ts),
        is_named=bool(home),
        action_id=action.action_id,
        value=_value(action),
        at=float(action.action_ts or ts),
        response_url=_own(payload.response_url, api_url),
        trigger_id=payload.trigger_id,
    )


def _place(payload: BlockActions) -> tuple[str, str, str]:
    """Return the channel, the message and its thread's root; empty where the payload does not say."""
    container = payload.container or Container()
    message = payload.message or ClickedMessage()
    channel = container.channel_id or (payload.channel.id if payload.channel else "")
    ts = container.message_ts or message.ts or ""
    return channel, ts, container.thread_ts or message.thread_ts or ts


def _installation(payload: BlockActions, home: ConversationId) -> str:
    """Return the installing workspace, which the row of buttons names; `team` may be that of a guest who clicks."""
    if home and home.origin is Origin.SLACK:
        return home.thread.team
    return payload.team_id or payload.user.team_id or ""


def _value(action: WireAction) -> str:
    chosen = action.selected_option.value if action.selected_option else None
    return action.value or chosen or ""


def _own(url: str | None, api_url: str) -> str:
    return url if url and is_slack_address(url, api_url) and urlsplit(url).path != "" else ""
