"""One thread's client: Zendesk's single objects by zenpy."""

import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket as ZenpyTicket
from zenpy.lib.api_objects import User as ZenpyUser

from integrations.zendesk.api.session import Json, SafeSession


class ZenpyClient:
    """`Api` over one zenpy client, for one thread.

    zenpy sends to a host of its own making; the session replaces it by the configured one.
    """

    def __init__(self, session: SafeSession) -> None:
        self.session = session
        self._zenpy = Zenpy(subdomain="frontdesk", domain="invalid", session=session, disable_cache=True)

    def ticket(self, ticket_id: int) -> Json:
        return _fields(self._zenpy.tickets(id=ticket_id))

    def create_ticket(self, fields: Json, key: str) -> Json:
        self.session.idempotency_key = key
        try:
            answer = self._zenpy.tickets.create(_filled(ZenpyTicket(), fields))
        finally:
            self.session.idempotency_key = ""
        return _fields(answer.ticket if hasattr(answer, "audit") else answer)

    def change_ticket(self, ticket_id: int, fields: Json) -> tuple[Json, Json]:
        answer = self._zenpy.tickets.update(_filled(ZenpyTicket(id=ticket_id), fields))
        if not hasattr(answer, "audit"):
            return _fields(answer), {}
        return _fields(answer.ticket), _fields(answer.audit)

    def me(self) -> Json:
        return _fields(self._zenpy.users.me())

    def users(self, ids: Sequence[int]) -> list[Json]:
        return [_fields(user) for user, _ in zip(self._zenpy.users(ids=list(ids)), range(100), strict=False)]

    def create_or_update_user(self, fields: Json) -> Json:
        return _fields(self._zenpy.users.create_or_update(_filled(ZenpyUser(), fields)))

    def attachment(self, attachment_id: int) -> Json:
        return _fields(self._zenpy.attachments(id=attachment_id))

    def upload(self, name: str, mime: str, data: bytes) -> str:
        # zenpy puts the name into the URL as it stands, and takes an empty `bytes` for "no body".
        upload = self._zenpy.attachments.upload(io.BytesIO(data), target_name=quote(name, safe=""), content_type=mime)
        return str(upload.token)


def _filled(thing: Any, fields: Json) -> Any:
    # Only attributes set after the constructor are sent when they are None.
    for name, value in fields.items():
        setattr(thing, name, value)
    return thing


def _fields(thing: Any) -> Json:
    fields: Json = thing.to_dict()
    return fields
