"""Takes Slack-born tickets out of a trigger that would mail their customers, and puts them back in. Pure.

A change of a trigger replaces conditions and actions as soon as one of them is present, so both are sent:
https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/#update-trigger
"""

from collections.abc import Mapping
from typing import Any

from integrations.zendesk.outbound.triggers import SLACK_TAG, spares_slack
from integrations.zendesk.setup.wanted import Json

CONDITION = {"field": "current_tags", "operator": "not_includes", "value": SLACK_TAG}
MARK = f"[frontdesk:trigger:without {SLACK_TAG}]"
_GAP = "\n\n"


def is_marked(trigger: Mapping[str, Any]) -> bool:
    """Return whether a setup has put the condition in."""
    return MARK in str(trigger.get("description") or "")


def excluded(trigger: Mapping[str, Any]) -> Json:
    """Return the change that adds the condition, and the mark by which it is taken out again."""
    conditions = _conditions(trigger)
    if not spares_slack(trigger):
        conditions["all"] = [*conditions["all"], CONDITION]
    before = trigger.get("description")
    marked = before if is_marked(trigger) else MARK if before is None else f"{before}{_GAP}{MARK}"
    return {"conditions": conditions, "actions": list(trigger.get("actions") or ()), "description": marked}


def included(trigger: Mapping[str, Any]) -> Json:
    """Return the change that takes out the condition and the mark, and leaves everything else as it is now."""
    conditions = _conditions(trigger)
    conditions["all"] = [each for each in conditions["all"] if not _is_ours(each)]
    before = str(trigger.get("description") or "")
    rest = None if before == MARK else before.replace(f"{_GAP}{MARK}", "").replace(MARK, "")
    return {"conditions": conditions, "actions": list(trigger.get("actions") or ()), "description": rest}


def has_ours(trigger: Mapping[str, Any]) -> bool:
    """Return whether the condition stands in the trigger as a setup wrote it."""
    return any(_is_ours(each) for each in _conditions(trigger)["all"])


def _is_ours(condition: Mapping[str, Any]) -> bool:
    same = condition.get("field") == CONDITION["field"] and condition.get("operator") == CONDITION["operator"]
    return same and str(condition.get("value") or "").split() == [SLACK_TAG]


def _conditions(trigger: Mapping[str, Any]) -> dict[str, list[Json]]:
    conditions = trigger.get("conditions") or {}
    return {kind: [_sent(each) for each in conditions.get(kind) or ()] for kind in ("all", "any")}


def _sent(condition: Mapping[str, Any]) -> Json:
    return dict(condition)
