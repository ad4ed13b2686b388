"""Reading tickets: lists, comments, audits, search."""

import shlex
from typing import Any

from integrations.sandbox.core.clock import from_iso
from integrations.sandbox.core.wire import Answer
from integrations.sandbox.zendesk.call import Ask, ids_of
from integrations.sandbox.zendesk.shapes import audit_json, comment_json, ticket_json, user_json
from integrations.sandbox.zendesk.state import DELETED, Ticket, ZendeskState, ZendeskUser
from integrations.sandbox.zendesk.users import find_user
from integrations.sandbox.zendesk.write import ZendeskError, not_found

_ORDER = {"new": 0, "open": 1, "pending": 2, "hold": 3, "solved": 4, "closed": 5}


def show(ask: Ask) -> Answer:
    """GET /tickets/{id}"""
    ticket = ask.desk.ticket(ask.ids[0])
    state = ask.desk.state
    body: dict[str, Any] = {"ticket": ticket_json(state, ticket, ask.base)}
    if "users" in ask.call.query.get("include", ""):
        body["users"] = _people(ask, {ticket.requester_id, ticket.submitter_id, ticket.assignee_id})
    return ask.answer(body)


def listing(ask: Ask) -> Answer:
    """GET /tickets, by external_id where given"""
    state, query = ask.desk.state, ask.call.query
    if "external_id" in query:
        found = [state.tickets[i] for i in state.by_external_id.get(query["external_id"], [])]
    else:
        found = list(state.tickets.values())
    found = [ticket for ticket in found if ticket.status != DELETED]
    sort = query.get("sort", "id")
    field = sort.removeprefix("-")
    if field not in {"id", "updated_at", "created_at", "status"}:
        raise ZendeskError(400, {"error": "InvalidSortParameter", "description": f"sort {sort} is not valid"})
    found.sort(key=lambda t: (t.changed if field == "updated_at" else getattr(t, field), t.id))
    if sort.startswith("-"):
        found.reverse()
    return ask.page("tickets", found, lambda t: ticket_json(state, t, ask.base))


def show_many(ask: Ask) -> Answer:
    """GET /tickets/show_many?ids= or external_ids="""
    state = ask.desk.state
    found = [state.tickets[i] for i in ids_of(ask.call.query.get("ids", "")) if i in state.tickets]
    for external in ask.call.query.get("external_ids", "").split(","):
        found += [state.tickets[i] for i in state.by_external_id.get(external, [])]
    return ask.page("tickets", found, lambda t: ticket_json(state, t, ask.base))


def comments(ask: Ask) -> Answer:
    """GET /tickets/{id}/comments, oldest first unless sorted otherwise"""
    ticket, state, query = ask.desk.ticket(ask.ids[0]), ask.desk.state, ask.call.query
    sort = query.get("sort", "created_at")
    if sort not in {"created_at", "-created_at"}:
        raise ZendeskError(400, {"error": "InvalidSortParameter", "description": f"sort {sort} is not valid"})
    newest_first = sort.startswith("-") or query.get("sort_order") == "desc"
    found = ticket.comments[::-1] if newest_first else ticket.comments
    extra = {}
    if "users" in query.get("include", ""):
        extra["users"] = _people(ask, {c.author_id for c in found})
    return ask.page("comments", found, lambda c: comment_json(state, c, ask.base), **extra)


def make_private(ask: Ask) -> Answer:
    """PUT /tickets/{id}/comments/{id}/make_private"""
    ticket = ask.desk.ticket(ask.ids[0])
    comment = next((c for c in ticket.comments if str(c.id) == ask.ids[1]), None)
    if comment is None:
        raise not_found()
    comment.public = False
    ask.desk.world.changed()
    return ask.answer({})


def audits(ask: Ask) -> Answer:
    """GET /tickets/{id}/audits: needs the global read scope, tickets:read is not enough"""
    if not ask.scopes & {"read", "*"}:
        text = "You do not have access to this page. Please contact the account owner of this help desk."
        raise ZendeskError(403, {"error": {"title": "Forbidden", "message": text}})
    ticket, state = ask.desk.ticket(ask.ids[0]), ask.desk.state
    found = ticket.audits[::-1] if ask.call.query.get("sort") == "-created_at" else ticket.audits
    return ask.page("audits", found, lambda a: audit_json(state, a, ask.base))


def tags(ask: Ask) -> Answer:
    """GET /tickets/{id}/tags"""
    return ask.answer({"tags": ask.desk.ticket(ask.ids[0]).tags})


def search(ask: Ask) -> Answer:
    """GET /search: tickets and users by a few terms; the index lags behind."""
    text = ask.call.query.get("query", "")
    if not text:
        raise ZendeskError(400, {"error": "RequestParameterMissing", "description": "Parameter query is required"})
    terms = _terms(text)
    if "type:user" in terms:
        users = _users_like(ask.desk.state, terms)
        return ask.page("results", users, lambda u: user_json(u, ask.base) | {"result_type": "user"})

    found = tickets_like(ask, text)
    _sort(found, ask.call.query)
    state = ask.desk.state
    return ask.page("results", found, lambda t: ticket_json(state, t, ask.base) | {"result_type": "ticket"})


def _terms(query: str) -> list[str]:
    try:
        return shlex.split(query)
    except ValueError:
        return query.split()


def _users_like(state: ZendeskState, terms: list[str]) -> list[ZendeskUser]:
    words = [term.partition(":")[2] or term for term in terms if term != "type:user"]
    return [user for user in state.users.values() if all(_in_user(user, word) for word in words)]


def tickets_like(ask: Ask, query: str) -> list[Ticket]:
    """Tickets that every term of the query fits, as the index knows them: it lags behind."""
    world = ask.desk.world
    horizon = world.clock.now() - world.config.search_lag_seconds
    found = [t for t in ask.desk.state.tickets.values() if t.changed <= horizon and t.status != DELETED]
    for term in _terms(query):
        if term != "type:ticket":
            found = [t for t in found if _matches(ask.desk.state, t, term)]
    return found


def _sort(tickets: list[Ticket], query: dict[str, str]) -> None:
    match query.get("sort_by", "updated_at"):
        case "updated_at":
            tickets.sort(key=lambda t: t.changed)
        case "status":
            tickets.sort(key=lambda t: _ORDER[t.status])
        case _:
            tickets.sort(key=lambda t: t.created_at)
    if query.get("sort_order", "desc") == "desc":
        tickets.reverse()


def _people(ask: Ask, ids: set[int | None]) -> list[dict[str, Any]]:
    users = ask.desk.state.users
    return [user_json(users[i], ask.base) for i in sorted(i for i in ids if i in users)]


def _in_user(user: Any, word: str) -> bool:
    texts = [user.name, user.external_id or "", *(i.value for i in user.identities)]
    return any(word.lower() in text.lower() for text in texts)


def _matches(state: ZendeskState, ticket: Ticket, term: str) -> bool:
    for operator in (">=", "<=", ">", "<", ":"):
        name, found, value = term.partition(operator)
        if not found or not name:
            continue
        if name in {"updated", "created", "solved"}:
            return _date(_time_of(ticket, name), operator, value)
        if name == "status" and operator != ":":
            return _compare(_ORDER[ticket.status], operator, _ORDER.get(value, -1))
        if operator == ":":
            return _field(state, ticket, name, value)
    text = f"{ticket.subject} {' '.join(c.body for c in ticket.comments)}".lower()
    return term.lower() in text


def _field(state: ZendeskState, ticket: Ticket, name: str, value: str) -> bool:
    match name:
        case "tags":
            return value.lower() in ticket.tags
        case "-tags":
            return value.lower() not in ticket.tags
        case "requester":
            return _is_user(state, ticket.requester_id, value)
        case "assignee":
            return _is_user(state, ticket.assignee_id, value)
        case "group":
            group = state.groups.get(ticket.group_id or 0)
            return group is not None and value.lower() in {group.name.lower(), str(group.id)}
        case "status" | "priority" | "external_id" | "subject":
            return str(getattr(ticket, name) or "").lower() == value.lower()
        case _:
            return False


def _is_user(state: ZendeskState, user_id: int | None, wanted: str) -> bool:
    """Whether it is the user of this id or e-mail, or nobody where ``none`` is asked for."""
    if user_id is None or wanted == "none":
        return user_id is None and wanted == "none"
    user = find_user(state, email=wanted)
    return str(user_id) == wanted or (user is not None and user.id == user_id)


def _time_of(ticket: Ticket, name: str) -> str:
    """When it was created, changed or solved last; what was never solved was so before all time."""
    if name == "solved":
        solving = [audit.created_at for audit in ticket.audits if any(map(_solves, audit.events))]
        return solving[-1] if solving else "1970-01-01T00:00:00Z"
    return ticket.updated_at if name == "updated" else ticket.created_at


def _solves(event: dict[str, Any]) -> bool:
    return event.get("field_name") == "status" and event.get("value") in {"solved", "closed"}


def _date(text: str, operator: str, value: str) -> bool:
    try:
        wanted = from_iso(value if "T" in value else f"{value}T00:00:00Z")
    except ValueError:
        return False
    at = from_iso(text)
    return wanted <= at < wanted + 86_400 if operator == ":" else _compare(at, operator, wanted)


def _compare(left: float, operator: str, right: float) -> bool:
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]
