"""Applies writes to a ticket, whether from the API, the agents' page or e-mail."""

from typing import Any

from integrations.sandbox.core.clock import iso
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.core.world import World
from integrations.sandbox.zendesk.state import DELETED, Audit, Comment, Ticket, ZendeskState, ZendeskUser
from integrations.sandbox.zendesk.text import clean_tags, markup, placeholders, plain, render, wrapped
from integrations.sandbox.zendesk.write import FIELDS, Listener, NewComment, Write, invalid, not_found


class Desk:
    """The account as API and control act on it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listeners: list[Listener] = []

    @property
    def state(self) -> ZendeskState:
        """The account as it is now."""
        return self.world.zendesk

    def now(self) -> str:
        """The time as Zendesk writes it."""
        return iso(self.world.clock.now())

    def ticket(self, ticket_id: object) -> Ticket:
        """A ticket by id; raises 404, for a deleted one too."""
        ticket = self.state.tickets.get(_number(ticket_id))
        if ticket is None or ticket.status == DELETED:
            raise not_found()
        return ticket

    def delete(self, ticket: Ticket) -> None:
        """Take a ticket away; only the incremental export still names it."""
        ticket.status = DELETED
        ticket.changed = self.world.clock.now()
        ticket.updated_at = iso(ticket.changed)
        self.world.changed()

    def user(self, user_id: object) -> ZendeskUser:
        """A user by id; raises 404."""
        user = self.state.users.get(_number(user_id))
        if user is None:
            raise not_found()
        return user

    def create(
        self, write: Write, requester: ZendeskUser, subject: str, submitter: ZendeskUser, followup_of: Ticket | None
    ) -> Ticket:
        """A new ticket with its first comment."""
        comment = write.comment
        if comment is None:
            raise invalid("base", "Description: cannot be blank", "BlankValue")
        state, now = self.state, self.world.clock.now()
        state.last_ticket += 1
        text = comment.body or plain(comment.html)
        ticket = Ticket(
            state.last_ticket, subject or text[:80], text, requester.id, submitter.id, iso(now), iso(now),
            now, write.via, public_by_default=comment.public,
        )  # fmt: skip
        if followup_of is not None:
            ticket.via_followup_source_id = followup_of.id
            followup_of.followup_ids.append(ticket.id)
            if write.set_tags is None:
                write.set_tags = list(followup_of.tags)
        state.tickets[ticket.id] = ticket
        self._write(ticket, write, created=True)
        return ticket

    def change(self, ticket: Ticket, write: Write) -> Audit:
        """Apply a write; raises 422 for a closed ticket."""
        if ticket.status == "closed":
            raise invalid("status", "Status: closed prevents ticket update")
        return self._write(ticket, write, created=False)

    def merge(self, target: Ticket, sources: list[Ticket], actor: ZendeskUser, texts: JSON) -> None:
        """Close the sources into the target: comments on both, tag closed_by_merge."""
        for source in sources:
            if source.status == "closed" or target.status == "closed" or source.id == target.id:
                raise invalid("base", "Tickets cannot be merged")
        for source in sources:
            there = texts.get("target_comment") or f"Request #{source.id} was closed and merged into this request."
            here = texts.get("source_comment") or f"This request was closed and merged into request #{target.id}."
            public_there = bool(texts.get("target_comment_is_public", False))
            public_here = bool(texts.get("source_comment_is_public", False))
            self.change(target, Write(actor, "merge", comment=NewComment(actor, there, public_there)))
            note = NewComment(actor, here, public_here)
            closing = Write(actor, "merge", {"status": "closed"}, add_tags=["closed_by_merge"], comment=note)
            self.change(source, closing)
            for listener in self.listeners:
                listener.merged(source, target, actor)

    def _write(self, ticket: Ticket, write: Write, created: bool) -> Audit:
        state, now = self.state, self.world.clock.now()
        audit = Audit(state.next_id(), ticket.id, write.actor.id, iso(now), write.via, write.custom, [])
        self._implied(ticket, write, created)
        for name in FIELDS:
            if name in write.fields:
                self._set(ticket, audit, name, write.fields[name], created)
        self._tags(ticket, write, audit, created)
        for field_id, value in write.custom_fields.items():
            if ticket.custom_fields.get(field_id) != value:
                audit.events.append(self._event(str(field_id), value, ticket.custom_fields.get(field_id), created))
                ticket.custom_fields[field_id] = value
        if write.comment is not None:
            self._comment(ticket, write, write.comment, audit)
        if not audit.events:
            return audit
        ticket.audits.append(audit)
        ticket.updated_at, ticket.changed = iso(now), now
        self.world.changed()
        for listener in self.listeners:
            listener.wrote(ticket, write, audit, created)
        return audit

    def _implied(self, ticket: Ticket, write: Write, created: bool) -> None:
        """Status and group changes that nobody asked for."""
        fields = write.fields
        assignee = fields.get("assignee_id", ticket.assignee_id)
        status = fields.get("status", ticket.status)
        if fields.get("assignee_id") and status == "new":
            fields["status"] = "open"
        if assignee and not fields.get("group_id", ticket.group_id):
            fields["group_id"] = self.state.users[assignee].default_group_id
        if not created and "status" not in fields and _reopens(ticket, write):
            fields["status"] = "open"

    def _set(self, ticket: Ticket, audit: Audit, name: str, value: Any, created: bool) -> None:
        previous = getattr(ticket, name)
        if previous == value and not created:
            return
        setattr(ticket, name, value)
        if name == "external_id":
            if previous is not None and ticket.id in self.state.by_external_id.get(previous, []):
                self.state.by_external_id[previous].remove(ticket.id)
            if value is not None:
                self.state.by_external_id.setdefault(value, []).append(ticket.id)
        audit.events.append(self._event(name, _text(value), _text(previous), created))

    def _tags(self, ticket: Ticket, write: Write, audit: Audit, created: bool) -> None:
        before = ticket.tags
        tags = clean_tags(before if write.set_tags is None else write.set_tags)
        tags = clean_tags([*tags, *write.add_tags])
        gone = set(clean_tags(write.remove_tags))
        after = [t for t in tags if t not in gone]
        if set(after) != set(before):
            ticket.tags = after
            audit.events.append(self._event("tags", after, before, created))

    def _comment(self, ticket: Ticket, write: Write, new: NewComment, audit: Audit) -> None:
        body = new.body or plain(new.html)
        html_body = wrapped(new.html) if new.html else markup(new.body)
        if write.actor.staff:
            # Agents' comments may hold placeholders; customers' never render.
            values = placeholders(ticket, self.state.users.get(ticket.requester_id), write.actor)
            body, html_body = render(body, values), render(html_body, values)
        comment = Comment(
            self.state.next_id(), audit.id, new.author.id, new.public, body, html_body, audit.created_at,
            write.via, write.custom, new.trusted, new.attachments, new.kind, new.flags,
        )  # fmt: skip
        ticket.comments.append(comment)
        audit.events.append(
            {
                "id": comment.id,
                "type": "Comment",
                "author_id": new.author.id,
                "body": body,
                "html_body": html_body,
                "plain_body": body,
                "public": new.public,
                "attachments": [],
                "audit_id": audit.id,
            }
        )

    def _event(self, name: str, value: Any, previous: Any, created: bool) -> JSON:
        event: JSON = {"id": self.state.next_id(), "type": "Create" if created else "Change"}
        event |= {"field_name": name, "value": value}
        return event if created else event | {"previous_value": previous}


def _reopens(ticket: Ticket, write: Write) -> bool:
    """Whether the customer's answer opens the ticket again."""
    answered = write.comment is not None and write.comment.public and not write.actor.staff
    return answered and ticket.status in {"pending", "hold", "solved"}


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1


def _text(value: Any) -> Any:
    return None if value is None else str(value)
