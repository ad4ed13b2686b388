"""Serialises events and conversations as compact JSON; missing fields get their defaults, unknown ones are kept.

The stored form is older than the types: an event is its `kind` and what all events have, and beside that `data`, in
which a kind's own fields stand as text. It stays, so that processes of two versions can work on one store.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, asdict, fields
from typing import Any, cast

from bot.domain.conversation import Conversation, Handing, Owner
from bot.domain.drafts import Draft, DraftKind, DraftStage
from bot.domain.escalations import Escalation
from bot.domain.events import (
    Author,
    ButtonClicked,
    ChannelGone,
    ChannelMoved,
    CloseOrdered,
    CustomerMessage,
    DraftDecided,
    Event,
    File,
    HandOverOrdered,
    InboundMessage,
    LineDeleted,
    Sent,
    StaffComment,
    StopPressed,
    TicketDeleted,
    TicketHint,
    TicketUpdated,
    kind_of,
)
from bot.domain.facts import Facts
from bot.domain.identity import Proof
from bot.domain.ids import UNSAID, AuthorId, ConversationId, Origin
from bot.domain.newer import MORE, flat, unknown
from bot.domain.proposals import Proposal, Stage
from bot.domain.text.storable import to_json
from bot.domain.tickets import Ticket

UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What reading raises where a newer version has written what this one does not know."""

DATA, GONE, FACTS = "data", "gone", "facts"
_BESIDE = frozenset({MORE, FACTS})
"""Fields that stand elsewhere: facts are written one by one, beside the state."""
_ENVELOPE = tuple(one for one in fields(InboundMessage) if one.name not in {"retried", MORE})
"""What every event has, and stands beside `data`."""


def dump(value: Any) -> str:
    """Return compact JSON of a dataclass, leaving out what equals its default."""
    return to_json(_message(value) if isinstance(value, InboundMessage) else _sparse(value))


def _sparse(value: Any, only: Iterable[Field[Any]] | None = None) -> dict[str, Any]:
    """Return what differs from its default, and what is kept of a newer version.

    Args:
        only: the fields that count, None for all.
    """
    out: dict[str, Any] = {}
    for field in fields(value) if only is None else only:
        current = getattr(value, field.name)
        if field.name not in _BESIDE and not _says_nothing(current, field):
            out[field.name] = _as_stored(current)
    return {**getattr(value, MORE, {}), **out}


def _says_nothing(current: Any, field: Field[Any]) -> bool:
    default = field.default if field.default is not MISSING else None
    return current == default or current in ((), {}, None)


def _as_stored(current: Any) -> Any:
    """Return a field as JSON can hold it: a dataclass, or a row of them, as mappings."""
    if hasattr(current, "__dataclass_fields__"):
        return _sparse(current)
    if isinstance(current, tuple) and hasattr(current[0], "__dataclass_fields__"):
        return [asdict(part, dict_factory=flat) for part in current]
    return current


# ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def load_message(text: str | bytes) -> Event:
    """Return the event that `dump` wrote.

    Raises:
        (one of `UNREADABLE`): it is of a newer version.
    """
    raw = json.loads(text)
    data: Mapping[str, str] = raw.get(DATA, {})
    cls = _type_of(raw["kind"], data)
    names = {_name_of(one.name, cls): one.name for one in _own(cls)}
    own = {name: _READ.get(name, str)(data[key]) for key, name in names.items() if key in data}
    unknown_data = {key: value for key, value in data.items() if key not in names}
    return cls(**_envelope(raw, unknown_data), **own)


def _envelope(raw: Mapping[str, Any], unknown_data: Mapping[str, str]) -> dict[str, Any]:
    """Return what every event has, and what is kept of a newer version."""
    shared = {one.name for one in _ENVELOPE}
    more = {name: value for name, value in raw.items() if name not in {*shared, "kind", DATA}}
    return {
        **{name: value for name, value in raw.items() if name in shared},
        "conversation": ConversationId(raw["conversation"]),
        "author": _author(raw.get("author", {})),
        "surface": Origin(raw.get("surface", UNSAID)),
        "files": tuple(_file(part) for part in raw.get("files", ())),
        MORE: {**more, DATA: unknown_data} if unknown_data else more,
    }


def _message(message: InboundMessage) -> dict[str, Any]:
    kept = dict(message.more)
    cls = cast("type[Event]", type(message))
    own = {one.name: _written(one.name, getattr(message, one.name)) for one in _own(cls)}
    named = {_name_of(name, cls): text for name, text in own.items()}
    # What says that something is gone tells the event's type, and stands there without a reason too.
    data = {**kept.pop(DATA, {}), **{name: text for name, text in named.items() if text or name == GONE}}
    envelope = {name: value for name, value in _sparse(message, _ENVELOPE).items() if name != DATA}
    whole = {**kept, **envelope, "kind": kind_of(message)}
    return {**whole, DATA: data} if data else whole


def _own(cls: type[Event]) -> list[Field[Any]]:
    """Return the fields that stand in `data`."""
    shared = {one.name for one in _ENVELOPE} | {MORE}
    return [one for one in fields(cls) if one.name not in shared]


_TYPES: Mapping[str, type[Event]] = {
    "customer": CustomerMessage,
    "staff": StaffComment,
    "ticket": TicketUpdated,
    "hint": TicketHint,
    "click": ButtonClicked,
    "draft": DraftDecided,
    "deleted": LineDeleted,
    "place": ChannelMoved,
    "close": CloseOrdered,
    "hand_over": HandOverOrdered,
    "stop": StopPressed,
}
_TYPES_GONE: Mapping[str, type[Event]] = {"ticket": TicketDeleted, "place": ChannelGone}
"""What the same kinds are where `data` says that it is gone."""


def _type_of(kind: str, data: Mapping[str, str]) -> type[Event]:
    return _TYPES_GONE[kind] if GONE in data and kind in _TYPES_GONE else _TYPES[kind]


def _name_of(name: str, cls: type[Event]) -> str:
    """Return the name in `data` of an event's own field."""
    is_why = (cls is TicketDeleted and name == "ticket_id") or (cls is ChannelGone and name == "why")
    return GONE if is_why else name


def _written(name: str, value: Any) -> str:
    match name:
        case "ticket":
            return to_json(asdict(value, dict_factory=flat))
        case "shared":
            return {True: "yes", False: "no"}.get(value, "")
        case _:
            return ("1" if value is True else str(value)) if value else ""


_READ: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("verified", "flagged", "edited", "above", "staff", "disclosed"), bool),
    **dict.fromkeys(("comment", "last_comment", "looks"), int),
    "shared": {"yes": True, "no": False}.get,
    "ticket": lambda text: _ticket(json.loads(text)),
}
"""What a field that is no text is read from `data` with."""


def _author(raw: Mapping[str, Any]) -> Author:
    return Author(**{**_read(Author, raw), "id": AuthorId(raw.get("id", ""))})


def _file(raw: Mapping[str, Any]) -> File:
    return File(**_read(File, raw))


# ── Conversations ────────────────────────────────────────────────────────────────────────────────────────────────────


def read_facts(stored: Mapping[str, str]) -> Facts:
    """Return the facts among the fields of a conversation's hash."""
    return Facts({name[2:]: text for name, text in stored.items() if name.startswith("f:")})


def load_conversation(conversation_id: str, text: str | bytes | None, facts: Facts | None = None) -> Conversation:
    """Return the conversation as stored, with what delivery has learnt since (`facts`) laid over it."""
    learnt = facts or Facts()
    raw: dict[str, Any] = json.loads(text) if text else {}
    raw.pop(FACTS, None)  # a copy that nobody reads, in states of 0.2.0
    parts = {name: raw.pop(name, None) for name in _PARTS}
    known = _read(Conversation, raw)
    known.update(
        id=ConversationId(conversation_id),
        requester=AuthorId(raw.get("requester", "")),
        owner=Owner(raw.get("owner", Owner.BOT)),
        before_off=Owner(raw.get("before_off", Owner.BOT)),
        reply_times=tuple(raw.get("reply_times", ())),
        sentiments=tuple(raw.get("sentiments", ())),
        **{name: tuple(read(part) for part in raw.get(name, ())) for name, read in _ROWS.items()},
        **{name: _PARTS[name](part) for name, part in parts.items() if part},
        spoken=raw.get("spoken", raw.get("language", "")),  # states of 0.2.0 have the one alone
        facts=learnt,
    )
    if learnt.ticket_id:
        known["ticket_id"] = learnt.ticket_id
    return Conversation(**known)


def _proof(raw: Mapping[str, Any]) -> Proof:
    return Proof(**{**_read(Proof, raw), "author": AuthorId(raw["author"])})


def _draft(raw: Mapping[str, Any]) -> Draft:
    lists = ("sources", "looked_up", "proposes", "entries", "effects")
    known = {**_read(Draft, raw), **{name: tuple(raw.get(name, ())) for name in lists}}
    known["recipient"] = AuthorId(raw.get("recipient", ""))
    known["proposals"] = tuple(_proposal(part) for part in raw.get("proposals", ()))
    known["proofs"] = tuple(_proof(part) for part in raw.get("proofs", ()))
    known["kind"] = DraftKind(raw.get("kind", DraftKind.ANSWER))
    known["stage"] = DraftStage(raw.get("stage", DraftStage.OPEN))
    return Draft(**known)


def _ticket(raw: Mapping[str, Any]) -> Ticket:
    lists = {name: tuple(raw.get(name, ())) for name in ("tags", "copied", "brand_names")}
    return Ticket(**{**_read(Ticket, raw), **lists})


def _handing(raw: Mapping[str, Any]) -> Handing:
    lists = {name: tuple(raw.get(name, ())) for name in ("effects", "answers")}
    return Handing(**{**_read(Handing, raw), **lists})


def _escalation(raw: Mapping[str, Any]) -> Escalation:
    return Escalation(**_read(Escalation, raw))


def _proposal(raw: Mapping[str, Any]) -> Proposal:
    return Proposal(**{**_read(Proposal, raw), "author": AuthorId(raw["author"]), "stage": Stage(raw["stage"])})


def _sent(raw: Mapping[str, Any]) -> Sent:
    return Sent(AuthorId(raw["author"]), _file(raw["file"]), raw.get("at", 0.0))


_PARTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "ticket": _ticket,
    "handing": _handing,
    "escalation": _escalation,
}
"""What of a conversation is one thing with fields of its own, and may not be there."""
_ROWS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "proposals": _proposal,
    "files": _sent,
    "proofs": _proof,
    "drafts": _draft,
}
"""What it has several of."""


def _read(cls: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    more = unknown(cls, raw)
    return {**{name: value for name, value in raw.items() if name not in more}, MORE: more}
