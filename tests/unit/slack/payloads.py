"""Requests as Slack sends them, for the tests of the receiver's side."""

from typing import Any

from integrations.slack.drafts.modal import edit_modal

TEAM, BOT, APP = "T1", "UBOT", "A1"


def message_event(**changes: Any) -> dict[str, Any]:
    """The inner event of a line that a customer writes in a channel."""
    event: dict[str, Any] = {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "text": "where is my order?",
        "ts": "1700000000.000100",
        "event_ts": "1700000000.000100",
        "client_msg_id": "11111111-2222-3333-4444-555555555555",
        "team": TEAM,
        "blocks": [{"type": "rich_text", "block_id": "b", "elements": []}],
    }
    return {name: value for name, value in {**event, **changes}.items() if value is not None}


def envelope(event: Any, **changes: Any) -> dict[str, Any]:
    """The outside of an event."""
    outer: dict[str, Any] = {
        "token": "deprecated",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1_700_000_000,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-x",
    }
    return {**outer, **changes}


def line(**changes: Any) -> dict[str, Any]:
    """A whole request with a customer's line."""
    return envelope(message_event(**changes))


def click_payload(**changes: Any) -> dict[str, Any]:
    """A click on the button of a reply."""
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "sarah", "team_id": TEAM},
        "api_app_id": APP,
        "team": {"id": TEAM, "domain": "acme"},
        "container": {
            "type": "message",
            "message_ts": "1700000009.000100",
            "channel_id": "C1",
            "thread_ts": "1700000000.000100",
        },
        "channel": {"id": "C1", "name": "help"},
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
        "actions": [
            {
                "type": "button",
                "action_id": "frontdesk_human",
                "block_id": "slack:T1:C1:1700000000.000100",
                "value": "opaque",
                "action_ts": "1700000010.000200",
            }
        ],
    }
    return {**payload, **changes}


def submission_payload(
    conversation: str = "slack:T1:C1:1700000000.000100", text: str | None = "Mine.", **changes: Any
) -> dict[str, Any]:
    """Return what Slack sends when somebody submits the modal of a draft; `view` changes keys of the view."""
    view = edit_modal("draft-1", conversation, "Theirs.")
    [field] = [block for block in view["blocks"] if block["type"] == "input"]
    values = {field["block_id"]: {field["element"]["action_id"]: {"type": "plain_text_input", "value": text}}}
    shown = {**view, "id": "V1", "state": {"values": values}, **changes.pop("view", {})}
    user = {"id": "U1", "team_id": "T1"}
    return {"type": "view_submission", "user": user, "team": {"id": "T1"}, "view": shown, **changes}
