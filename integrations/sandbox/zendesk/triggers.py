"""Triggers made through the API: conditions and the actions this simulator can run.

https://developer.zendesk.com/documentation/ticketing/reference-guides/conditions-reference/
"""

import json
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.zendesk.account.mails import send
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.state import Audit, Ticket, ZendeskUser
from integrations.sandbox.zendesk.text import clean_tags, placeholders, render
from integrations.sandbox.zendesk.webhooks import Webhooks
from integrations.sandbox.zendesk.write import VIA_IDS, NewComment, Write, invalid

CONDITIONS = frozenset(
    (
        "update_type", "comment_is_public", "role", "current_tags", "current_via_id", "via_id", "status",
        "priority", "group_id", "assignee_id", "requester_id", "type", "brand_id",
    )
)  # fmt: skip
ACTIONS = frozenset(
    (
        "notification_webhook", "notification_user", "notification_group", "status", "priority", "group_id",
        "assignee_id", "current_tags", "set_tags", "remove_tags",
    )
)  # fmt: skip


class Triggers:
    """Runs after each write; what a trigger changes runs the others again, each at most once per write."""

    def __init__(self, desk: Desk, webhooks: Webhooks) -> None:
        self._desk = desk
        self._webhooks = webhooks
        self._fired: set[int] | None = None

    def wrote(self, ticket: Ticket, write: Write, audit: Audit, created: bool) -> None:
        """Check every active trigger, in position order."""
        del audit
        if self._fired is not None:
            self._cycle(self._fired, ticket, write, created)
            return
        self._fired = set()
        try:
            self._cycle(self._fired, ticket, write, created)
        finally:
            self._fired = None

    def merged(self, source: Ticket, target: Ticket, actor: ZendeskUser) -> None:
        """Merging runs no triggers of its own."""

    def _cycle(self, fired: set[int], ticket: Ticket, write: Write, created: bool) -> None:
        for trigger in sorted(self._desk.state.triggers.values(), key=lambda t: int(t.get("position") or 0)):
            if ticket.status == "closed" or not trigger.get("active") or trigger["id"] in fired:
                continue
            if self._matches(trigger, ticket, write, created):
                fired.add(trigger["id"])
                self._run(trigger, ticket, write.actor)

    def _matches(self, trigger: JSON, ticket: Ticket, write: Write, created: bool) -> bool:
        conditions = trigger["conditions"]
        every = all(_holds(c, ticket, write, created) for c in conditions["all"])
        some = not conditions["any"] or any(_holds(c, ticket, write, created) for c in conditions["any"])
        return every and some

    def _run(self, trigger: JSON, ticket: Ticket, actor: ZendeskUser) -> None:
        state = self._desk.state
        change = Write(state.users[state.bot_id], "rule")
        for action in trigger["actions"]:
            if action["field"] == "notification_webhook":
                hook = action["value"][0]
                template = action["value"][1]
                values = placeholders(ticket, state.users.get(ticket.requester_id), actor)
                self._webhooks.invoke(str(hook), render(_template(template), values))
            elif action["field"] in {"notification_user", "notification_group"}:
                send(self._desk, trigger, action, ticket, actor)
            else:
                _apply(change, action["field"], action["value"])
        if any((change.fields, change.set_tags is not None, change.add_tags, change.remove_tags)):
            self._desk.change(ticket, change)


def check_trigger(conditions: JSON, actions: list[JSON]) -> None:
    """Refuse what this simulator would not run, rather than ignore it silently."""
    for condition in [*conditions["all"], *conditions["any"]]:
        if condition.get("field") not in CONDITIONS:
            raise invalid("base", f"Condition {condition.get('field')} is invalid")
    for action in actions:
        if action.get("field") not in ACTIONS:
            raise invalid("base", f"Action {action.get('field')} is invalid")


def _apply(change: Write, name: str, value: Any) -> None:
    """Add one action to what the trigger changes."""
    match name:
        case "set_tags":
            change.set_tags = clean_tags([value])
        case "current_tags":
            change.add_tags += clean_tags([value])
        case "remove_tags":
            change.remove_tags += clean_tags([value])
        case "status" | "priority":
            change.fields[name] = value
        case "group_id" | "assignee_id":
            change.fields[name] = int(value) if str(value).isdigit() else None


def _holds(condition: JSON, ticket: Ticket, write: Write, created: bool) -> bool:
    name, operator, value = condition["field"], condition.get("operator", "is"), condition.get("value")
    match name:
        case "comment_is_public":
            return _comment_holds(write.comment, value)
        case "current_tags":
            has_some = bool(set(clean_tags([value])) & set(ticket.tags))
            return has_some if operator == "includes" else not has_some
        case "role":
            same = _role_holds(write.actor, str(value))
        case "update_type":
            same = value == ("Create" if created else "Change")
        case "current_via_id":
            same = _is_via(write.via, value)
        case "via_id":
            same = _is_via(ticket.via_channel, value)
        case _:
            same = _text(getattr(ticket, name)) == _text(value)
    return same if operator == "is" else not same


def _is_via(channel: str, value: object) -> bool:
    return str(VIA_IDS.get(channel, 0)) == str(value)


def _text(value: object) -> str:
    return str(value or "")


def _comment_holds(comment: NewComment | None, value: Any) -> bool:
    if value == "not_relevant":
        return comment is not None
    public = comment is not None and comment.public
    if value in ("requester_can_see_comment", True, "true"):
        return public
    return comment is not None and not public


def _role_holds(actor: ZendeskUser, value: str) -> bool:
    if value == "end_user":
        return not actor.staff
    return actor.staff if value == "agent" else str(actor.id) == value


def _template(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
