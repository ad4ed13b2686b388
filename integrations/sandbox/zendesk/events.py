"""Shapes of Zendesk's native ticket events.

https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
"""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.zendesk.state import Comment, Ticket, ZendeskUser

TYPES = (
    "ticket.created",
    "ticket.comment_added",
    "ticket.status_changed",
    "ticket.tags_changed",
    "ticket.agent_assignment_changed",
    "ticket.group_assignment_changed",
    "ticket.merged",
)
_CHANGES = {
    "status": "ticket.status_changed",
    "priority": "ticket.priority_changed",
    "assignee_id": "ticket.agent_assignment_changed",
    "group_id": "ticket.group_assignment_changed",
}


def changed(event: JSON) -> list[tuple[str, JSON]]:
    """The event a Change of the audit causes, if any."""
    name, value, previous = event["field_name"], event["value"], event["previous_value"]
    if name == "tags":
        added = [t for t in value if t not in previous]
        removed = [t for t in previous if t not in value]
        return [("ticket.tags_changed", {"tags_added": added, "tags_removed": removed})]
    if name not in _CHANGES:
        return []
    if name in {"status", "priority"}:
        value, previous = _upper(value), _upper(previous)
    return [(_CHANGES[name], {"current": value, "previous": previous})]


def detail(ticket: Ticket, actor: ZendeskUser) -> JSON:
    """The ticket's snapshot: ids as strings, enums upper case, much of it nullable."""
    return {
        "actor_id": str(actor.id),
        "assignee_id": _text(ticket.assignee_id),
        "brand_id": str(ticket.brand_id),
        "created_at": ticket.created_at,
        "custom_status": None,
        "description": ticket.description,
        "external_id": ticket.external_id,
        "form_id": str(ticket.ticket_form_id),
        "group_id": _text(ticket.group_id),
        "id": str(ticket.id),
        "is_public": any(c.public for c in ticket.comments),
        "organization_id": _text(ticket.organization_id),
        "priority": _upper(ticket.priority),
        "requester_id": str(ticket.requester_id),
        "status": _upper(ticket.status),
        "subject": ticket.subject,
        "submitter_id": str(ticket.submitter_id),
        "tags": ticket.tags or None,
        "type": _upper(ticket.type),
        "updated_at": ticket.updated_at,
        "via": {"channel": "web_service" if ticket.via_channel == "api" else ticket.via_channel},
    }


def comment_event(comment: Comment, author: ZendeskUser) -> JSON:
    """The ``event.comment`` of comment_added."""
    return {
        "id": str(comment.id),
        "body": comment.body,
        "html_body": comment.html_body,
        "is_public": comment.public,
        "author": {"id": str(author.id), "is_staff": author.staff, "name": author.name},
    }


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _upper(value: str | None) -> str | None:
    return value.upper() if value else None
