"""The parts of a write to a ticket, and Zendesk's errors."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from integrations.sandbox.core.wire import JSON
from integrations.sandbox.zendesk.state import Audit, Ticket, ZendeskUser

FIELDS = (
    "status", "priority", "type", "group_id", "assignee_id", "subject", "external_id", "requester_id",
    "organization_id", "problem_id", "due_at", "brand_id",
)  # fmt: skip
VIA_IDS = {"web": 0, "email": 4, "api": 5, "rule": 8, "web_service": 5, "merge": 55}


class ZendeskError(Exception):
    """An error answer."""

    def __init__(self, status: int, body: JSON, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body.get("error")))
        self.status, self.body, self.headers = status, body, headers or {}


def not_found() -> ZendeskError:
    """404 RecordNotFound."""
    return ZendeskError(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid(name: str, text: str, kind: str = "InvalidValue") -> ZendeskError:
    """422 RecordInvalid for one field."""
    details = {name: [{"description": text, "error": kind}]}
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return ZendeskError(422, body)


@dataclass(slots=True)
class NewComment:
    """A comment to be."""

    author: ZendeskUser
    body: str
    public: bool
    html: str = ""
    attachments: list[int] = field(default_factory=list)
    trusted: bool = True
    kind: str = "Comment"
    flags: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Write:
    """One write: who, through which channel, what."""

    actor: ZendeskUser
    via: str
    fields: JSON = field(default_factory=dict)
    set_tags: list[str] | None = None
    add_tags: list[str] = field(default_factory=list)
    remove_tags: list[str] = field(default_factory=list)
    custom_fields: dict[int, Any] = field(default_factory=dict)
    comment: NewComment | None = None
    custom: JSON = field(default_factory=dict)


class Listener(Protocol):
    """Who hears of writes: webhooks, then triggers."""

    def wrote(self, ticket: Ticket, write: Write, audit: Audit, created: bool) -> None:
        """Called after each write that changed something."""
        ...

    def merged(self, source: Ticket, target: Ticket, actor: ZendeskUser) -> None:
        """Called after a merge."""
        ...
