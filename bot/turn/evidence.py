"""What a conversation has established so far, in words for a human agent. Pure: entries in, Markdown out.

Where a rule or a failure hands over, no model has said what was found; the transcript still holds it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.desk.specialist import TURN_TOOLS
from bot.domain.conversation import Conversation
from bot.domain.messages import InboundMessage
from bot.domain.transcript import Entry, Role

NEWEST = 5
"""So many of the latest look-ups, and of the customer's lines, are told."""

LONGEST = 300
LONGEST_ANSWER = 120
LONGEST_EARLIER = 1_000


@dataclass(frozen=True)
class Lookup:
    """One tool that was called, and what it returned: JSON where it was JSON, else the words."""

    name: str
    arguments: Mapping[str, Any]
    result: Any

    @property
    def passages(self) -> Sequence[Mapping[str, Any]] | None:
        """Articles that a search found; None where this was no search."""
        found = self.result.get("passages") if isinstance(self.result, Mapping) else None
        return found if isinstance(found, list) else None

    @property
    def outcome(self) -> str:
        """How it went, in a word or two."""
        if self.passages is not None:
            return "articles found" if self.passages else "no article found"
        if not isinstance(self.result, Mapping | list):
            return "no result"
        return "not found" if isinstance(self.result, Mapping) and self.result.get("found") is False else "found"


def lookups(history: Sequence[Entry]) -> list[Lookup]:
    """Return every tool call that has a result, oldest first, each call and result once."""
    waiting: list[Entry] = []
    done: dict[tuple[str, str], Lookup] = {}
    for entry in history:
        if entry.role is Role.TOOL_CALL:
            waiting.append(entry)
        elif entry.role is Role.TOOL_OUTPUT and waiting:
            call = next((each for each in waiting if _call_id(each) == _call_id(entry)), waiting[0])
            waiting.remove(call)
            name, _, arguments = call.text.partition("(")
            read = _json(arguments.removesuffix(")"))
            given = read if isinstance(read, Mapping) else {}
            done[call.text, entry.text] = Lookup(name, given, _json(entry.text))
    return list(done.values())


def issue(batch: Sequence[InboundMessage], history: Sequence[Entry]) -> str:
    """Return the customer's latest lines in their own words."""
    lines = [entry.text for entry in history if entry.role is Role.USER]
    lines += [line.text for line in batch if line.text not in lines]
    return " / ".join(f"“{_plain(line)}”" for line in lines[-NEWEST:] if line)


def facts(history: Sequence[Entry]) -> str:
    """Return what the look-ups returned, field by field."""
    found = [each for each in lookups(history) if each.outcome == "found"]
    told = dict.fromkeys(_plain(_spoken(each.result)) for each in found)
    return "; ".join([text for text in told if text][-NEWEST:])


def tried(history: Sequence[Entry]) -> str:
    """Return the look-ups with their outcome, and the last answer."""
    steps = [
        f"{' '.join([each.name, _plain(_spoken_value(each.arguments))]).strip()}: {each.outcome}"
        for each in lookups(history)
        if each.name not in TURN_TOOLS
    ][-NEWEST:]
    answers = [entry.text for entry in history if entry.role is Role.ASSISTANT][-1:]
    return "; ".join([*steps, *[f"told the customer “{_plain(text, LONGEST_ANSWER)}”" for text in answers]])


def sources(history: Sequence[Entry]) -> str:
    """Return the titles of the articles that were read."""
    titles = [str(passage.get("title", "")) for each in lookups(history) for passage in each.passages or ()]
    return "; ".join(_plain(title) for title in dict.fromkeys(titles) if title)


def earlier(conversation: Conversation) -> str:
    """Return the summary of what is no longer kept word by word."""
    return _plain(conversation.earlier, LONGEST_EARLIER) if conversation.earlier else ""


def _call_id(entry: Entry) -> Any:
    return entry.items[0].get("call_id") if entry.items else None


def _json(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text


def _words(name: str) -> str:
    return name.replace("_", " ")


def _spoken(result: Any) -> str:
    """`{"order_id": "A1001", "placed_on": "2026-11-17"}` → "order id A1001, placed on 2026-11-17"."""
    if not isinstance(result, Mapping):
        return _spoken_value(result)
    told = [
        f"{_words(name)} {_spoken_value(value)}"
        for name, value in result.items()
        if value not in (None, "", []) and name != "found"
    ]
    return ", ".join(told)


def _spoken_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_spoken_value(part) for part in value.values() if part not in (None, "", []))
    if isinstance(value, list):
        return " + ".join(_spoken_value(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _plain(text: str, longest: int = LONGEST) -> str:
    """One line, not too long, whose characters mean nothing in Markdown: customers' words stand in it."""
    line = " ".join(text.split())
    short = line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
    return re.sub(r"([\\`*\[\]<>])", r"\\\1", short)
