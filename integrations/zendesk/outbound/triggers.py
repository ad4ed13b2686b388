"""Finds the account's triggers that would mail a customer what Slack already told them. Pure.

https://developer.zendesk.com/documentation/ticketing/reference-guides/conditions-reference/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SLACK_TAG = "frontdesk_slack"

_TAGS = frozenset({"current_tags", "tags"})


@dataclass(frozen=True)
class Trigger:
    """An active trigger that notifies the requester of tickets which began in Slack."""

    id: str
    title: str


def mailing_triggers(triggers: Sequence[Mapping[str, Any]]) -> list[Trigger]:
    """Return the active triggers that mail the requester and do not exclude the tag `frontdesk_slack`."""
    return [
        Trigger(str(trigger.get("id") or ""), trigger.get("title") or "")
        for trigger in triggers
        if trigger.get("active") is True and mails_requester(trigger) and not spares_slack(trigger)
    ]


def mails_requester(trigger: Mapping[str, Any]) -> bool:
    actions = trigger.get("actions") or ()
    return any(
        action.get("field") == "notification_user" and str(_first(action.get("value"))).startswith("requester")
        for action in actions
    )


def spares_slack(trigger: Mapping[str, Any]) -> bool:
    """Return whether the trigger does not fire for tickets that began in Slack."""
    conditions = trigger.get("conditions") or {}
    return any(
        condition.get("field") in _TAGS
        and condition.get("operator") == "not_includes"
        and SLACK_TAG in str(condition.get("value") or "").split()
        for condition in conditions.get("all") or ()
    )


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
