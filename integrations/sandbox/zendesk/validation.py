"""Turns a request's JSON into a write: allowed keys, checks, uploads, users made on the way."""

from collections.abc import Iterable
from typing import Any

from integrations.sandbox.core.wire import JSON, names
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.state import Ticket, ZendeskUser
from integrations.sandbox.zendesk.users import find_user, new_user
from integrations.sandbox.zendesk.write import FIELDS, NewComment, Write, invalid

_SHARED = names(
    "additional_collaborators assignee_email assignee_id attribute_value_ids collaborator_ids comment custom_fields "
    "custom_status_id due_at email_ccs external_id followers group_id metadata organization_id priority problem_id "
    "requester requester_id sharing_agreement_ids status subject tags type"
)
CREATE = _SHARED | names(
    "brand_id collaborators description email_cc_ids follower_ids macro_ids raw_subject recipient submitter_id "
    "ticket_form_id via_followup_source_id"
)
UPDATE = _SHARED | {"additional_tags", "remove_tags", "safe_update", "updated_stamp"}
COMMENT = frozenset({"author_id", "body", "html_body", "public", "uploads"})
REQUESTER = frozenset({"name", "email", "locale_id"})
_NEVER_NULL = {"brand_id", "requester_id"}
_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_PRIORITIES = ("urgent", "high", "normal", "low")
_TYPES = ("problem", "incident", "question", "task")


def take_uploads(ask: Ask, tokens: Any) -> list[int]:
    """Consume upload tokens; raises 422 for unknown or old ones."""
    wanted: Iterable[Any] = [tokens] if isinstance(tokens, str) else tokens or []
    found: list[int] = []
    for token in wanted:
        upload = ask.desk.state.uploads.get(str(token))
        if upload is None or upload.expires < ask.desk.world.clock.now():
            raise invalid("base", "Uploads: token is invalid")
        found += upload.attachment_ids
    for token in wanted:
        del ask.desk.state.uploads[str(token)]
    return found


def requester_of(ask: Ask, wanted: JSON) -> ZendeskUser:
    """The requester, made if need be; the caller where none is named."""
    given = wanted.get("requester")
    if given is not None and wanted.get("requester_id") is not None:
        raise invalid("requester", "Requester: requester and requester_id are mutually exclusive")
    if given is None:
        return user_of(ask, wanted.get("requester_id"), "requester") or ask.actor
    person = ask.permit(given, REQUESTER, "ticket.requester")
    email, name = str(person.get("email") or ""), str(person.get("name") or "")
    found = find_user(ask.desk.state, email=email) if email else None
    if found is not None:
        return found
    if not name:
        raise invalid("requester", "Requester: Name: is too short (minimum one character)", "BlankValue")
    return new_user(ask.desk, name, "end-user", email or None, None, verified=False)


def write_of(ask: Ask, wanted: JSON, ticket: Ticket | None, submitter: ZendeskUser | None = None) -> Write:
    """A checked write of the given keys; raises 422."""
    write = Write(ask.actor, "api", {name: wanted[name] for name in FIELDS if name in wanted})
    _check_fields(ask, write.fields)
    if isinstance(wanted.get("metadata"), dict):
        write.custom = wanted["metadata"]
    if wanted.get("tags") is not None:
        write.set_tags = _strings(wanted["tags"], "tags")
    write.add_tags = _strings(wanted.get("additional_tags") or [], "additional_tags")
    write.remove_tags = _strings(wanted.get("remove_tags") or [], "remove_tags")
    for item in wanted.get("custom_fields") or []:
        if isinstance(item, dict) and item.get("id") in ask.desk.state.ticket_fields:
            write.custom_fields[int(item["id"])] = item.get("value")
    if wanted.get("comment") is not None:
        write.comment = _comment(ask, wanted["comment"], ticket, submitter or ask.actor)
    return write


def _comment(ask: Ask, given: Any, ticket: Ticket | None, author: ZendeskUser) -> NewComment:
    comment = ask.permit(given, COMMENT, "ticket.comment") if isinstance(given, dict) else {"body": str(given)}
    body, html_body = str(comment.get("body") or ""), str(comment.get("html_body") or "")
    if not body.strip() and not html_body.strip():
        raise invalid("comment", "Comment: cannot be blank", "BlankValue")
    author = user_of(ask, comment.get("author_id"), "author") or author
    public = comment.get("public")
    if public is None:
        # What the ticket began with goes on: a private-first ticket makes private replies.
        public = ticket.public_by_default if ticket is not None else True
    files = take_uploads(ask, comment.get("uploads"))
    return NewComment(author, body if not html_body else "", bool(public), html_body, files)


def _check_fields(ask: Ask, fields: JSON) -> None:
    for name in ("subject", "external_id", "due_at"):
        if fields.get(name) is not None:
            fields[name] = str(fields[name])
    if fields.get("subject") is None:
        fields.pop("subject", None)
    for name in ("organization_id", "problem_id", "brand_id", "group_id", "assignee_id", "requester_id"):
        value = fields.get(name)
        if (value is not None and type(value) is not int) or (value is None and name in fields and name in _NEVER_NULL):
            raise invalid(name, f"{name}: is invalid")
    for name, allowed in (("status", _STATUSES), ("priority", _PRIORITIES), ("type", _TYPES)):
        value = fields.get(name)
        if name in fields and value not in allowed and (value is not None or name == "status"):
            raise invalid(name, f"{name.capitalize()}: {value} is not included in list")
    group = fields.get("group_id")
    if group is not None and (group not in ask.desk.state.groups or ask.desk.state.groups[group].deleted):
        raise invalid("group", "Group: is invalid")
    assignee = user_of(ask, fields.get("assignee_id"), "assignee")
    if assignee is not None and not assignee.staff:
        raise invalid("assignee", "Assignee: is not an agent")
    user_of(ask, fields.get("requester_id"), "requester")


def user_of(ask: Ask, user_id: Any, name: str) -> ZendeskUser | None:
    """A user by id, None for none; raises 422 naming the field."""
    if user_id is None:
        return None
    user = ask.desk.state.users.get(user_id) if isinstance(user_id, int) else None
    if user is None:
        raise invalid(name, f"{name.capitalize()}: is invalid")
    return user


def _strings(value: Any, name: str) -> list[str]:
    if not isinstance(value, list):
        raise invalid(name, f"{name}: must be a list")
    return [str(item) for item in value]
