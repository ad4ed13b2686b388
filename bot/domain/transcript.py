"""Transcript entries: what was said and done; the SDK's session and the people's transcript in one.

A transfer is one entry ("triage → orders") although the SDK keeps it as a call and its output, so the number of
entries is what `/chat` calls `chat_length`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.effects import disclosed, with_ticket_number
from bot.domain.ids import NOBODY, AuthorId
from bot.domain.newer import Open
from bot.domain.text.storable import to_json


class Role(Open):
    """Who or what an entry is of."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL_CALL = "tool_call"
    TOOL_OUTPUT = "tool_output"
    TRANSFER = "transfer"
    HUMAN = "human"
    REASONING = "reasoning"


_WORDS = 1
"""Stored in the place of a model's id for what has none."""
_ROLES = {str(role): role for role in Role}

BY_MACHINE = "machine"
"""The `agent` of a customer's entry that their answering machine wrote."""


@dataclass(frozen=True)
class Entry:
    """One entry.

    Args:
        text: what people read.
        at: Unix seconds.
        agent: the specialist who spoke or acted, empty for people.
        author: author id of the person, empty for the bot.
        name: that person's name.
        items: the SDK's input items behind it; empty where the model must not see it.
        disclosure: that an AI assistant writes, as the customer read it before the text; no model reads it.
    """

    role: Role
    text: str
    at: float
    agent: str = ""
    author: AuthorId = NOBODY
    name: str = ""
    items: tuple[Mapping[str, Any], ...] = ()
    disclosure: str = ""

    @property
    def is_by_machine(self) -> bool:
        """Whether nobody said it."""
        return self.role is Role.USER and self.agent == BY_MACHINE

    def dump(self) -> str:
        """Return compact JSON: short names, no empty fields, and no item that can be made of the rest.

        Role and text keep their names: a process of the version before shows them, whatever else it misses.
        """
        message = _message_of(self)
        raw: dict[str, Any] = {"role": self.role}
        if message is not None or self.text != _told(self.items):
            raw["text"] = self.text
        rest = {"t": round(self.at, 3), "by": self.agent, "a": self.author, "n": self.name, "d": self.disclosure}
        rest |= {"m": message} if message is not None else {"items": self.items}
        return to_json(raw | {name: value for name, value in rest.items() if value not in ("", ())})

    def shown(self, ticket_id: str) -> dict[str, Any]:
        """Return the entry as `/conversation` shows it; `at` is Unix seconds."""
        text = with_ticket_number(disclosed(self.disclosure, self.text), ticket_id)
        shown: dict[str, Any] = {"role": str(self.role), "text": text}
        if self.agent:
            shown["agent"] = self.agent
        if self.name:
            shown["name"] = self.name
        return shown | {"at": self.at}


def load_entry(text: str | bytes) -> Entry:
    """Return the entry that `dump` wrote, or the version before it with longer names."""
    return _loaded(json.loads(text))


def load_entries(texts: Iterable[str]) -> list[Entry]:
    """Return many at once, in less than two thirds of the time."""
    return [_loaded(raw) for raw in json.loads(f"[{','.join(texts)}]")]


def _loaded(raw: Mapping[str, Any]) -> Entry:
    told, role = raw.get("text"), _ROLES.get(raw["role"]) or Role(raw["role"])
    items = _message(role, raw["m"], told or "") if "m" in raw else tuple(raw.get("items", ()))
    return Entry(
        role=role,
        text=_told(items) if told is None else told,
        at=raw.get("t", raw.get("at", 0.0)),
        agent=raw.get("by", raw.get("agent", "")),
        author=AuthorId(raw.get("a", raw.get("author", ""))),
        name=raw.get("n", raw.get("name", "")),
        items=items,
        disclosure=raw.get("d", ""),
    )


def _message(role: Role, message: str | int, text: str) -> tuple[Mapping[str, Any], ...]:
    """Return the items of what is only a text: a model's message with this id, or plain words."""
    if message == _WORDS:
        return ({"role": str(role), "content": text},)
    part = {"annotations": [], "logprobs": [], "text": text, "type": "output_text"}
    whole = {"role": str(role), "status": "completed", "type": "message"}
    return ({"id": message, "content": [part], **whole},)


def _message_of(entry: Entry) -> str | int | None:
    """Return what `_message` makes exactly the entry's items of, None where nothing does."""
    message = entry.items[0].get("id", _WORDS) if len(entry.items) == 1 else None
    is_known = message is not None and _message(entry.role, message, entry.text) == entry.items
    return message if is_known else None


def _told(items: Sequence[Mapping[str, Any]]) -> str:
    """Return the text that a single item holds: what was said, called or returned; empty for several items."""
    if len(items) != 1:
        return ""
    item = items[0]
    match item.get("content"), item.get("type"):
        case str(content), _:
            return content
        case list(parts), _:
            return "".join(str(part.get("text", "")) for part in parts if isinstance(part, Mapping))
        case _, "function_call":
            return f"{item.get('name')}({item.get('arguments')})"
        case _, "function_call_output":
            return str(item.get("output", ""))
    return ""
