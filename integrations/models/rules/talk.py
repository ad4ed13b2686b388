"""Parses a model call's input: who the customer is, what was said, what tools answered."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.models.rules.text import ids

TRANSFER = "transfer_to_"

_CUSTOMER = re.compile(r"The customer is (?P<name>[^,.\n]+), (?P<not>not )?verified")
_PLAN = re.compile(r"\bon the (\w+) plan\b")
_UNNAMED = "unknown by name"
_EARLIER = "[Earlier in this conversation"
_HUMAN_AGENT = re.compile(r"^\[[^\]]+, human agent\]")


@dataclass(frozen=True)
class RuleCall:
    """A tool that was called.

    Args:
        result: what it returned, as JSON where it was JSON.
    """

    name: str
    arguments: Mapping[str, Any]
    result: Any

    @property
    def refused(self) -> bool:
        """Whether the tool gave a reason instead of a result."""
        return isinstance(self.result, str)

    @property
    def missed(self) -> bool:
        """Whether the tool found nothing under the id it was given."""
        return isinstance(self.result, Mapping) and self.result.get("found") is False


@dataclass(frozen=True)
class Talk:
    """A conversation as the rules see it.

    Args:
        name: the customer's, empty when unknown; a claim unless `verified`.
        plan: what they pay for, empty when it is not told.
        latest: the customer's lines that nobody has answered yet.
        earlier: their lines before that, oldest first.
        answer: the last thing said to them, empty before the first.
        before: calls of earlier turns; `now` are those since the latest line.
        things: ids this conversation is about, the latest last.
    """

    name: str
    verified: bool
    plan: str
    latest: str
    earlier: tuple[str, ...]
    answer: str
    before: tuple[RuleCall, ...]
    now: tuple[RuleCall, ...]
    things: tuple[str, ...]

    @property
    def first_name(self) -> str:
        """The name to use."""
        return self.name.split(" ")[0]

    @property
    def transfers(self) -> list[str]:
        """Specialists this turn has already been transferred to."""
        return [call.name.removeprefix(TRANSFER) for call in self.now if call.name.startswith(TRANSFER)]

    def called(self, *names: str) -> RuleCall | None:
        """Return this turn's last call of one of the tools."""
        return next((call for call in reversed(self.now) if call.name in names), None)


def read_talk(instructions: str, items: str | Sequence[Any]) -> Talk:
    """Return the conversation that a model's instructions and input items hold."""
    rows: list[Any] = [{"role": "user", "content": items}] if isinstance(items, str) else list(items)
    calls = _calls(rows)
    said = [(index, row["role"], _text(row)) for index, row in enumerate(rows) if _speaks(row)]
    answers = [index for index, role, text in said if role == "assistant" and text]
    unanswered = [index for index, role, _ in said if role == "user" and index > max(answers, default=-1)]
    start = unanswered[0] if unanswered else len(rows)
    customer = _CUSTOMER.search(instructions)
    plan = _PLAN.search(instructions, customer.end()) if customer and not customer["not"] else None
    return Talk(
        name=customer["name"] if customer and customer["name"] != _UNNAMED else "",
        verified=bool(customer and not customer["not"]),
        plan=plan[1] if plan else "",
        latest="\n".join(text for index, role, text in said if role == "user" and index >= start),
        earlier=tuple(text for index, role, text in said if role == "user" and index < start),
        answer=next((text for index, role, text in reversed(said) if index in answers), ""),
        before=tuple(call for index, call in calls if index < start),
        now=tuple(call for index, call in calls if index > start),
        things=_things(rows, calls),
    )


_SPEAKERS = frozenset({"user", "assistant"})


def _speaks(row: Any) -> bool:
    """Whether somebody says something; a summary of what was said before is nobody's line."""
    return row.get("role") in _SPEAKERS and not _text(row).startswith(_EARLIER)


def _calls(rows: Sequence[Any]) -> list[tuple[int, RuleCall]]:
    outputs = {row["call_id"]: row.get("output") for row in rows if row.get("type") == "function_call_output"}
    return [
        (index, RuleCall(row["name"], _json(row.get("arguments") or "{}") or {}, _json(outputs[row["call_id"]])))
        for index, row in enumerate(rows)
        if row.get("type") == "function_call" and row.get("call_id") in outputs
    ]


def _things(rows: Sequence[Any], calls: Sequence[tuple[int, RuleCall]]) -> tuple[str, ...]:
    """Ids the customer named or a tool was asked about and knows; a list the bot gave is no subject yet."""
    found: list[tuple[int, str]] = []
    for index, row in enumerate(rows):
        if row.get("role") == "user":
            found += [(index, thing) for thing in ids(_text(row))]
    for index, call in calls:
        if not call.missed and not call.refused:
            found += [(index, str(value)) for name, value in call.arguments.items() if name.endswith("_id")]
    return tuple(thing for _, thing in sorted(found, key=lambda entry: entry[0]))


def _text(row: Any) -> str:
    content = row.get("content")
    if isinstance(content, str):
        text = content
    else:
        text = "".join(str(part.get("text", "")) for part in content or () if isinstance(part, Mapping))
    return _HUMAN_AGENT.sub("", text).strip()


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
