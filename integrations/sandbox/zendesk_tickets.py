"""Writing tickets: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/"""

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

from .clock import from_iso
from .wire import JSON, Answer, BadBody, names
from .zendesk_call import Ask, ids_of
from .zendesk_desk import FIELDS, NewComment, Write, ZendeskError, invalid
from .zendesk_shapes import audit_json, ticket_json
from .zendesk_state import IdempotentAnswer, Ticket, ZendeskUser
from .zendesk_users import find_user, new_user

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
MERGE = names("ids source_comment source_comment_is_public target_comment target_comment_is_public")
_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_PRIORITIES = ("urgent", "high", "normal", "low")
_TYPES = ("problem", "incident", "question", "task")
IDEMPOTENCY_SECONDS = 7200.0
MAX_COMMENTS = 5000


def create(ask: Ask) -> Answer:
    """POST /tickets; with an Idempotency-Key the same request is answered twice but done once."""
    key = ask.call.headers.get("idempotency-key", "")
    digest = hashlib.sha256(ask.call.body).hexdigest()
    state, now = ask.desk.state, ask.desk.world.clock.now()
    known = state.idempotency.get(key) if key else None
    if known is not None and known.expires > now:
        if known.digest != digest:
            text = "Request parameters don't match the given idempotency key"
            raise ZendeskError(400, {"error": "IdempotentRequestError", "description": text})
        location = f"{ask.base}/tickets/{known.ticket_id}.json"
        return ask.answer(known.body, 201, location=location, x_idempotency_lookup="hit")
    if len(key) > 255:
        raise ZendeskError(400, {"error": "IdempotentRequestError", "description": "Idempotency key is too long"})
    ticket = _create(ask)
    body = _with_audit(ask, ticket, 0)
    headers = {"location": f"{ask.base}/tickets/{ticket.id}.json"}
    if key:
        headers["x_idempotency_lookup"] = "miss"
        state.idempotency[key] = IdempotentAnswer(digest, ticket.id, body, now + IDEMPOTENCY_SECONDS)
    return ask.answer(body, 201, **headers)


def update(ask: Ask) -> Answer:
    """PUT /tickets/{id}: fields and at most one comment, guarded by safe_update."""
    ticket = ask.desk.ticket(ask.ids[0])
    wanted = ask.body("ticket", UPDATE)
    if wanted.get("safe_update") is True:
        _check_stamp(ticket, wanted.get("updated_stamp"))
    write = _write(ask, wanted, ticket)
    if isinstance(wanted.get("requester"), dict):
        write.fields["requester_id"] = _requester(ask, wanted).id
    if write.comment is not None and len(ticket.comments) >= MAX_COMMENTS:
        raise invalid("base", "Ticket has too many comments")
    audit = ask.desk.change(ticket, write)
    body = {"ticket": ticket_json(ask.desk.state, ticket, ask.base)}
    return ask.answer(body | {"audit": audit_json(ask.desk.state, audit, ask.base)})


def tags(ask: Ask) -> Answer:
    """POST (set), PUT (add) and DELETE (remove) /tickets/{id}/tags."""
    ticket = ask.desk.ticket(ask.ids[0])
    try:
        wanted = ask.call.json().get("tags")
    except BadBody:
        wanted = None
    if not isinstance(wanted, list):
        raise ZendeskError(400, {"error": "RequestParameterMissing", "description": "Parameter tags is required"})
    write = Write(ask.actor, "api")
    if ask.call.method == "POST":
        write.set_tags = wanted
    elif ask.call.method == "PUT":
        write.add_tags = wanted
    else:
        write.remove_tags = wanted
    ask.desk.change(ticket, write)
    return ask.answer({"tags": ticket.tags}, 201 if ask.call.method == "POST" else 200)


def merge(ask: Ask) -> Answer:
    """POST /tickets/{target}/merge: done at once, answered as a job."""
    try:
        wanted = ask.permit(ask.call.json(), MERGE, "merge")
    except BadBody as error:
        raise ZendeskError(400, {"error": "RequestParameterMissing", "description": "ids"}) from error
    target = ask.desk.ticket(ask.ids[0])
    ids = ids_of(",".join(str(i) for i in wanted.get("ids") or []))
    if not ids:
        raise ZendeskError(400, {"error": "RequestParameterMissing", "description": "ids"})
    ask.desk.merge(target, [ask.desk.ticket(i) for i in ids], ask.actor, wanted)
    job_id = uuid.uuid4().hex
    job: JSON = {
        "id": job_id,
        "job_type": "Ticket Merge",
        "url": f"{ask.base}/job_statuses/{job_id}.json",
        "total": len(ids),
        "progress": None,
        "status": "queued",
        "message": None,
        "results": None,
    }
    results = [{"id": i, "action": "merge", "status": "Merged", "success": True} for i in ids]
    message = f"Completed at {ask.desk.now()}"
    ask.desk.state.jobs[job_id] = job | {
        "progress": len(ids), "status": "completed", "message": message, "results": results,
    }  # fmt: skip
    return ask.answer({"job_status": job})


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


def _create(ask: Ask) -> Ticket:
    wanted = ask.body("ticket", CREATE)
    if wanted.get("comment") is None and wanted.get("description"):
        wanted["comment"] = {"body": wanted["description"]}
    source = _followup_source(ask, wanted)
    requester = _requester(ask, wanted)
    submitter = _user(ask, wanted.get("submitter_id"), "submitter") or ask.actor
    write = _write(ask, wanted, None, submitter)
    write.fields.pop("requester_id", None)
    subject = str(wanted.get("subject") or wanted.get("raw_subject") or "")
    return ask.desk.create(write, requester, subject, submitter, source)


def _followup_source(ask: Ask, wanted: JSON) -> Ticket | None:
    if wanted.get("via_followup_source_id") is None:
        return None
    source = ask.desk.state.tickets.get(int(wanted["via_followup_source_id"]))
    if source is None or source.status != "closed":
        raise invalid("via_followup_source_id", "Followup source: is not closed")
    return source


def _requester(ask: Ask, wanted: JSON) -> ZendeskUser:
    given = wanted.get("requester")
    if given is not None and wanted.get("requester_id") is not None:
        raise invalid("requester", "Requester: requester and requester_id are mutually exclusive")
    if given is None:
        return _user(ask, wanted.get("requester_id"), "requester") or ask.actor
    person = ask.permit(given, REQUESTER, "ticket.requester")
    email, name = str(person.get("email") or ""), str(person.get("name") or "")
    found = find_user(ask.desk.state, email=email) if email else None
    if found is not None:
        return found
    if not name:
        raise invalid("requester", "Requester: Name: is too short (minimum one character)", "BlankValue")
    return new_user(ask.desk, name, "end-user", email or None, None, verified=False)


def _write(ask: Ask, wanted: JSON, ticket: Ticket | None, submitter: ZendeskUser | None = None) -> Write:
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
    author = _user(ask, comment.get("author_id"), "author") or author
    public = comment.get("public")
    if public is None:
        # What the ticket began with goes on: a private-first ticket makes private replies.
        public = ticket.public_by_default if ticket is not None else True
    files = take_uploads(ask, comment.get("uploads"))
    return NewComment(author, body if not html_body else "", bool(public), html_body, files)


def _check_fields(ask: Ask, fields: JSON) -> None:
    for name, allowed in (("status", _STATUSES), ("priority", _PRIORITIES), ("type", _TYPES)):
        value = fields.get(name)
        if name in fields and value not in allowed and (value is not None or name == "status"):
            raise invalid(name, f"{name.capitalize()}: {value} is not included in list")
    group = fields.get("group_id")
    if group is not None and (group not in ask.desk.state.groups or ask.desk.state.groups[group].deleted):
        raise invalid("group", "Group: is invalid")
    assignee = _user(ask, fields.get("assignee_id"), "assignee")
    if assignee is not None and not assignee.staff:
        raise invalid("assignee", "Assignee: is not an agent")
    _user(ask, fields.get("requester_id"), "requester")


def _user(ask: Ask, user_id: Any, name: str) -> ZendeskUser | None:
    if user_id is None:
        return None
    user = ask.desk.state.users.get(user_id) if isinstance(user_id, int) else None
    if user is None:
        raise invalid(name, f"{name.capitalize()}: is invalid")
    return user


def _check_stamp(ticket: Ticket, stamp: Any) -> None:
    try:
        same = from_iso(str(stamp)) == from_iso(ticket.updated_at)
    except ValueError:
        same = False
    if not same:
        text = (
            "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again."
        )
        raise ZendeskError(409, {"error": "UpdateConflict", "description": text})


def _strings(value: Any, name: str) -> list[str]:
    if not isinstance(value, list):
        raise invalid(name, f"{name}: must be a list")
    return [str(item) for item in value]


def _with_audit(ask: Ask, ticket: Ticket, number: int) -> JSON:
    state = ask.desk.state
    audit = audit_json(state, ticket.audits[number], ask.base)
    return {"ticket": ticket_json(state, ticket, ask.base), "audit": audit}
