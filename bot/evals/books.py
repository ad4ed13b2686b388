"""An in-memory Zendesk for cases: what would have been sent to tickets can be read from it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.errors import PermanentFailure
from bot.domain.events import File
from bot.domain.ports import Tagging, TicketReading
from bot.domain.tickets import Ticket

_FIRST = 1001


class InMemoryTickets:
    """The `HelpDesk` port for one conversation at a time; nobody but the bot writes here."""

    def __init__(self) -> None:
        self.opened: list[OpenTicket] = []
        self.updated: list[UpdateTicket] = []
        self._tickets: dict[str, Ticket] = {}
        self._looked = (0, 0)

    def link(self, ticket_id: str) -> str:
        """Return the ticket's number: nobody opens it."""
        return f"#{ticket_id}"

    def taken(self) -> tuple[list[OpenTicket], list[UpdateTicket]]:
        """Return what was done since the last look."""
        opened, updated = self.opened[self._looked[0] :], self.updated[self._looked[1] :]
        self._looked = (len(self.opened), len(self.updated))
        return opened, updated

    async def read(self, ticket_id: str, after: int) -> TicketReading:  # noqa: ARG002 (there are no comments to skip)
        """Return the ticket; nobody comments."""
        return TicketReading(self._tickets[ticket_id], ())

    async def open(self, effect: OpenTicket, files: Sequence[bytes]) -> Ticket:  # noqa: ARG002 (cases have no files)
        """Open the ticket."""
        self.opened.append(effect)
        ticket = Ticket(
            str(_FIRST + len(self._tickets)),
            status=effect.status,
            priority=effect.priority,
            external_id=effect.external_id,
            via="api",
            tags=effect.tags,
            subject=effect.subject,
        )
        self._tickets[ticket.id] = ticket
        return ticket

    async def find_ticket(self, external_id: str, effect_id: str) -> Ticket | None:  # noqa: ARG002 (one conversation)
        """Return the newest ticket of the conversation, None when there is none."""
        found = [ticket for ticket in self._tickets.values() if ticket.external_id == external_id]
        return found[-1] if found else None

    async def update(
        self,
        ticket_id: str,
        effect: UpdateTicket,
        files: Sequence[bytes],  # noqa: ARG002 (cases have no files)
        stamp: str = "",  # noqa: ARG002 (nobody else changes the ticket)
    ) -> tuple[Ticket, int]:
        """Carry out the update."""
        self.updated.append(effect)
        before = self._tickets[ticket_id]
        tags = [tag for tag in before.tags if tag not in effect.remove_tags]
        self._tickets[ticket_id] = replace(
            before,
            status=effect.status or before.status,
            priority=effect.priority or before.priority,
            tags=tuple(dict.fromkeys([*tags, *effect.add_tags])),
        )
        return self._tickets[ticket_id], len(self.updated) if effect.comment else 0

    async def find_update(self, ticket_id: str, effect_id: str) -> tuple[bool, int]:  # noqa: ARG002 (one conversation)
        """Return whether the update was carried out."""
        return any(effect.id == effect_id for effect in self.updated), 0

    async def who_tagged(self, ticket_id: str, tag: str) -> Tagging | None:  # noqa: ARG002 (no people here)
        """Nobody did."""
        return None

    async def download(self, file: File) -> bytes:
        """There are no files.

        Raises:
            PermanentFailure: always.
        """
        raise PermanentFailure("a case has no files", file.id)

    async def group_id(self, name: str) -> str:
        """Return the group's name: every group exists."""
        return name

    async def brand_names(self, brand_id: str) -> tuple[str, ...]:
        """Return the id alone: a case has no brands."""
        return (brand_id,)
