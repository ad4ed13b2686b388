"""A help desk's account in memory: its people, groups and tickets, and what people do there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.domain.effects import Person
from bot.domain.errors import NotFound, PermanentFailure
from bot.domain.events import File
from bot.domain.ids import AuthorId
from bot.domain.ports import Profile
from tests.doubles.clock import ManualClock
from tests.doubles.failures import Failures

BOT_ID = 1001
GROUPS = ("Support", "Billing", "Technical", "Shipping", "Escalations")


@dataclass(frozen=True)
class Contact:
    """A user of the account.

    Args:
        alias: what customers read instead of a human agent's name.
        is_verified: whether the address has been confirmed.
    """

    id: int
    name: str
    email: str = ""
    is_agent: bool = False
    alias: str = ""
    is_verified: bool = True
    external_id: str = ""

    def profile(self, *, verified: bool = False) -> Profile:
        """Return what the account says of them."""
        return Profile(
            id=AuthorId(f"zendesk:{self.id}"),
            name=self.alias or self.name,
            email=self.email,
            verified=verified,
            is_staff=self.is_agent and self.id != BOT_ID,
        )


CONTACTS = (
    Contact(BOT_ID, "Frontdesk Bot", "bot@acme.example", is_agent=True),
    Contact(1002, "Dana Reyes", "dana@acme.example", is_agent=True, alias="Dana"),
    Contact(1003, "Lee Park", "lee@acme.example", is_agent=True),
    Contact(2001, "Sarah Chen", "sarah.chen@example.com"),
    Contact(2002, "Marcus Johnson", "marcus.johnson@example.com"),
)


@dataclass(frozen=True)
class Written:
    """One comment as it is kept."""

    id: int
    author_id: int
    text: str
    public: bool
    at: float
    files: tuple[File, ...] = ()
    flagged: bool = False
    effect_id: str = ""


@dataclass(frozen=True)
class Change:
    """One entry of a ticket's history.

    Args:
        comment_id: the comment that came with it, 0 for none.
        tags: that were put on.
    """

    id: int
    author_id: int
    effect_id: str = ""
    comment_id: int = 0
    tags: tuple[str, ...] = ()


@dataclass
class Record:
    """One ticket as it is kept."""

    id: int
    subject: str
    requester_id: int
    submitter_id: int
    created_at: float
    status: str = "new"
    priority: str = ""
    group_id: int = 0
    brand_id: int = 2001
    assignee_id: int = 0
    external_id: str = ""
    via: str = "web"
    follows: str = ""
    tags: list[str] = field(default_factory=list)
    comments: list[Written] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)
    stamp: str = ""


@dataclass
class Account:
    """Where customers write tickets and human agents answer them.

    Args:
        listeners: called with each ticket that has changed.
    """

    clock: ManualClock
    contacts: dict[int, Contact] = field(default_factory=lambda: {contact.id: contact for contact in CONTACTS})
    groups: dict[str, int] = field(default_factory=lambda: {name: 5001 + place for place, name in enumerate(GROUPS)})
    brands: dict[int, str] = field(default_factory=lambda: {2001: "Acme"})
    records: dict[int, Record] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    listeners: list[Callable[[Record], None]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(100_001))
    _tickets: "count[int]" = field(default_factory=lambda: count(1))

    # What people do.

    def new_ticket(
        self,
        requester: str = "Sarah Chen",
        subject: str = "Where is it?",
        body: str = "My order is late.",
        *,
        trusted: bool = True,
        submitter_id: int = 0,
        group: str = "",
    ) -> str:
        """Let a customer open a ticket; return its id.

        Args:
            trusted: whether the sender of the mail is who it says.
            submitter_id: who wrote it for them, 0 for themselves.
            group: name of its group, empty for none.
        """
        requester_id = self.user(requester)
        record = self.add(subject, requester_id, submitter_id or requester_id)
        record.group_id = self.groups.get(group, 0)
        self.write(record, requester_id, body, flagged=not trusted)
        return str(record.id)

    def comment(self, ticket_id: str, author: str, body: str, *, public: bool = True) -> None:
        """Let somebody write on a ticket."""
        self.write(self.record(ticket_id), self.user(author), body, public=public)

    def change(self, ticket_id: str, actor: str, **fields: Any) -> None:
        """Let a human agent change a ticket's fields and tags."""
        record = self.record(ticket_id)
        added = tuple(fields.pop("add_tags", ()))
        removed = set(fields.pop("remove_tags", ()))
        record.tags = [*(tag for tag in record.tags if tag not in removed), *added]
        for name, value in fields.items():
            setattr(record, name, value or 0 if name.endswith("_id") else value)
        self.note(record, Change(self.number(), self.user(actor), tags=added))

    def user(self, name: str) -> int:
        """Return a user's id."""
        return next(contact.id for contact in self.contacts.values() if contact.name == name)

    def stranger(self, name: str, email: str) -> None:
        """Let somebody be known by an address that nobody has confirmed."""
        number = self.number()
        self.contacts[number] = Contact(number, name, email, is_verified=False)

    # What the account keeps.

    def record(self, ticket_id: str) -> Record:
        """Return a ticket.

        Raises:
            NotFound: there is none of that id.
        """
        found = self.records.get(int(ticket_id)) if ticket_id.isascii() and ticket_id.isdecimal() else None
        if found is None:
            raise NotFound("no such ticket", "RecordNotFound")
        return found

    def add(self, subject: str, requester_id: int, submitter_id: int) -> Record:
        """Keep a new ticket."""
        record = Record(next(self._tickets), subject, requester_id, submitter_id, self.clock.now())
        self.records[record.id] = record
        return record

    def write(
        self,
        record: Record,
        author_id: int,
        text: str,
        *,
        public: bool = True,
        files: tuple[File, ...] = (),
        flagged: bool = False,
        effect_id: str = "",
        tags: Sequence[str] = (),
    ) -> int:
        """Keep a comment with what it does to the ticket; return its id."""
        written = Written(self.number(), author_id, text, public, self.clock.now(), files, flagged, effect_id)
        record.comments.append(written)
        if public and record.status in {"pending", "solved"} and not self.contacts[author_id].is_agent:
            record.status = "open"
        self.note(record, Change(self.number(), author_id, effect_id, written.id, tuple(tags)))
        return written.id

    def note(self, record: Record, change: Change) -> None:
        """Keep an entry of the ticket's history; each makes a new stamp."""
        record.history.append(change)
        at = datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S")
        record.stamp = f"{at}.{change.id % 1_000_000:06d}Z"
        for listener in self.listeners:
            listener(record)

    def keep(self, file: File, content: bytes) -> File:
        """Keep an attachment; return it as the account names it."""
        number = str(self.number())
        self.contents[number] = content
        return File(number, file.name, f"memory:{number}", file.mime, len(content))

    def number(self) -> int:
        """Return an id that was never given."""
        return next(self._numbers)

    def person(self, person: Person) -> int:
        """Return a person's user id; a new user is made for an address or an id that is not known.

        Raises:
            PermanentFailure: nothing identifies them.
        """
        if person.id:
            return int(person.id.removeprefix("zendesk:"))
        if not (person.email or person.external_id):
            raise PermanentFailure("a person without id, address or external id", "no_person")
        for contact in self.contacts.values():
            known = contact.email if person.email else contact.external_id
            if known == (person.email or person.external_id):
                return contact.id
        number = self.number()
        external_id = "" if person.email else person.external_id
        self.contacts[number] = Contact(number, person.name or "Customer", person.email, external_id=external_id)
        return number
