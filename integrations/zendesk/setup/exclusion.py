"""Takes Slack-born tickets out of a trigger that would mail their customers, and puts them back in. Pure.

The condition comes with another that excludes a tag which no ticket has: the mark by which a setup knows its own. It
stands among the conditions because a description that was null cannot be made null again.

A change of a trigger replaces conditions and actions as soon as one of them is present, so both are sent:
https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/#update-trigger
"""

from collections.abc import Mapping
from typing import Any

from integrations.zendesk.outbound.triggers import SLACK_TAG, spares_slack
from integrations.zendesk.setup.wanted import Json

CONDITION = {"field": "current_tags", "operator": "not_includes", "value": SLACK_TAG}
MARK = {"field": "current_tags", "operator": "not_includes", "value": "frontdesk_setup"}


def is_marked(trigger: Mapping[str, Any]) -> bool:
    """Return whether a setup has put the condition in."""
    return _has(trigger, MARK)


def has_ours(trigger: Mapping[str, Any]) -> bool:
    """Return whether the condition stands in the trigger as a setup wrote it."""
    return _has(trigger, CONDITION)


def excluded(trigger: Mapping[str, Any]) -> Json:
    """Return the change that adds the condition, and its mark."""
    conditions = _conditions(trigger)
    if not spares_slack(trigger):
        added = [CONDITION] if is_marked(trigger) else [CONDITION, MARK]
        conditions["all"] = [*conditions["all"], *added]
    return {"conditions": conditions, "actions": list(trigger.get("actions") or ())}


def included(trigger: Mapping[str, Any]) -> Json:
    """Return the change that takes out the condition and the mark, and leaves everything else as it is now."""
    conditions = _conditions(trigger)
    conditions["all"] = [each for each in conditions["all"] if not (_is(each, CONDITION) or _is(each, MARK))]
    return {"conditions": conditions, "actions": list(trigger.get("actions") or ())}


def _has(trigger: Mapping[str, Any], condition: Mapping[str, str]) -> bool:
    return any(_is(each, condition) for each in _conditions(trigger)["all"])


def _is(found: Mapping[str, Any], condition: Mapping[str, str]) -> bool:
    same = all(found.get(name) == condition[name] for name in ("field", "operator"))
    return same and str(found.get("value") or "").split() == [condition["value"]]


def _conditions(trigger: Mapping[str, Any]) -> dict[str, list[Json]]:
    conditions = trigger.get("conditions") or {}
    return {kind: [dict(each) for each in conditions.get(kind) or ()] for kind in ("all", "any")}
