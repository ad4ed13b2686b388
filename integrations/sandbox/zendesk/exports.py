"""The exports: tickets by a cursor, ticket events by time, search without its limit of a thousand results.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.core.clock import from_iso
from integrations.sandbox.core.wire import JSON, Answer
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.reads import tickets_like
from integrations.sandbox.zendesk.shapes import audit_json, comment_json, ticket_json
from integrations.sandbox.zendesk.state import Audit, Ticket
from integrations.sandbox.zendesk.write import ZendeskError

EVENTS_PAGE = 1_000
_WITH_COMMENTS = "comment_events"


def tickets(ask: Ask) -> Answer:
    """GET /incremental/tickets/cursor: by update time, without the last minute"""
    query = ask.call.query
    start = _start(query)
    due = [t for t in ask.desk.state.tickets.values() if t.changed <= _horizon(ask) and (t.changed, t.id) > start]
    due.sort(key=lambda t: (t.changed, t.id))

    per_page = min(int(query.get("per_page", "1000")), 1000)
    shown = due[:per_page]
    changed, ticket_id = (shown[-1].changed, shown[-1].id) if shown else start
    cursor = f"{changed!r}:{ticket_id}"
    body = {
        "tickets": [ticket_json(ask.desk.state, t, ask.base) for t in shown],
        "after_cursor": cursor,
        "before_cursor": None,
        "after_url": f"{ask.base}/incremental/tickets/cursor.json?cursor={cursor}",
        "before_url": None,
        "end_of_stream": len(shown) == len(due),
    }
    return ask.answer(body)


def events(ask: Ask) -> Answer:
    """GET /incremental/ticket_events: every audit since a time; the end of a page is the start of the next"""
    query = ask.call.query
    start = _start({"start_time": query.get("start_time", "")})[0]
    found = [(from_iso(audit.created_at), audit, ticket) for ticket, audit in _audits(ask)]
    due = sorted((each for each in found if start <= each[0] <= _horizon(ask)), key=lambda each: (each[0], each[1].id))

    shown = due[:EVENTS_PAGE]
    # What happened in the second that ends a page is on it, or no page would ever end behind it.
    shown += [each for each in due[EVENTS_PAGE:] if each[0] == shown[-1][0]]
    end = int(shown[-1][0]) if shown else int(start)
    again = {name: value for name, value in query.items() if name != "start_time"} | {"start_time": str(end)}
    body = {
        "ticket_events": [_event(ask, audit, ticket, query.get("include", "")) for _, audit, ticket in shown],
        "next_page": f"{ask.base}/incremental/ticket_events.json?{urlencode(again)}",
        "count": len(shown),
        "end_time": end,
        "end_of_stream": len(shown) == len(due),
    }
    return ask.answer(body)


def search(ask: Ask) -> Answer:
    """GET /search/export: by cursor, one type, named beside the query and never in it"""
    query = ask.call.query
    text = query.get("query", "")
    if query.get("filter[type]") != "ticket" or "type:" in text:
        raise ZendeskError(422, {"error": "unprocessable", "description": "filter[type] names the type, not the query"})
    found = sorted(tickets_like(ask, text), key=lambda t: (t.created_at, t.id))
    state = ask.desk.state
    return ask.page("results", found, lambda t: ticket_json(state, t, ask.base) | {"result_type": "ticket"})


def _audits(ask: Ask) -> Iterator[tuple[Ticket, Audit]]:
    for ticket in ask.desk.state.tickets.values():
        for audit in ticket.audits:
            yield ticket, audit


def _event(ask: Ask, audit: Audit, ticket: Ticket, include: str) -> JSON:
    whole = audit_json(ask.desk.state, audit, ask.base)
    comments = {comment.id: comment for comment in ticket.comments if comment.audit_id == audit.id}
    children: list[JSON] = []
    for event in audit.events:
        kind = str(event.get("type"))
        if kind != "Comment":
            children.append({"id": event["id"], "event_type": kind, "via": whole["via"]["channel"]} | _change(event))
        elif _WITH_COMMENTS in include:
            told = comment_json(ask.desk.state, comments[event["id"]], ask.base)
            children.append(told | {"event_type": "Comment", "via_reference_id": None})
    return {
        "id": audit.id,
        "ticket_id": audit.ticket_id,
        "timestamp": int(from_iso(audit.created_at)),
        "created_at": audit.created_at,
        "updater_id": audit.author_id,
        "via": whole["via"]["channel"],
        "metadata": whole["metadata"],
        "event_type": "Audit",
        "child_events": children,
    }


def _change(event: JSON) -> JSON:
    """A change of a field is told as the field with its value."""
    name = event.get("field_name")
    return {str(name): event.get("value"), "previous_value": event.get("previous_value")} if name else {}


def _horizon(ask: Ask) -> float:
    return ask.desk.world.clock.now() - ask.desk.world.config.incremental_lag_seconds


def _start(query: dict[str, Any]) -> tuple[float, int]:
    """After which change, and which ticket of the same moment, the page begins."""
    try:
        if cursor := query.get("cursor"):
            after, seen = cursor.split(":")
            return float(after), int(seen)
        return float(query["start_time"]), 0
    except (KeyError, ValueError) as error:
        raise ZendeskError(400, {"error": "InvalidValue", "description": "start_time or cursor"}) from error
