"""The simulated Zendesk's state: users, groups, tickets, comments, audits, setup."""

from dataclasses import dataclass, field

from integrations.sandbox.core.wire import JSON

DELETED = "deleted"
"""The status under which the incremental export names a ticket that is gone."""


@dataclass(slots=True)
class Identity:
    """One way to reach a user; `verified` is what identity rests on."""

    id: int
    type: str
    value: str
    verified: bool
    primary: bool = True


@dataclass(slots=True)
class ZendeskUser:
    """A person: ``end-user``, ``agent`` or ``admin``."""

    id: int
    name: str
    role: str
    created_at: str
    updated_at: str
    external_id: str | None = None
    alias: str = ""
    suspended: bool = False
    tags: list[str] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    phone: str | None = None
    notes: str = ""
    details: str = ""
    default_group_id: int | None = None
    organization_id: int | None = None
    custom_role_id: int | None = None
    brand_ids: list[int] | None = None  # None: all of them
    active: bool = True  # False: deleted

    @property
    def email(self) -> str | None:
        """The primary e-mail address."""
        return next((i.value for i in self.identities if i.type == "email" and i.primary), None)

    @property
    def staff(self) -> bool:
        """Agents and admins."""
        return self.role != "end-user"


@dataclass(slots=True)
class Group:
    """A group tickets are assigned to."""

    id: int
    name: str
    created_at: str
    deleted: bool = False
    description: str = ""


@dataclass(slots=True)
class Attachment:
    """A file; `token` opens its download, `content` is base64."""

    id: int
    file_name: str
    content_type: str
    size: int
    token: str
    content: str


@dataclass(slots=True)
class Comment:
    """A public comment or an internal note."""

    id: int
    audit_id: int
    author_id: int
    public: bool
    body: str
    html_body: str
    created_at: str
    via_channel: str
    custom: JSON
    trusted: bool = True
    attachments: list[int] = field(default_factory=list)
    kind: str = "Comment"
    flags: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Audit:
    """One write to a ticket and what it changed."""

    id: int
    ticket_id: int
    author_id: int
    created_at: str
    via_channel: str
    custom: JSON
    events: list[JSON]


@dataclass(slots=True)
class Ticket:
    """A ticket; `changed` is the exact time behind the second-exact `updated_at`."""

    id: int
    subject: str
    description: str
    requester_id: int
    submitter_id: int
    created_at: str
    updated_at: str
    changed: float
    via_channel: str
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    group_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    external_id: str | None = None
    problem_id: int | None = None
    due_at: str | None = None
    brand_id: int = 2001
    ticket_form_id: int = 4001
    tags: list[str] = field(default_factory=list)
    custom_fields: dict[int, object] = field(default_factory=dict)
    followup_ids: list[int] = field(default_factory=list)
    via_followup_source_id: int | None = None
    public_by_default: bool = True
    comments: list[Comment] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)
    rating: JSON | None = None
    email_cc_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Webhook:
    """A webhook made through the API (or the configured one)."""

    id: str
    secret: str
    settings: JSON
    created_at: str
    updated_at: str


@dataclass(slots=True)
class AccessToken:
    """An OAuth access token."""

    id: int
    token: str
    user_id: int
    scopes: list[str]
    expires: float


@dataclass(slots=True)
class IdempotentAnswer:
    """What an Idempotency-Key got the first time."""

    digest: str
    ticket_id: int
    body: JSON
    expires: float


@dataclass(slots=True)
class Upload:
    """A file waiting to be attached."""

    token: str
    attachment_ids: list[int]
    expires: float


@dataclass(slots=True)
class ZendeskState:
    """All of the account; `bot_id` is the user both kinds of credentials act as."""

    bot_id: int = 0
    users: dict[int, ZendeskUser] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    by_external_id: dict[str, list[int]] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    triggers: dict[int, JSON] = field(default_factory=dict)
    ticket_fields: dict[int, JSON] = field(default_factory=dict)
    macros: dict[int, JSON] = field(default_factory=dict)
    views: dict[int, JSON] = field(default_factory=dict)
    brands: dict[int, JSON] = field(default_factory=dict)
    custom_statuses: dict[int, JSON] = field(default_factory=dict)
    roles: dict[int, JSON] = field(default_factory=dict)
    mails: list[JSON] = field(default_factory=list)
    articles: dict[int, JSON] = field(default_factory=dict)
    ratings: dict[int, JSON] = field(default_factory=dict)
    suspended: dict[int, JSON] = field(default_factory=dict)
    jobs: dict[str, JSON] = field(default_factory=dict)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    idempotency: dict[str, IdempotentAnswer] = field(default_factory=dict)
    last_ticket: int = 0
    last_id: int = 0

    def next_id(self) -> int:
        """A new id for anything but a ticket."""
        self.last_id += 1
        return self.last_id
