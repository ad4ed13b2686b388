"""Serialises messages and conversations as compact JSON; missing fields get their defaults."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from bot.domain.conversation import Conversation, Handing, Owner, Ticket
from bot.domain.events import Author, File, InboundMessage, Kind, Sent
from bot.domain.identity import Proof
from bot.domain.ids import AuthorId, ConversationId, Origin
from bot.domain.newer import MORE, flat, unknown
from bot.domain.proposals import Proposal, Stage
from bot.domain.texts import to_json

UNREADABLE = (KeyError, TypeError, ValueError)
"""What reading raises where a newer version has written what this one does not know."""


def dump(value: Any) -> str:
    """Return compact JSON of a dataclass, leaving out what equals its default."""
    return to_json(_sparse(value))


def _sparse(value: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field in fields(value):
        current = getattr(value, field.name)
        if field.name == MORE:
            continue
        default = field.default if field.default is not MISSING else None
        if current == default or current in ((), {}, None):
            continue
        if hasattr(current, "__dataclass_fields__"):
            current = _sparse(current)
        elif isinstance(current, tuple) and current and hasattr(current[0], "__dataclass_fields__"):
            current = [asdict(part, dict_factory=flat) for part in current]
        out[field.name] = current
    return {**getattr(value, MORE, {}), **out}


def load_message(text: str | bytes) -> InboundMessage:
    """Return the message that `dump` wrote."""
    raw = json.loads(text)
    return InboundMessage(
        **{
            **_read(InboundMessage, raw),
            "kind": Kind(raw["kind"]),
            "conversation": ConversationId(raw["conversation"]),
            "author": _author(raw.get("author", {})),
            "surface": Origin(raw.get("surface", Origin.SLACK)),
            "files": tuple(_file(part) for part in raw.get("files", ())),
        }
    )


def load_conversation(conversation_id: str, text: str | bytes | None, facts: Mapping[str, str]) -> Conversation:
    """Return the conversation as stored, with what delivery has learnt since (`facts`) laid over it."""
    raw: dict[str, Any] = json.loads(text) if text else {}
    ticket, handing = raw.pop("ticket", None), raw.pop("handing", None)
    known = _read(Conversation, raw)
    known.update(
        id=ConversationId(conversation_id),
        requester=AuthorId(raw.get("requester", "")),
        owner=Owner(raw.get("owner", Owner.BOT)),
        before_off=Owner(raw.get("before_off", Owner.BOT)),
        reply_times=tuple(raw.get("reply_times", ())),
        proposals=tuple(_proposal(part) for part in raw.get("proposals", ())),
        sentiments=tuple(raw.get("sentiments", ())),
        files=tuple(Sent(AuthorId(part["author"]), _file(part["file"])) for part in raw.get("files", ())),
        proofs=tuple(_proof(part) for part in raw.get("proofs", ())),
        ticket=Ticket(**{**_read(Ticket, ticket), **_listed(ticket)}) if ticket else None,
        handing=_handing(handing) if handing else None,
        facts=dict(facts),
    )
    if facts.get("ticket_id"):
        known["ticket_id"] = facts["ticket_id"]
    return Conversation(**known)


def _file(raw: Mapping[str, Any]) -> File:
    return File(**_read(File, raw))


def _author(raw: Mapping[str, Any]) -> Author:
    return Author(**{**_read(Author, raw), "id": AuthorId(raw.get("id", ""))})


def _proof(raw: Mapping[str, Any]) -> Proof:
    return Proof(**{**_read(Proof, raw), "author": AuthorId(raw["author"])})


def _listed(ticket: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(ticket.get(name, ())) for name in ("tags", "copied")}


def _handing(raw: Mapping[str, Any]) -> Handing:
    lists = {name: tuple(raw.get(name, ())) for name in ("effects", "answers")}
    return Handing(**{**_read(Handing, raw), **lists})


def _proposal(raw: Mapping[str, Any]) -> Proposal:
    return Proposal(**{**_read(Proposal, raw), "author": AuthorId(raw["author"]), "stage": Stage(raw["stage"])})


def _read(cls: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    more = unknown(cls, raw)
    return {**{name: value for name, value in raw.items() if name not in more}, MORE: more}
