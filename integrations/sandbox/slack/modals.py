"""What people do with a modal: submit it, or close it; and what the app's answer does to it.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from integrations.sandbox.core.deliveries import Outcome
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import Delivery
from integrations.sandbox.slack.blocks import MAX_INPUT
from integrations.sandbox.slack.call import Slack, SlackError
from integrations.sandbox.slack.events import SUBMISSION, SlackCourier
from integrations.sandbox.slack.people import Misuse, person
from integrations.sandbox.slack.state import APP_ID, TEAM_ID, Modal, SlackUser
from integrations.sandbox.slack.views import TRIGGER_SECONDS, checked_view, keep_view

UNREACHABLE = "We had some trouble connecting. Try again?"


def submit(slack: Slack, wanted: JSON) -> JSON:
    """A person presses the modal's button; `values` is what they typed, by `block_id`, the rest is left as it was."""
    user = person(slack, wanted)
    view_id, modal = _open_modal(slack, user, wanted)
    view = slack.world.slack.views[view_id]
    typed = dict(wanted.get("values") or {})
    values = {block["block_id"]: _value(block, typed.pop(block["block_id"], None)) for block in _inputs(view)}
    if typed:
        raise Misuse(f"no such input: {', '.join(sorted(typed))}")
    modal.errors = {}
    now = slack.world.clock.now()
    trigger = slack.world.slack.new_trigger(f"{slack.now_ts()}.{uuid.uuid4().hex}", user.id, now + TRIGGER_SECONDS)
    shown = _shown(view) | {"state": {"values": values}}
    payload = _payload("view_submission", user, shown) | {"trigger_id": trigger, "response_urls": []}
    slack.events.interact(payload, SUBMISSION)
    slack.world.changed()
    return {"view_id": view_id}


def close(slack: Slack, wanted: JSON) -> JSON:
    """A person closes the modal without submitting it; the app hears of it where it asked to."""
    user = person(slack, wanted)
    view_id, _ = _open_modal(slack, user, wanted)
    view = slack.world.slack.views[view_id]
    _shut(slack, view_id)
    if view.get("notify_on_close"):
        slack.events.interact(_payload("view_closed", user, _shown(view)) | {"is_cleared": False})
    return {"view_id": view_id}


class ModalCourier(SlackCourier):
    """Delivers submissions, and does to the modal what the app answers: 200 without a word closes it."""

    def __init__(self, slack: Slack) -> None:
        super().__init__(slack.world)
        self._slack = slack

    def next_wait(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Interactivity is never retried: the person sees what came of it."""
        payload = json.loads(parse_qs(delivery.body)["payload"][0])
        view_id = str(payload["view"]["id"])
        modal = self._slack.world.slack.modals.get(view_id)
        if modal is not None:
            _answered(self._slack, view_id, modal, outcome)
            self._slack.world.changed()
        return None


def _answered(slack: Slack, view_id: str, modal: Modal, outcome: Outcome) -> None:
    try:
        answer: Any = json.loads(outcome.text or "{}") if outcome.status == 200 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        modal.errors = {"": UNREACHABLE}
    elif answer.get("response_action") == "errors":
        modal.errors = {str(block): str(words) for block, words in (answer.get("errors") or {}).items()}
    elif answer.get("response_action") == "update":
        try:
            keep_view(slack, view_id, checked_view(answer, "modal"))
        except (SlackError, KeyError):
            modal.errors = {"": UNREACHABLE}
    else:
        _shut(slack, view_id)


def _shut(slack: Slack, view_id: str) -> None:
    del slack.world.slack.modals[view_id]
    slack.world.changed()


def _open_modal(slack: Slack, user: SlackUser, wanted: JSON) -> tuple[str, Modal]:
    view_id = str(wanted.get("view_id"))
    modal = slack.world.slack.modals.get(view_id)
    if modal is None or modal.user != user.id:
        raise Misuse("this person has no such modal open")
    return view_id, modal


def _inputs(view: JSON) -> Iterator[JSON]:
    return (block for block in view["blocks"] if block["type"] == "input")


def _value(block: JSON, typed: object) -> JSON:
    """What an input says; Slack's client lets nobody submit what is missing or too long."""
    element = block["element"]
    text = element.get("initial_value") if typed is None else typed
    if text is not None and not isinstance(text, str):
        raise Misuse("what is typed is a text")
    if not text and not block.get("optional"):
        raise Misuse("this field has to be filled in")
    if len(text or "") > element.get("max_length", MAX_INPUT):
        raise Misuse("this field holds no text of that length")
    return {str(element.get("action_id", "")): {"type": element["type"], "value": text or None}}


def _shown(view: JSON) -> JSON:
    """The view as payloads carry it."""
    absent: JSON = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None}
    fixed: JSON = {"previous_view_id": None, "app_id": APP_ID, "app_installed_team_id": TEAM_ID}
    return {**absent, "clear_on_close": False, "notify_on_close": False, "state": {"values": {}}, **view, **fixed}


def _payload(kind: str, user: SlackUser, view: JSON) -> JSON:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": "acme-store"},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "enterprise": None,
        "is_enterprise_install": False,
        "view": view,
    }
