"""Modals and home tabs: what Slack takes, and modals as an app opens and changes them.

https://docs.slack.dev/reference/views/modal-views
"""

import json
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.blocks import check_view_blocks
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.state import BOT_ID, TEAM_ID, Modal

TRIGGER_SECONDS = 3.0
_MAX_VIEW = 250_000
_TITLES, _MAX_TITLE = ("title", "submit", "close"), 24
_IDS = {"private_metadata": 3_000, "callback_id": 255, "external_id": 255}


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
    view = checked_view(args, "modal")
    state.triggers[trigger] = -1.0
    view_id = state.next_id("V")
    state.modals[view_id] = Modal(state.trigger_users.pop(trigger, ""))
    return {"view": keep_view(slack, view_id, view)}


def update_view(slack: Slack, args: JSON) -> JSON:
    """Replace a modal's content."""
    view_id = str(args.get("view_id") or "")
    old = slack.world.slack.views.get(view_id)
    if old is None:
        raise SlackError("not_found")
    if args.get("hash") and args["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
    return {"view": keep_view(slack, view_id, checked_view(args, "modal"))}


def checked_view(args: JSON, kind: str) -> JSON:
    """The view, if Slack would take it; raises invalid_arg_name or view_too_large."""
    view: Any = args["view"]
    if not isinstance(view, dict) or view.get("type") != kind or not isinstance(view.get("blocks"), list):
        raise _refused("invalid view")
    if len(json.dumps(view)) > _MAX_VIEW:
        raise SlackError("view_too_large")
    if kind == "modal":
        _check_modal(view)
    for name, most in _IDS.items():
        if len(str(view.get(name) or "")) > most:
            raise _refused(f"{name} is longer than {most} characters")
    blocks = check_view_blocks(view["blocks"])
    return view | {"blocks": blocks}


def keep_view(slack: Slack, view_id: str, view: JSON) -> JSON:
    """Store a view under its id, as Slack shows it in answers and payloads."""
    state = slack.world.slack
    stamp = f"{slack.now_ts()}.{view_id[-4:]}"
    own = {"id": view_id, "hash": stamp, "root_view_id": view_id, "bot_id": BOT_ID, "team_id": TEAM_ID}
    kept = view | own
    state.views[view_id] = kept
    slack.world.changed()
    return kept


def _check_modal(view: JSON) -> None:
    for name in _TITLES:
        if view.get(name) is not None and not _is_title(view[name]):
            raise _refused(f"{name} is plain text of 1 to {_MAX_TITLE} characters")
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in view["blocks"])
    if not view.get("title") or (asks and not view.get("submit")):
        raise _refused("a modal needs a title, and one with inputs a submit")


def _is_title(words: Any) -> bool:
    text = words.get("text") if isinstance(words, dict) and words.get("type") == "plain_text" else None
    return isinstance(text, str) and 0 < len(text) <= _MAX_TITLE


def _refused(message: str) -> SlackError:
    return SlackError("invalid_arg_name", response_metadata={"messages": [f"[ERROR] {message} [json-pointer:/view]"]})


HANDLERS = {"views.open": open_view, "views.update": update_view}
