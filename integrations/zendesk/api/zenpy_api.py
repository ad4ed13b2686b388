"""The interface that reader and writer need of one thread's client; `zenpy_client.py` implements it with zenpy."""

from collections.abc import Sequence
from typing import Protocol

from integrations.zendesk.api.session import Json, SafeSession


class Api(Protocol):
    """Zendesk's single objects. Every method raises the `RemoteError` family."""

    @property
    def session(self) -> SafeSession:
        """The session below, for lists, which need order and bounds."""

    def ticket(self, ticket_id: int) -> Json:
        """Return a ticket's fields, fresh."""

    def create_ticket(self, fields: Json, key: str) -> Json:
        """Create a ticket under an idempotency key; return its fields."""

    def change_ticket(self, ticket_id: int, fields: Json) -> tuple[Json, Json]:
        """Send one update, nulls included; return the ticket and the audit after it."""

    def me(self) -> Json:
        """Return the user the credentials act as."""

    def users(self, ids: Sequence[int]) -> list[Json]:
        """Return the users of these ids that exist, at most 100."""

    def create_or_update_user(self, fields: Json) -> Json:
        """Return the user with this e-mail or external id, made or changed to these fields."""

    def attachment(self, attachment_id: int) -> Json:
        """Return an attachment's fields."""

    def upload(self, name: str, mime: str, data: bytes) -> str:
        """Upload a file; return the token by which a comment takes it."""
