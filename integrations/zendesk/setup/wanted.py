"""What an account should have: the webhook, the macros, the views and the desk's groups, each marked as ours. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from integrations.zendesk.inbound.parse import TICKET

Kind = Literal["webhook", "group", "macro", "view", "trigger"]
Json = dict[str, Any]

WEBHOOK_PATH = "/zendesk/webhook"
EVENTS = (
    "created",
    "comment_added",
    "status_changed",
    "tags_changed",
    "agent_assignment_changed",
    "group_assignment_changed",
    "merged",
)
"""What the bot has to hear of a ticket."""

SUBSCRIPTIONS = tuple(f"{TICKET}{event}" for event in EVENTS)
_MARK = re.compile(r"\[frontdesk:(\w+):([^\]]+)\]")

_MACROS = (
    ("send", "Frontdesk::Send draft", "frontdesk_send"),
    ("discard", "Frontdesk::Discard draft", "frontdesk_discard"),
    ("give_back", "Frontdesk::Give back to the bot", "frontdesk_resume"),
    ("silence", "Frontdesk::Silence the bot", "frontdesk_off"),
)
"""Key, title (`::` makes a submenu), and the tag that the bot looks for."""

_UNSOLVED = {"field": "status", "operator": "less_than", "value": "solved"}
_UNASSIGNED = {"field": "assignee_id", "operator": "is", "value": ""}
_VIEWS = (
    ("waiting", "Frontdesk: waiting for a person", "frontdesk_escalated", (_UNASSIGNED,)),
    ("drafts", "Frontdesk: drafts", "frontdesk_draft", ()),
)
_COLUMNS = ("nice_id", "status", "requester", "created", "group", "assignee", "priority")


@dataclass(frozen=True)
class Piece:
    """Something that the account should have.

    Args:
        key: what stays the same when it gets another name.
        fields: as Zendesk takes them; the mark stands in `description`.
    """

    kind: Kind
    key: str
    name: str
    fields: Json = field(hash=False)


def pieces(public_url: str, groups: Sequence[str]) -> list[Piece]:
    """Return everything that the account should have.

    Args:
        public_url: our address as Zendesk reaches it.
        groups: names of the groups that the desk names.
    """
    return [_webhook(public_url), *map(group_piece, groups), *[_macro(*each) for each in _MACROS], *map(_view, _VIEWS)]


def endpoint_of(public_url: str) -> str:
    """Return where the webhook sends to."""
    return public_url.rstrip("/") + WEBHOOK_PATH


def mark_of(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return kind and key by the mark in a record's description, None where it is not ours."""
    found = _MARK.search(str(record.get("description") or ""))
    return (found[1], found[2]) if found else None


def _described(text: str, kind: Kind, key: str) -> str:
    return f"{text} Made by `frontdesk zendesk setup`, which repairs and removes it. [frontdesk:{kind}:{key}]"


def _webhook(public_url: str) -> Piece:
    fields = {
        "name": "Frontdesk",
        "description": _described("Tells Frontdesk of tickets.", "webhook", "events"),
        "endpoint": endpoint_of(public_url),
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": list(SUBSCRIPTIONS),
    }
    return Piece("webhook", "events", "Frontdesk", fields)


def group_piece(name: str) -> Piece:
    """Return a group that the desk names."""
    key = name.replace("]", ")")
    return Piece("group", key, name, {"name": name, "description": _described("A group of the desk.", "group", key)})


def _macro(key: str, title: str, tag: str) -> Piece:
    fields = {
        "title": title,
        "description": _described(f"Sets the tag {tag}.", "macro", key),
        "active": True,
        "actions": [{"field": "current_tags", "value": tag}],
    }
    return Piece("macro", key, title, fields)


def _view(view: tuple[str, str, str, Sequence[Json]]) -> Piece:
    key, title, tag, further = view
    fields = {
        "title": title,
        "description": _described(f"Open tickets with the tag {tag}.", "view", key),
        "active": True,
        "all": [_UNSOLVED, {"field": "current_tags", "operator": "includes", "value": tag}, *further],
        "any": [],
        "output": {"columns": list(_COLUMNS), "sort_by": "created", "sort_order": "asc"},
    }
    return Piece("view", key, title, fields)
