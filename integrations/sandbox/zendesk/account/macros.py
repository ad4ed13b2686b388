"""Macros, and what one would do to a ticket: https://developer.zendesk.com/api-reference/ticketing/business-rules/macros/"""

from integrations.sandbox.core.wire import JSON, Answer, names
from integrations.sandbox.zendesk.account.records import Kind
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.shapes import ticket_json
from integrations.sandbox.zendesk.state import ZendeskUser
from integrations.sandbox.zendesk.text import clean_tags
from integrations.sandbox.zendesk.write import NewComment, Write, invalid, not_found

MACRO_ACTIONS = frozenset(
    (
        "status", "priority", "group_id", "assignee_id", "current_tags", "set_tags", "remove_tags", "comment_value",
        "comment_value_html", "comment_mode_is_public",
    )
)  # fmt: skip


def _shaped(old: JSON, wanted: JSON) -> JSON:
    shape = old | wanted
    if not shape.get("title"):
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    if not shape.get("actions"):
        raise invalid("base", "Actions: cannot be blank", "BlankValue")
    unknown = [action.get("field") for action in shape["actions"] if action.get("field") not in MACRO_ACTIONS]
    if unknown:
        raise invalid("base", f"Action {unknown[0]} is invalid")
    return shape | {"raw_title": shape["title"], "default": False}


MACRO = Kind("macro", names("actions active description position restriction title"), lambda s: s.macros, _shaped)


def applied(ask: Ask) -> Answer:
    """GET /tickets/{id}/macros/{id}/apply: what the ticket would be; nothing is changed."""
    ticket = ask.desk.ticket(ask.ids[0])
    write = _write(_macro(ask.desk, ask.ids[1]), ask.actor)
    shape = ticket_json(ask.desk.state, ticket, ask.base) | write.fields
    shape["tags"] = sorted({*(write.set_tags or ticket.tags), *write.add_tags} - {*write.remove_tags})
    body: JSON = {"ticket": shape}
    if write.comment is not None:
        body["comment"] = {"body": write.comment.body, "public": write.comment.public}
    return ask.answer({"result": body})


def use(desk: Desk, macro_id: object, ticket_id: object, agent: ZendeskUser) -> None:
    """A human agent applies a macro to a ticket and submits it."""
    macro = _macro(desk, macro_id)
    if not macro["active"]:
        raise not_found()
    desk.change(desk.ticket(ticket_id), _write(macro, agent))


def _macro(desk: Desk, macro_id: object) -> JSON:
    found = desk.state.macros.get(int(str(macro_id)))
    if found is None:
        raise not_found()
    return found


def _write(macro: JSON, agent: ZendeskUser) -> Write:
    write = Write(agent, "web")
    values = {action["field"]: action["value"] for action in macro["actions"]}
    write.add_tags = clean_tags([values.get("current_tags", "")])
    write.remove_tags = clean_tags([values.get("remove_tags", "")])
    if "set_tags" in values:
        write.set_tags = clean_tags([values["set_tags"]])
    for name in ("status", "priority"):
        if name in values:
            write.fields[name] = values[name]
    for name in ("group_id", "assignee_id"):
        if str(values.get(name, "")).isdigit():
            write.fields[name] = int(values[name])
    if text := values.get("comment_value") or values.get("comment_value_html"):
        public = str(values.get("comment_mode_is_public", "true")).lower() == "true"
        write.comment = NewComment(agent, str(text), public)
    return write
