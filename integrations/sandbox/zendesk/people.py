"""What people do in Zendesk: customers open tickets and answer, human agents work on them."""

import base64
import binascii
from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.people import Misuse
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.other_endpoints import store_file
from integrations.sandbox.zendesk.state import ZendeskUser
from integrations.sandbox.zendesk.users import find_user, new_user
from integrations.sandbox.zendesk.write import NewComment, Write

_FIELDS = ("status", "priority", "group_id", "assignee_id")
_STATUSES = {"open", "pending", "hold", "solved", "closed"}
_PRIORITIES = {"urgent", "high", "normal", "low", None}


def ticket(desk: Desk, wanted: JSON) -> JSON:
    """Somebody opens a ticket (`submitter_id`: an agent on their behalf), in words as `_new` takes them."""
    requester = _requester(desk, wanted.get("requester"))
    submitter = user(desk, wanted["submitter_id"]) if wanted.get("submitter_id") is not None else requester
    via = str(wanted.get("via_channel") or "web")
    comment = _new(desk, submitter, wanted, public=True)
    write = Write(submitter, via, _fields(desk, wanted), comment=comment)
    write.add_tags = [str(t) for t in wanted.get("tags") or []]
    made = desk.create(write, requester, str(wanted.get("subject") or ""), submitter, None)
    made.email_cc_ids = _copied(desk, wanted)
    return {"id": made.id}


def comment(desk: Desk, wanted: JSON) -> JSON:
    """Somebody comments; a customer's mail to a closed ticket opens a follow-up."""
    found = desk.ticket(wanted.get("ticket_id"))
    author = user(desk, wanted.get("author_id"))
    public = wanted.get("public", True) is not False
    if not public and not author.staff:
        raise Misuse("customers cannot write internal notes")
    new = _new(desk, author, wanted, public=public)
    via = str(wanted.get("via_channel") or ("web" if author.staff else "email"))
    if found.status == "closed" and not author.staff:
        write = Write(author, via, comment=new)
        followup = desk.create(write, author, f"Re: {found.subject}", author, found)
        return {"ticket_id": followup.id, "comment_id": followup.comments[-1].id}
    desk.change(found, Write(author, via, comment=new))
    return {"ticket_id": found.id, "comment_id": found.comments[-1].id}


def _new(desk: Desk, author: ZendeskUser, wanted: JSON, *, public: bool) -> NewComment:
    """`html` is a mail's HTML beside `body`; `trusted` false marks spoofed mail; `type`, `flags` are Zendesk's."""
    new = NewComment(author, _text(wanted, "body"), public, html=str(wanted.get("html") or ""))
    new.trusted = wanted.get("trusted", True) is not False
    new.attachments = _files(desk, wanted)
    new.kind = str(wanted.get("type") or "Comment")
    new.flags = [int(flag) for flag in wanted.get("flags") or []]
    return new


def update(desk: Desk, wanted: JSON) -> JSON:
    """A human agent changes fields and tags."""
    found = desk.ticket(wanted.get("ticket_id"))
    actor = user(desk, wanted.get("actor_id"))
    if not actor.staff:
        raise Misuse("only agents change fields")
    write = Write(actor, "web", _fields(desk, wanted))
    write.add_tags = [str(t) for t in wanted.get("add_tags") or []]
    write.remove_tags = [str(t) for t in wanted.get("remove_tags") or []]
    if "email_ccs" in wanted:
        found.email_cc_ids = _copied(desk, wanted)
    desk.change(found, write)
    return {"ticket_id": found.id, "updated_at": found.updated_at}


def merge(desk: Desk, wanted: JSON) -> JSON:
    """A human agent merges one ticket into another."""
    source, target = desk.ticket(wanted.get("source_id")), desk.ticket(wanted.get("target_id"))
    staff = next((u for u in desk.state.users.values() if u.staff and u.id != desk.state.bot_id), None)
    actor = user(desk, wanted["actor_id"]) if wanted.get("actor_id") is not None else staff
    if actor is None:
        raise Misuse("no agent to merge")
    desk.merge(target, [source], actor, {})
    return {"ticket_id": target.id}


def delete(desk: Desk, wanted: JSON) -> JSON:
    """A human agent deletes a ticket; nobody subscribed to that."""
    found = desk.ticket(wanted.get("ticket_id"))
    desk.delete(found)
    return {"ticket_id": found.id}


def suspend(desk: Desk, wanted: JSON) -> JSON:
    """A customer's mail is caught by the spam filter: no ticket, no webhook."""
    number = desk.state.next_id()
    now = desk.now()
    author = {"id": None, "name": str(wanted.get("name") or ""), "email": str(wanted.get("email") or "")}
    desk.state.suspended[number] = {
        "id": number,
        "author": author,
        "subject": str(wanted.get("subject") or ""),
        "content": _text(wanted, "body"),
        "cause": "Detected as spam",
        "cause_id": 0,
        "created_at": now,
        "updated_at": now,
        "ticket_id": None,
        "recipient": None,
    }
    desk.world.changed()
    return {"id": number}


def user(desk: Desk, user_id: Any) -> ZendeskUser:
    """A user; raises Misuse."""
    found = desk.state.users.get(user_id) if isinstance(user_id, int) else None
    if found is None:
        raise Misuse("no such user")
    return found


def _requester(desk: Desk, given: Any) -> ZendeskUser:
    if not isinstance(given, dict):
        return user(desk, given)
    email, name = str(given.get("email") or ""), str(given.get("name") or "")
    found = find_user(desk.state, email=email) if email else None
    if found is None and not (name and email):
        raise Misuse("a requester needs name and email")
    return found or new_user(desk, name, "end-user", email, None, verified=False)


def _copied(desk: Desk, wanted: JSON) -> list[int]:
    """Whoever is in copy; a new person may come with an `organization_id`."""
    found = []
    for given in wanted.get("email_ccs") or []:
        person = _requester(desk, given)
        if isinstance(given, dict) and "organization_id" in given:
            person.organization_id = int(given["organization_id"])
        found.append(person.id)
    return found


def _fields(desk: Desk, wanted: JSON) -> JSON:
    fields = {name: wanted[name] for name in _FIELDS if name in wanted}
    if "status" in fields and fields["status"] not in _STATUSES:
        raise Misuse("no such status")
    if fields.get("priority") not in _PRIORITIES:
        raise Misuse("no such priority")
    if fields.get("group_id") is not None and fields["group_id"] not in desk.state.groups:
        raise Misuse("no such group")
    if fields.get("assignee_id") is not None and not user(desk, fields["assignee_id"]).staff:
        raise Misuse("the assignee is no agent")
    return fields


def _files(desk: Desk, wanted: JSON) -> list[int]:
    found = []
    for item in wanted.get("files") or []:
        try:
            content = base64.b64decode(item["content_base64"], validate=True)
            name, kind = str(item["name"]), str(item.get("mimetype") or "application/octet-stream")
        except (KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise Misuse("a file needs name, mimetype, content_base64") from error
        found.append(store_file(desk, name, kind, content).id)
    return found


def _text(wanted: JSON, name: str) -> str:
    text = wanted.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Misuse(f"{name} is missing")
    return text
