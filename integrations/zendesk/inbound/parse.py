"""Parses a webhook: which ticket to look at, and nothing else.

Text, author, tags and status of an event are not read: they are claims, and may be newer or older than the
event. The worker reads the ticket from the API instead.

Native events: https://developer.zendesk.com/api-reference/webhooks/event-types/webhook-event-types/
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, StrictInt, StrictStr, TypeAdapter, ValidationError

from bot.domain.errors import InvalidRequest
from bot.domain.text.storable import storable_json

NATIVE = "zen:event-type:"
TICKET = f"{NATIVE}ticket."

_OBJECT = TypeAdapter(dict[str, Any])
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_SUBJECT = "zen:ticket:"


@dataclass(frozen=True)
class Hint:
    """Says "look at this ticket" and nothing more.

    Args:
        ticket_id: decimal digits.
        event: Zendesk's event name without its prefix (`comment_added`), or our trigger's word.
        delivery_id: the same for a redelivery of a native event; never the same for two trigger deliveries.
        requester: Zendesk's id of whose ticket it is as a native event says, empty where it does not; it decides
            nothing but whose turn is next.
    """

    ticket_id: str
    event: str
    delivery_id: str
    requester: str = ""


@dataclass(frozen=True)
class Ignored:
    """A signed event that is not about a ticket; acknowledged and forgotten."""

    type: str


class _Detail(BaseModel):
    id: StrictStr | StrictInt | None = None
    requester_id: Any = None


class _Event(BaseModel):
    type: StrictStr
    id: StrictStr | None = None
    subject: StrictStr | None = None
    detail: _Detail | None = None


class _Trigger(BaseModel):
    ticket_id: StrictStr | StrictInt
    event: Literal["created", "commented", "updated"]


def parse(body: bytes, fallback_id: str) -> Hint | Ignored:
    """Return what a delivery asks for.

    Args:
        body: the raw JSON body.
        fallback_id: delivery id for bodies that carry none; unique, because two equal trigger bodies are
            two events.

    Raises:
        InvalidRequest: no JSON object, or neither a native event nor our trigger's body.
    """
    try:
        fields = _OBJECT.validate_json(storable_json(body))
        kind = fields.get("type")
        if not isinstance(kind, str) or not kind.startswith(NATIVE):
            return _from_trigger(_Trigger.model_validate(fields), fallback_id)
        if not kind.startswith(TICKET):
            return Ignored(kind.removeprefix(NATIVE))
        return _from_event(_Event.model_validate(fields), fallback_id)
    except ValidationError as error:
        raise InvalidRequest(f"not a webhook body: {error.error_count()} mistakes") from None


def _from_trigger(trigger: _Trigger, fallback_id: str) -> Hint:
    return Hint(_digits(trigger.ticket_id), trigger.event, fallback_id)


def _from_event(event: _Event, fallback_id: str) -> Hint:
    ticket_id = event.detail.id if event.detail else None
    if ticket_id is None:
        ticket_id = (event.subject or "").removeprefix(_SUBJECT)
    requester = str(event.detail.requester_id) if event.detail else ""
    known = requester if _NUMBER.fullmatch(requester) else ""
    return Hint(_digits(ticket_id), event.type.removeprefix(TICKET), event.id or fallback_id, known)


def _digits(ticket_id: str | int) -> str:
    text = str(ticket_id)
    if not _NUMBER.fullmatch(text):
        raise InvalidRequest("the ticket id is no number")
    return text
