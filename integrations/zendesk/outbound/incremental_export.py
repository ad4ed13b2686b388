"""Lists the tickets that changed, by Zendesk's cursor-based incremental export.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-export-cursor-based
"""

from bot.domain.ports import ChangedTicket, Changes
from integrations.zendesk.api.session import Json, SafeSession
from integrations.zendesk.outbound.parse import seconds

PATH = "/api/v2/incremental/tickets/cursor.json"
PAGE_SIZE = 100


def changed_tickets(session: SafeSession, since: int, cursor: str) -> Changes:
    """Return a part of the tickets changed since `since` (Unix seconds), or after `cursor` where that is set."""
    place: Json = {"cursor": cursor} if cursor else {"start_time": since}
    return changes_of(session.get_json(PATH, place | {"per_page": PAGE_SIZE}))


def changes_of(body: Json) -> Changes:
    """Return what a page of the export says; any value may be null."""
    tickets = [fields for fields in body.get("tickets") or [] if isinstance(fields, dict) and fields.get("id")]
    return Changes(
        tuple(_ticket(fields) for fields in tickets),
        str(body.get("after_cursor") or ""),
        body.get("end_of_stream") is not False,
    )


def _ticket(fields: Json) -> ChangedTicket:
    via = fields.get("via") or {}
    return ChangedTicket(
        id=str(fields["id"]),
        status=str(fields.get("status") or ""),
        via=str(via.get("channel") or "").lower(),
        tags=tuple(str(tag) for tag in fields.get("tags") or ()),
        updated_at=str(fields.get("updated_at") or ""),
        created_at=seconds(fields.get("created_at")),
        is_assigned=bool(fields.get("assignee_id")),
    )
