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
_IDS = ("organization_id", "problem_id", "brand_id", "group_id", "assignee_id", "requester_id")
_CHOICES = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("urgent", "high", "normal", "low"),
    "type": ("problem", "incident", "question", "task"),
}


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
    if given is None:
        return user_of(ask, wanted.get("requester_id"), "requester") or ask.actor
    if wanted.get("requester_id") is not None:
        raise invalid("requester", "Requester: requester and requester_id are mutually exclusive")

    person = ask.permit(given, REQUESTER, "ticket.requester")
    email = str(person.get("email") or "")
    found = find_user(ask.desk.state, email=email) if email else None
    return found or _new_requester(ask, str(person.get("name") or ""), email or None)


def _new_requester(ask: Ask, name: str, email: str | None) -> ZendeskUser:
    if not name:
        raise invalid("requester", "Requester: Name: is too short (minimum one character)", "BlankValue")
    return new_user(ask.desk, name, "end-user", email, None, verified=False)


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
    write.custom_fields = _custom_fields(ask, wanted.get("custom_fields"))
    if wanted.get("comment") is not None:
        write.comment = _comment(ask, wanted["comment"], ticket, submitter or ask.actor)
    return write


def _custom_fields(ask: Ask, given: Any) -> dict[int, Any]:
    """Those that exist; Zendesk ignores the others."""
    fields = [item for item in given or [] if isinstance(item, dict)]
    return {int(item["id"]): item.get("value") for item in fields if item.get("id") in ask.desk.state.ticket_fields}


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
    """Raise 422 for the first field that Zendesk would not take; texts become texts."""
    for name in ("subject", "external_id", "due_at"):
        if fields.get(name) is not None:
            fields[name] = str(fields[name])
    if fields.get("subject") is None:
        fields.pop("subject", None)
    for name, value in fields.items():
        _check_id(name, value)
        _check_choice(name, value)
    _check_group(ask, fields.get("group_id"))
    _check_people(ask, fields)


def _check_id(name: str, value: Any) -> None:
    if name not in _IDS:
        return
    is_wrong = name in _NEVER_NULL if value is None else type(value) is not int
    if is_wrong:
        raise invalid(name, f"{name}: is invalid")


def _check_choice(name: str, value: Any) -> None:
    if name not in _CHOICES:
        return
    is_cleared = value is None and name != "status"
    if value not in _CHOICES[name] and not is_cleared:
        raise invalid(name, f"{name.capitalize()}: {value} is not included in list")


def _check_group(ask: Ask, group_id: int | None) -> None:
    if group_id is None:
        return
    group = ask.desk.state.groups.get(group_id)
    if group is None or group.deleted:
        raise invalid("group", "Group: is invalid")


def _check_people(ask: Ask, fields: JSON) -> None:
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
