"""The mails that triggers send, kept instead of sent: who would have read what."""

from typing import Any

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.state import Ticket, ZendeskUser
from integrations.sandbox.zendesk.text import placeholders, render

MOST_KEPT = 500


def send(desk: Desk, trigger: JSON, action: JSON, ticket: Ticket, actor: ZendeskUser) -> None:
    """Keep the mail of a `notification_user` or `notification_group`; who has no address gets none."""
    whom, subject, body = ([*action["value"], "", ""] if isinstance(action["value"], list) else [action["value"]] * 3)[
        :3
    ]
    addresses = [user.email for user in _readers(desk, action["field"], whom, ticket, actor) if user.email]
    if not addresses:
        return
    values = placeholders(ticket, desk.state.users.get(ticket.requester_id), actor)
    mail = {
        "ticket_id": ticket.id,
        "trigger_id": trigger["id"],
        "to": addresses,
        "subject": render(str(subject), values),
        "body": render(str(body), values),
        "at": desk.now(),
    }
    desk.state.mails.append(mail)
    del desk.state.mails[:-MOST_KEPT]


def _readers(desk: Desk, field: str, whom: Any, ticket: Ticket, actor: ZendeskUser) -> list[ZendeskUser]:
    users = desk.state.users
    if field == "notification_group":
        group = ticket.group_id if whom == "group_id" else int(whom)
        return [user for user in users.values() if user.staff and user.default_group_id == group]
    named: dict[str, list[int | None]] = {
        "requester_id": [ticket.requester_id],
        "requester_and_ccs": [ticket.requester_id, *ticket.email_cc_ids],
        "assignee_id": [ticket.assignee_id],
        "current_user": [actor.id],
    }
    ids = named.get(str(whom), [int(whom) if str(whom).isdigit() else None])
    return [users[number] for number in ids if number in users]
