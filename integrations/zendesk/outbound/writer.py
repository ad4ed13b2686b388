"""Writes tickets and comments to Zendesk, on one thread."""

import re
from collections.abc import Sequence
from hashlib import sha256

import structlog

from bot.domain.effects import OpenTicket, Person, UpdateTicket
from bot.domain.errors import PermanentFailure
from bot.domain.events import File
from bot.domain.tickets import Ticket
from integrations.zendesk.api.errors import ASSIGNEE_REQUIRED, CLOSED, IDEMPOTENT_MISMATCH, INVALID
from integrations.zendesk.api.session import Json
from integrations.zendesk.api.zenpy_api import Api
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.parse import comment_in
from integrations.zendesk.outbound.reader import Reader
from integrations.zendesk.outbound.render import new_ticket, ticket_changes
from integrations.zendesk.outbound.users import NO_NAME

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(; ?charset=[\w-]+)?")
_MAX_NAME_CHARS = 200

log = structlog.get_logger(__name__)


class Writer:
    """Opens and updates tickets. Not shared between threads."""

    def __init__(self, api: Api, reader: Reader, memory: AccountCache) -> None:
        self._api = api
        self._reader = reader
        self._memory = memory

    def open(self, effect: OpenTicket, files: Sequence[bytes]) -> Ticket:
        """Create the ticket; return it, or the one that an earlier attempt of the effect created."""
        self._reader.me()  # asked before the write, so that nothing after it can fail
        fields = new_ticket(
            effect,
            requester_id=self._person_id(effect.requester),
            group_id=self._group(effect.group),
            uploads=self._upload(effect.files, files),
        )
        try:
            return self._reader.ticket_after(self._api.create_ticket(fields, idempotency_key(effect.id)))
        except PermanentFailure as error:
            # Same key, other body: files uploaded anew have other tokens, so the first attempt went through.
            found = error.code == IDEMPOTENT_MISMATCH and self._reader.find_ticket(effect.external_id, effect.id)
            if not found:
                raise
            return found

    def update(self, ticket_id: int, effect: UpdateTicket, files: Sequence[bytes], stamp: str) -> tuple[Ticket, int]:
        """Send one update; return the ticket after it and the new comment's id, 0 for none."""
        self._reader.me()
        fields = ticket_changes(
            effect,
            author_id=self._person_id(effect.author) if effect.author else None,
            group_id=self._group(effect.group),
            uploads=self._upload(effect.files, files),
            stamp=stamp,
        )
        ticket, audit = self._change(ticket_id, fields)
        return self._reader.ticket_after(ticket), comment_in(audit)

    def _change(self, ticket_id: int, fields: Json) -> tuple[Json, Json]:
        """Send the update; a refused one changed nothing, so it may be sent again in another form."""
        try:
            return self._api.change_ticket(ticket_id, fields)
        except PermanentFailure as error:
            if error.code == ASSIGNEE_REQUIRED and "assignee_id" not in fields:
                # Only an assigned ticket can be solved; the bot's own user is no takeover.
                return self._api.change_ticket(ticket_id, fields | {"assignee_id": self._reader.me().id})
            if error.code == INVALID and self._api.ticket(ticket_id).get("status") == "closed":
                raise PermanentFailure(str(error), CLOSED) from None
            raise

    def _person_id(self, person: Person) -> int:
        """Return the person's user id; a new user is made for an address or id Zendesk does not know."""
        if person.id:
            return int(person.id.removeprefix("zendesk:"))
        key = ("email", person.email) if person.email else ("external_id", person.external_id)
        if not key[1]:
            raise PermanentFailure("a person without id, address or external id", "no_person")
        known = self._memory.people.get(key)
        if known is None:
            # Looked up first: the update would give a customer, or a human agent, the name they have in Slack.
            known = (self._reader.user_at(person.email) if person.email else None) or self._made(person, key)
            self._memory.people.put(key, known)
        return known

    def _made(self, person: Person, key: tuple[str, str]) -> int:
        fields: Json = {"name": person.name or NO_NAME, key[0]: key[1]}
        if person.email:
            fields["skip_verify_email"] = True  # they wrote to us elsewhere and expect no mail
        return int(self._api.create_or_update_user(fields)["id"])

    def _group(self, name: str) -> int | None:
        if not name:
            return None
        group_id = self._reader.group_id(name)
        if group_id is None:
            # A ticket without a group reaches people sooner than one that was never written.
            log.error("zendesk.unknown_group", group=name)
        return group_id

    def _upload(self, files: Sequence[File], contents: Sequence[bytes]) -> list[str]:
        return [
            self._api.upload(
                file.name[-_MAX_NAME_CHARS:] or "file",
                file.mime if _MIME.fullmatch(file.mime) else "application/octet-stream",
                data,
            )
            for file, data in zip(files, contents, strict=False)
        ]


def idempotency_key(effect_id: str) -> str:
    """Return the effect's id where it is a legal key (at most 255 visible characters), else its digest.

    https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#idempotency
    """
    return effect_id if _KEY.fullmatch(effect_id) else sha256(effect_id.encode()).hexdigest()
