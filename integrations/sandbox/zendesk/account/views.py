"""Views and the tickets that they show: https://developer.zendesk.com/api-reference/ticketing/business-rules/views/"""

from integrations.sandbox.core.wire import JSON, Answer, names
from integrations.sandbox.zendesk.account.records import Kind
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.shapes import ticket_json
from integrations.sandbox.zendesk.state import DELETED, Ticket
from integrations.sandbox.zendesk.text import clean_tags
from integrations.sandbox.zendesk.write import invalid, not_found

_NARROWING = frozenset({"status", "type", "group_id", "assignee_id", "requester_id"})
_FIELDS = _NARROWING | {"current_tags", "priority", "brand_id"}
_ORDER = ("new", "open", "pending", "hold", "solved", "closed")
_MOST_COLUMNS = 10
_REQUEST = frozenset({"all", "any", "conditions", "output"})


def _shaped(old: JSON, wanted: JSON) -> JSON:
    shape = old | {name: value for name, value in wanted.items() if name not in _REQUEST}
    if not shape.get("title"):
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    shape["conditions"] = _conditions(wanted) if _REQUEST & set(wanted) - {"output"} else old.get("conditions")
    _check(shape["conditions"] or {"all": [], "any": []})
    shape["execution"] = _execution(wanted["output"]) if "output" in wanted else old.get("execution") or _execution({})
    return shape | {"raw_title": shape["title"], "default": False}


def _conditions(wanted: JSON) -> JSON:
    """Sent beside the title, answered under `conditions`."""
    nested = wanted.get("conditions") or {}
    return {kind: nested.get(kind) or wanted.get(kind) or [] for kind in ("all", "any")}


def _check(conditions: JSON) -> None:
    asked = [condition.get("field") for condition in [*conditions["all"], *conditions["any"]]]
    unknown = [field for field in asked if field not in _FIELDS]
    if unknown:
        raise invalid("base", f"Condition {unknown[0]} is invalid")
    if not _NARROWING & {condition.get("field") for condition in conditions["all"]}:
        text = "There must be at least one condition in the ALL section that checks status, type, group or assignee"
        raise invalid("base", text)


def _execution(output: JSON) -> JSON:
    columns = [str(column) for column in output.get("columns") or ("status", "subject")]
    if len(columns) > _MOST_COLUMNS:
        raise invalid("base", "A view has at most 10 columns")
    shown = [{"id": column, "title": column.replace("_", " ").capitalize()} for column in columns]
    by, order = output.get("sort_by") or "updated_at", output.get("sort_order") or "desc"
    group = output.get("group_by")
    return {"columns": shown, "sort_by": by, "sort_order": order, "group_by": group, "group_order": "asc"}


VIEW = Kind(
    "view", names("active all any conditions description output position restriction title"),
    lambda state: state.views, _shaped,
)  # fmt: skip


def shown(ask: Ask) -> Answer:
    """GET /views/{id}/tickets"""
    view = ask.desk.state.views.get(int(ask.ids[0]))
    if view is None:
        raise not_found()
    found = [t for t in ask.desk.state.tickets.values() if t.status != DELETED and _in_view(view["conditions"], t)]
    return ask.page("tickets", found, lambda t: ticket_json(ask.desk.state, t, ask.base))


def _in_view(conditions: JSON, ticket: Ticket) -> bool:
    if not all(_holds(condition, ticket) for condition in conditions["all"]):
        return False
    return not conditions["any"] or any(_holds(condition, ticket) for condition in conditions["any"])


def _holds(condition: JSON, ticket: Ticket) -> bool:
    name, operator, value = condition["field"], condition.get("operator"), condition.get("value")
    if name == "current_tags":
        has_some = bool(set(clean_tags([value])) & set(ticket.tags))
        return has_some if operator == "includes" else not has_some
    if operator in {"less_than", "greater_than"}:
        ahead = _ORDER.index(ticket.status) - _ORDER.index(str(value))
        return ahead < 0 if operator == "less_than" else ahead > 0
    same = str(getattr(ticket, name) or "") == str(value or "")
    return same if operator == "is" else not same
