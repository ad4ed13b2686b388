"""Tells in which fields a record differs from the wanted one, whatever Zendesk adds to it and reorders. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.zendesk.setup.wanted import Json, Kind

Seen = Callable[[Json], object]


def differences(kind: Kind, record: Json, wanted: Json) -> list[str]:
    """Return the names of the fields that differ, as people call them."""
    return [name for name, look in _LOOKS[kind].items() if look(record) != look(wanted)]


def is_as_made(kind: Kind, record: Json, wanted: Json) -> bool:
    """Return whether nothing at all was changed since we made it, neither its words nor its order."""
    same_words = _text("description")(record) == _text("description")(wanted)
    return same_words and _is_sorted_alike(record, wanted) and not differences(kind, record, wanted)


def _is_sorted_alike(record: Json, wanted: Json) -> bool:
    """What Zendesk does not tell of a view's order is taken to be as it was."""
    told, meant = record.get("execution") or {}, wanted.get("output") or {}
    return all(told.get(name, meant[name]) == meant[name] for name in ("sort_by", "sort_order") if name in meant)


def _text(name: str) -> Seen:
    return lambda fields: str(fields.get(name) or "")


def _subscriptions(fields: Json) -> object:
    return frozenset(map(str, fields.get("subscriptions") or ()))


def _actions(fields: Json) -> object:
    return [(action.get("field"), _words(action.get("value"))) for action in fields.get("actions") or ()]


def _conditions(fields: Json) -> object:
    """Asked for beside the title, answered under `conditions`."""
    nested = fields.get("conditions") or fields
    return {kind: _each(nested.get(kind) or ()) for kind in ("all", "any")}


def _each(conditions: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str, object]]:
    return frozenset((str(c.get("field")), str(c.get("operator")), _words(c.get("value"))) for c in conditions)


def _columns(fields: Json) -> object:
    output = fields.get("output") or fields.get("execution") or {}
    return frozenset(each.get("id") if isinstance(each, dict) else each for each in output.get("columns") or ())


def _words(value: object) -> tuple[str, ...]:
    """Return a value for comparison: Zendesk sorts tags, and writes nothing as null, as "" or as a list of that."""
    values = value if isinstance(value, list) else [value]
    return tuple(sorted(" ".join("" if each is None else str(each) for each in values).split()))


def _is_restricted(fields: Json) -> object:
    return bool(fields.get("restriction"))


def _is_active(fields: Json) -> object:
    return fields.get("active") is not False


_LOOKS: Mapping[Kind, Mapping[str, Seen]] = {
    "webhook": {
        "name": _text("name"),
        "endpoint": _text("endpoint"),
        "method": _text("http_method"),
        "format": _text("request_format"),
        "status": _text("status"),
        "subscriptions": _subscriptions,
    },
    "group": {"name": _text("name")},
    "macro": {"title": _text("title"), "active": _is_active, "actions": _actions, "restriction": _is_restricted},
    "view": {
        "title": _text("title"),
        "active": _is_active,
        "conditions": _conditions,
        "columns": _columns,
        "restriction": _is_restricted,
    },
}
