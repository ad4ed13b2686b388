"""Writing tickets: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/"""

import hashlib
import uuid
from typing import Any

from integrations.sandbox.core.clock import from_iso
from integrations.sandbox.core.wire import JSON, Answer, BadBody, names
from integrations.sandbox.zendesk.call import Ask, ids_of
from integrations.sandbox.zendesk.shapes import audit_json, ticket_json
from integrations.sandbox.zendesk.state import IdempotentAnswer, Ticket
from integrations.sandbox.zendesk.validation import CREATE, UPDATE, requester_of, user_of, write_of
from integrations.sandbox.zendesk.write import Write, ZendeskError, invalid

MERGE = names("ids source_comment source_comment_is_public target_comment target_comment_is_public")
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
    write = write_of(ask, wanted, ticket)
    if isinstance(wanted.get("requester"), dict):
        write.fields["requester_id"] = requester_of(ask, wanted).id
    if write.comment is not None and len(ticket.comments) >= MAX_COMMENTS:
        raise invalid("base", "Ticket has too many comments")
    audit = ask.desk.change(ticket, write)
    body = {"ticket": ticket_json(ask.desk.state, ticket, ask.base)}
    return ask.answer(body | {"audit": audit_json(ask.desk.state, audit, ask.base)})


def delete(ask: Ask) -> Answer:
    """DELETE /tickets/{id}: 204; only the incremental export still names it"""
    ask.desk.delete(ask.desk.ticket(ask.ids[0]))
    return Answer(204)


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


def _create(ask: Ask) -> Ticket:
    wanted = ask.body("ticket", CREATE)
    if wanted.get("comment") is None and wanted.get("description"):
        wanted["comment"] = {"body": wanted["description"]}
    source = _followup_source(ask, wanted)
    requester = requester_of(ask, wanted)
    submitter = user_of(ask, wanted.get("submitter_id"), "submitter") or ask.actor
    write = write_of(ask, wanted, None, submitter)
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


def _with_audit(ask: Ask, ticket: Ticket, number: int) -> JSON:
    state = ask.desk.state
    audit = audit_json(state, ticket.audits[number], ask.base)
    return {"ticket": ticket_json(state, ticket, ask.base), "audit": audit}
