"""Triggers and ticket fields as an administrator sets them up.

https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/
"""

from typing import Any

from integrations.sandbox.core.wire import JSON, Answer, names
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.triggers import check_trigger
from integrations.sandbox.zendesk.write import invalid, not_found

TRIGGER = names("title raw_title description active position category_id conditions all any actions")
_CONDITIONS = frozenset({"conditions", "all", "any"})
FIELD = names(
    "active agent_description collapsed_for_agents creator_app_name creator_user_id custom_field_options description "
    "editable_in_portal position raw_description raw_title raw_title_in_portal regexp_for_validation "
    "relationship_filter relationship_target_type required required_in_portal sub_type_id tag title title_in_portal "
    "type visible_in_portal"
)


def list_triggers(ask: Ask) -> Answer:
    """GET /triggers, /triggers/search?query="""
    wanted = ask.call.query.get("query", "").lower()
    found = [t for t in ask.desk.state.triggers.values() if wanted in str(t["title"]).lower()]
    if ask.call.query.get("active") == "true":
        found = [t for t in found if t["active"]]
    return ask.page("triggers", found, lambda t: _with_url(ask, t, "triggers"))


def create_trigger(ask: Ask) -> Answer:
    """POST /triggers"""
    wanted = ask.body("trigger", TRIGGER)
    if not wanted.get("title") or not wanted.get("actions"):
        raise invalid("base", "Title and actions: cannot be blank", "BlankValue")
    state, now = ask.desk.state, ask.desk.now()
    trigger_id = state.next_id()
    position = len(state.triggers) + 1
    state.triggers[trigger_id] = _trigger(
        {"id": trigger_id, "active": True, "position": position, "default": False, "created_at": now}, wanted, now
    )
    ask.desk.world.changed()
    return ask.answer({"trigger": _with_url(ask, state.triggers[trigger_id], "triggers")}, 201)


def trigger(ask: Ask) -> Answer:
    """GET, PUT, DELETE /triggers/{id}"""
    state, trigger_id = ask.desk.state, int(ask.ids[0])
    if trigger_id not in state.triggers:
        raise not_found()
    if ask.call.method == "DELETE":
        del state.triggers[trigger_id]
        ask.desk.world.changed()
        return Answer(204)
    if ask.call.method == "PUT":
        wanted = ask.body("trigger", TRIGGER)
        state.triggers[trigger_id] = _trigger(state.triggers[trigger_id], wanted, ask.desk.now())
        ask.desk.world.changed()
    return ask.answer({"trigger": _with_url(ask, state.triggers[trigger_id], "triggers")})


def list_fields(ask: Ask) -> Answer:
    """GET /ticket_fields"""
    fields = list(ask.desk.state.ticket_fields.values())
    return ask.page("ticket_fields", fields, lambda f: _with_url(ask, f, "ticket_fields"))


def write_field(ask: Ask) -> Answer:
    """POST /ticket_fields, PUT /ticket_fields/{id}"""
    wanted = ask.body("ticket_field", FIELD)
    state, now = ask.desk.state, ask.desk.now()
    if ask.ids:
        field = state.ticket_fields.get(int(ask.ids[0]))
        if field is None:
            raise not_found()
        field |= {**wanted, "updated_at": now}
        status = 200
    else:
        if not wanted.get("title") or not wanted.get("type"):
            raise invalid("title", "Title: cannot be blank", "BlankValue")
        field_id = state.next_id()
        made = {"id": field_id, "active": True, "removable": True, "raw_title": wanted["title"]}
        field = state.ticket_fields[field_id] = {**made, **wanted, "created_at": now, "updated_at": now}
        status = 201
    ask.desk.world.changed()
    return ask.answer({"ticket_field": _with_url(ask, field, "ticket_fields")}, status)


def _with_url(ask: Ask, shape: JSON, kind: str) -> JSON:
    return {"url": f"{ask.base}/{kind}/{shape['id']}.json", **shape}


def _trigger(old: JSON, wanted: JSON, now: str) -> JSON:
    changes = {name: value for name, value in wanted.items() if name not in _CONDITIONS}
    shape = {**old, **changes, "updated_at": now}
    shape["conditions"] = _conditions(wanted) or old.get("conditions") or {"all": [], "any": []}
    shape.setdefault("raw_title", shape["title"])
    shape.setdefault("description", None)
    shape.setdefault("category_id", "10026")
    check_trigger(shape["conditions"], shape["actions"])
    return shape


def _conditions(wanted: JSON) -> JSON | None:
    """The conditions that were sent, under `conditions` or beside it; None where none were."""
    if not _CONDITIONS & set(wanted):
        return None
    nested: Any = wanted.get("conditions") or {}
    return {kind: nested.get(kind) or wanted.get(kind) or [] for kind in ("all", "any")}
