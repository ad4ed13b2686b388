"""Transcript entries: what was said and done; the SDK's session and the people's transcript in one.

A transfer is one entry ("triage → orders") although the SDK keeps it as a call and its output, so the number of
entries is what `/chat` calls `chat_length`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.effects import with_ticket_number
from bot.domain.newer import Open
from bot.domain.texts import to_json


class Role(Open):
    """Who or what an entry is of."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL_CALL = "tool_call"
    TOOL_OUTPUT = "tool_output"
    TRANSFER = "transfer"
    HUMAN = "human"
    REASONING = "reasoning"


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
    """

    role: Role
    text: str
    at: float
    agent: str = ""
    author: str = ""
    name: str = ""
    items: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_by_machine(self) -> bool:
        """Whether nobody said it."""
        return self.role is Role.USER and self.agent == BY_MACHINE

    def dump(self) -> str:
        """Return compact JSON; empty fields are left out, and a text that the items hold already."""
        raw = {name: value for name, value in vars(self).items() if name != "text" and value not in ("", ())}
        if self.text != _told(self.items):
            raw["text"] = self.text
        return to_json(raw)

    def shown(self, ticket_id: str) -> dict[str, Any]:
        """Return the entry as `/conversation` shows it; `at` is Unix seconds."""
        shown: dict[str, Any] = {"role": str(self.role), "text": with_ticket_number(self.text, ticket_id)}
        if self.agent:
            shown["agent"] = self.agent
        if self.name:
            shown["name"] = self.name
        return shown | {"at": self.at}


def load_entry(text: str | bytes) -> Entry:
    """Return the entry that `dump` wrote."""
    raw = json.loads(text)
    told = raw.get("text")
    return Entry(
        role=Role(raw["role"]),
        text=_told(raw.get("items", ())) if told is None else told,
        at=raw.get("at", 0.0),
        agent=raw.get("agent", ""),
        author=raw.get("author", ""),
        name=raw.get("name", ""),
        items=tuple(raw.get("items", ())),
    )


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
