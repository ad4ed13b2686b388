"""Carries out the changes of a plan; each looks once more at what it changes, so that nobody's work is overwritten."""

from bot.domain.errors import NotFound, PermanentFailure, SignedOut
from integrations.zendesk.api.session import Json, SafeSession
from integrations.zendesk.outbound.triggers import spares_slack
from integrations.zendesk.setup.differences import differences
from integrations.zendesk.setup.exclusion import excluded, has_ours, included
from integrations.zendesk.setup.plan import Change
from integrations.zendesk.setup.wanted import Kind

CHANGED = "changed"
"""Code of the `PermanentFailure` for what is no longer as it was shown."""


def carry_out(session: SafeSession, change: Change) -> None:
    """Make one change.

    Raises:
        PermanentFailure: Zendesk refuses it, or the record is not any more what was shown.
        TemporaryFailure: it may be made or not; the next setup sees.
    """
    match change.verb:
        case "make":
            session.post(session.base + _path(change.kind), json={change.kind: change.fields})
        case "repair":
            session.put(session.base + _path(change.kind, change.id), json={change.kind: change.fields})
        case "exclude" | "include":
            _change_trigger(session, change)
        case "remove":
            _remove(session, change)


def group_use(session: SafeSession, group_id: str) -> str:
    """Return why a group has to stay, empty where nobody and nothing is in it."""
    try:
        if _holds_tickets(session, group_id):
            return "it holds tickets"
    except SignedOut:
        raise
    except PermanentFailure:
        return "the credentials may not see whether it holds tickets"
    return "people are in it" if _has_members(session, group_id) else ""


def signing_secret(session: SafeSession, webhook_id: str) -> str:
    """Return the secret that the webhook signs with."""
    body = session.get_json(f"/api/v2/webhooks/{webhook_id}/signing_secret")
    secret = body.get("signing_secret")
    return str(secret.get("secret") or "") if isinstance(secret, dict) else ""


def _path(kind: Kind, number: str = "") -> str:
    """https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/ has no `.json`, the others have."""
    path = f"/api/v2/{kind}s" + (f"/{number}" if number else "")
    return path if kind == "webhook" else f"{path}.json"


def _read(session: SafeSession, change: Change) -> Json:
    record = session.get_json(_path(change.kind, change.id)).get(change.kind)
    return record if isinstance(record, dict) else {}


def _change_trigger(session: SafeSession, change: Change) -> None:
    """Change conditions of the trigger as it is now, and see that they were taken as they were meant."""
    fields = (excluded if change.verb == "exclude" else included)(_read(session, change))
    session.put(session.base + _path("trigger", change.id), json={"trigger": fields})
    after = _read(session, change)
    if not (spares_slack(after) if change.verb == "exclude" else not has_ours(after)):
        raise PermanentFailure("Zendesk did not take the condition as it was meant", "not_taken")


def _remove(session: SafeSession, change: Change) -> None:
    try:
        record = _read(session, change)
    except NotFound:
        return
    if differences(change.kind, record, change.fields):
        raise PermanentFailure("somebody changes it at the moment", CHANGED)
    if change.kind == "group" and (why := group_use(session, change.id)):
        raise PermanentFailure(why, CHANGED)
    session.delete(session.base + _path(change.kind, change.id))


def _holds_tickets(session: SafeSession, group_id: str) -> bool:
    """Return whether a ticket is in the group: by the search, some minutes behind, and among the newest changed."""
    found = session.get_json("/api/v2/search.json", {"query": f"type:ticket group:{group_id}", "per_page": 1})
    if found.get("results"):
        return True
    newest = session.get_json("/api/v2/tickets.json", {"sort": "-updated_at", "page[size]": 100})
    return any(str(ticket.get("group_id")) == group_id for ticket in newest.get("tickets") or ())


def _has_members(session: SafeSession, group_id: str) -> bool:
    try:
        body = session.get_json(f"/api/v2/groups/{group_id}/memberships.json", {"page[size]": 1})
    except NotFound:
        return False
    return bool(body.get("group_memberships"))
