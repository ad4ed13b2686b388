"""Builds Zendesk's JSON for tickets, comments, audits, users, groups and files."""

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.zendesk.state import (
    Attachment,
    Audit,
    Comment,
    Group,
    Identity,
    Ticket,
    ZendeskState,
    ZendeskUser,
)

_SYSTEM = {"client": "sandbox", "ip_address": "127.0.0.1", "location": "", "latitude": 0.0, "longitude": 0.0}
# What this account does not use, as every ticket and user shows it.
_NO_OTHERS: JSON = {
    "recipient": None,
    "follower_ids": [],
    "forum_topic_id": None,
    "has_incidents": False,
    "sharing_agreement_ids": [],
    "custom_status_id": None,
    "allow_channelback": False,
    "allow_attachments": True,
}
_PLAIN_USER: JSON = {
    "time_zone": "UTC",
    "iana_time_zone": "Etc/UTC",
    "shared_phone_number": None,
    "photo": None,
    "locale_id": 1,
    "locale": "en-US",
    "shared": False,
    "shared_agent": False,
    "last_login_at": None,
    "two_factor_auth_enabled": None,
    "signature": "",
    "role_type": None,
    "custom_role_id": None,
    "only_private_comments": False,
    "restricted_agent": False,
    "report_csv": False,
    "user_fields": {},
}


def ticket_json(state: ZendeskState, ticket: Ticket, base: str) -> JSON:
    """A ticket; every agent's view of it."""
    fields = [{"id": i, "value": ticket.custom_fields.get(i)} for i, f in state.ticket_fields.items() if f["removable"]]
    return {
        "url": f"{base}/tickets/{ticket.id}.json",
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": {"channel": ticket.via_channel, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "generated_timestamp": int(ticket.changed),
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submitter_id,
        "assignee_id": ticket.assignee_id,
        "organization_id": ticket.organization_id,
        "group_id": ticket.group_id,
        **_NO_OTHERS,
        "collaborator_ids": ticket.email_cc_ids,
        "email_cc_ids": ticket.email_cc_ids,
        "problem_id": ticket.problem_id,
        "is_public": any(c.public for c in ticket.comments),
        "due_at": ticket.due_at,
        "tags": ticket.tags,
        "custom_fields": fields,
        "fields": fields,
        "satisfaction_rating": ticket.rating or {"score": "unoffered"},
        "followup_ids": ticket.followup_ids,
        "via_followup_source_id": ticket.via_followup_source_id,
        "ticket_form_id": ticket.ticket_form_id,
        "brand_id": ticket.brand_id,
        "from_messaging_channel": ticket.via_channel in {"native_messaging", "chat"},
    }


def comment_json(state: ZendeskState, comment: Comment, base: str) -> JSON:
    """A comment; `metadata.custom` is what the writing request put into the ticket's metadata."""
    return {
        "id": comment.id,
        "type": comment.kind,
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": comment.html_body,
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [attachment_json(state.attachments[a], base) for a in comment.attachments],
        "audit_id": comment.audit_id,
        "via": _via(comment.via_channel),
        "created_at": comment.created_at,
        "metadata": comment_metadata(comment),
    }


def comment_metadata(comment: Comment) -> JSON:
    """System and custom metadata; a comment Zendesk distrusts carries flags."""
    metadata: JSON = {"system": _SYSTEM, "custom": comment.custom}
    if not comment.trusted:
        # 2: the author was not part of the conversation, a spoofing warning.
        metadata |= {"flags": [2], "flags_options": {"2": {"trusted": False}}, "trusted": False}
    if comment.flags:
        metadata |= {"flags": [*metadata.get("flags", []), *comment.flags]}
    return metadata


def audit_json(state: ZendeskState, audit: Audit, base: str) -> JSON:
    """An audit with its events."""
    ticket = state.tickets[audit.ticket_id]
    by_id = {c.id: c for c in ticket.comments if c.audit_id == audit.id and c.attachments}
    events = []
    for event in audit.events:
        comment = by_id.get(event["id"])
        if comment is not None:
            files = [attachment_json(state.attachments[a], base) for a in comment.attachments]
            events.append(event | {"attachments": files})
        else:
            events.append(event)
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "created_at": audit.created_at,
        "author_id": audit.author_id,
        "metadata": {"system": _SYSTEM, "custom": audit.custom},
        "events": events,
        "via": _via(audit.via_channel),
    }


def user_json(user: ZendeskUser, base: str) -> JSON:
    """A user."""
    return {
        "id": user.id,
        "url": f"{base}/users/{user.id}.json",
        "name": user.name,
        "email": user.email,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "phone": user.phone,
        **_PLAIN_USER,
        "active": user.active,
        "organization_id": user.organization_id,
        "role": user.role,
        "custom_role_id": user.custom_role_id,
        "verified": any(i.verified for i in user.identities),
        "external_id": user.external_id,
        "tags": user.tags,
        "alias": user.alias,
        "details": user.details,
        "notes": user.notes,
        "moderator": user.staff,
        "ticket_restriction": None if user.staff else "requested",
        "suspended": user.suspended,
        "default_group_id": user.default_group_id,
    }


def identity_json(user: ZendeskUser, identity: Identity, base: str) -> JSON:
    """One of a user's identities."""
    return {
        "url": f"{base}/users/{user.id}/identities/{identity.id}.json",
        "id": identity.id,
        "user_id": user.id,
        "type": identity.type,
        "value": identity.value,
        "verified": identity.verified,
        "primary": identity.primary,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "undeliverable_count": 0,
        "deliverable_state": "deliverable",
    }


def group_json(group: Group, base: str) -> JSON:
    """A group."""
    return {
        "url": f"{base}/groups/{group.id}.json",
        "id": group.id,
        "is_public": True,
        "name": group.name,
        "description": group.description,
        "default": group.id == 5001,
        "deleted": group.deleted,
        "created_at": group.created_at,
        "updated_at": group.created_at,
    }


def attachment_json(attachment: Attachment, base: str) -> JSON:
    """A file; `content_url` redirects to another place that wants no credentials."""
    root = base.removesuffix("/api/v2")
    return {
        "url": f"{base}/attachments/{attachment.id}.json",
        "id": attachment.id,
        "file_name": attachment.file_name,
        "content_url": f"{root}/_files/zendesk/{attachment.token}/{attachment.file_name}",
        "mapped_content_url": f"{root}/_files/zendesk/{attachment.token}/{attachment.file_name}",
        "content_type": attachment.content_type,
        "size": attachment.size,
        "width": None,
        "height": None,
        "inline": False,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }


def _via(channel: str) -> JSON:
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}
