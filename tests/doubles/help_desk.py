"""The `HelpDesk` port over an account in memory."""

from collections.abc import Sequence

from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.errors import Conflict, NotFound, PermanentFailure
from bot.domain.events import File
from bot.domain.ports import Comment, Tagging, TicketReading
from bot.domain.tickets import Ticket
from tests.doubles.account import BOT_ID, Account, Change, Record, Written

CLOSED = "closed"
"""Code of the failure of whatever would change a closed ticket."""


class InMemoryHelpDesk:
    """Reads and writes tickets of an account in memory."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def link(self, ticket_id: str) -> str:
        """Return where people open the ticket."""
        return f"https://desk.example.com/agent/tickets/{ticket_id}"

    async def read(self, ticket_id: str, after: int) -> TicketReading:
        """Return the ticket, and its comments with an id above `after`."""
        with self.account.failures.around("read"):
            record = self.account.record(ticket_id)
            newer = [self._comment(record, written) for written in record.comments if written.id > after]
            return TicketReading(self._ticket(record), tuple(newer))

    async def open(self, effect: OpenTicket, files: Sequence[bytes]) -> Ticket:
        """Create the ticket under the effect's id; the same effect opens one."""
        with self.account.failures.around("open"):
            record = self._opened_by(effect.id) or self._open(effect, files)
            return self._ticket(record)

    async def find_ticket(self, external_id: str, effect_id: str) -> Ticket | None:
        """Return the ticket that the effect created, None when there is none."""
        with self.account.failures.around("find_ticket"):
            record = self._opened_by(effect_id)
            return self._ticket(record) if record and external_id == record.external_id != "" else None

    async def update(
        self, ticket_id: str, effect: UpdateTicket, files: Sequence[bytes], stamp: str = ""
    ) -> tuple[Ticket, int]:
        """Carry out the update; return the ticket after it and the new comment's id (0 for none).

        Raises:
            Conflict: the ticket changed since `stamp`.
            PermanentFailure: with code `closed` when the ticket is closed.
        """
        with self.account.failures.around("update"):
            record = self.account.record(ticket_id)
            if record.status == CLOSED:
                raise PermanentFailure("the ticket is closed", CLOSED)
            if stamp and stamp != record.stamp:
                raise Conflict("the ticket changed")
            self._change(record, effect)
            comment_id = self._say(record, effect, files)
            return self._ticket(record), comment_id

    async def find_update(self, ticket_id: str, effect_id: str) -> tuple[bool, int]:
        """Return whether the effect's update is in the ticket's history, and its comment id (0 for none)."""
        with self.account.failures.around("find_update"):
            record = self.account.record(ticket_id)
            found = [change for change in record.history if change.effect_id == effect_id]
            return bool(found), found[0].comment_id if found else 0

    async def who_tagged(self, ticket_id: str, tag: str) -> Tagging | None:
        """Return who put the tag on the ticket last; None for nobody."""
        with self.account.failures.around("who_tagged"):
            record = self.account.record(ticket_id)
            found = [change for change in record.history if tag in change.tags]
            if not found:
                return None
            return Tagging(found[-1].id, self.account.contacts[found[-1].author_id].profile())

    async def download(self, file: File) -> bytes:
        """Return the bytes of an attachment of this account."""
        with self.account.failures.around("download"):
            if file.url not in {"", f"memory:{file.id}"}:
                raise PermanentFailure("not a file of the account", "foreign")
            if file.id not in self.account.contents:
                raise NotFound("no such file", "RecordNotFound")
            return self.account.contents[file.id]

    async def group_id(self, name: str) -> str:
        """Return a group's id by its name, empty when the account has none of that name."""
        with self.account.failures.around("group_id"):
            return str(self._group(name) or "")

    async def brand_names(self, brand_id: str) -> tuple[str, ...]:
        """Return what people call a brand: its id, and its name where the account has it."""
        with self.account.failures.around("brand_names"):
            return tuple(name for name in (brand_id, self.account.brands.get(int(brand_id), "")) if name)

    def _open(self, effect: OpenTicket, files: Sequence[bytes]) -> Record:
        account = self.account
        requester = account.person(effect.requester)
        record = account.add(effect.subject, requester, BOT_ID)
        record.status, record.priority, record.via = effect.status, effect.priority, "api"
        record.group_id, record.external_id = self._group(effect.group), effect.external_id
        record.tags = list(effect.tags)
        kept = self._kept(effect.files, files)
        author = BOT_ID if effect.ours else requester
        account.write(record, author, effect.words, files=kept, effect_id=effect.id, tags=effect.tags)
        return record

    def _opened_by(self, effect_id: str) -> Record | None:
        records = self.account.records.values()
        return next((record for record in records if record.comments[0].effect_id == effect_id), None)

    def _change(self, record: Record, effect: UpdateTicket) -> None:
        record.group_id = self._group(effect.group) or record.group_id
        record.priority = effect.priority or record.priority
        record.status = effect.status or record.status
        if effect.unassign:
            record.assignee_id = 0
        if effect.status == "solved" and not record.assignee_id:
            record.assignee_id = BOT_ID  # only an assigned ticket can be solved
        tags = dict.fromkeys((*record.tags, *effect.add_tags))
        removed = set(effect.remove_tags) - set(effect.add_tags)
        record.tags = [tag for tag in tags if tag not in removed]

    def _say(self, record: Record, effect: UpdateTicket, files: Sequence[bytes]) -> int:
        """Keep what the update says and that it was made; return the comment's id, 0 for none."""
        account = self.account
        if not (effect.comment or effect.files):
            account.note(record, Change(account.number(), BOT_ID, effect.id, tags=effect.add_tags))
            return 0
        status = record.status
        comment_id = account.write(
            record,
            account.person(effect.author) if effect.author else BOT_ID,
            effect.comment,
            public=effect.public,
            files=self._kept(effect.files, files),
            effect_id=effect.id,
            tags=effect.add_tags,
        )
        record.status = (effect.status and status) or record.status
        return comment_id

    def _kept(self, files: Sequence[File], contents: Sequence[bytes]) -> tuple[File, ...]:
        return tuple(self.account.keep(file, content) for file, content in zip(files, contents, strict=True))

    def _group(self, name: str) -> int:
        known = {group.casefold(): number for group, number in self.account.groups.items()}
        return known.get(name.casefold(), 0)

    def _ticket(self, record: Record) -> Ticket:
        return Ticket(
            id=str(record.id),
            status=record.status,
            priority=record.priority,
            group_id=_text(record.group_id),
            assignee_id=_text(record.assignee_id),
            requester_id=str(record.requester_id),
            submitter_id=str(record.submitter_id),
            external_id=record.external_id,
            via=record.via,
            tags=tuple(record.tags),
            updated_at=record.stamp,
            created_at=record.created_at,
            subject=record.subject,
            submitted_by_customer=not self.account.contacts[record.submitter_id].is_agent,
            assigned_to_person=record.assignee_id not in {0, BOT_ID},
            assignee=self.account.contacts[record.assignee_id].name if record.assignee_id not in {0, BOT_ID} else "",
            follows=record.follows,
            brand_id=str(record.brand_id),
        )

    def _comment(self, record: Record, written: Written) -> Comment:
        author = self.account.contacts[written.author_id]
        is_theirs = author.id == record.requester_id and not written.flagged
        profile = author.profile(verified=is_theirs and author.is_verified and bool(author.email))
        return Comment(
            id=written.id,
            author=profile,
            text=written.text,
            public=written.public,
            at=written.at,
            files=written.files,
            flagged=written.flagged,
            effect_id=written.effect_id,
            sender=author.email,
        )


def _text(number: int) -> str:
    return str(number) if number else ""
