"""Parses a model call's input: who the customer is, what was said, what tools answered."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from integrations.models.rules.words.things import Shapes

_Placed = TypeVar("_Placed")

TRANSFER = "transfer_to_"

_CUSTOMER = re.compile(r"The customer is (?P<name>[^,.\n]+), (?P<not>not )?verified")
_PLAN = re.compile(r"\bon the (\w+) plan\b")
_UNNAMED = "unknown by name"
_EARLIER = "[Earlier in this conversation"
_SPOKEN = re.compile(r"\bThey write in (\w+): answer in")
_FENCED = re.compile(r"⟪(.*)⟫", re.DOTALL)
_NOTHING_CAME = ("Not run:", "Not available right now", "An error occurred", "Error")
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
        return isinstance(self.result, str) and self.result.startswith(_NOTHING_CAME)

    @property
    def missed(self) -> bool:
        """Whether the tool found nothing under the id it was given."""
        return isinstance(self.result, Mapping) and self.result.get("found") is False


@dataclass(frozen=True)
class Reply:
    """What a customer wrote to an answer.

    Args:
        answer: the last thing said to them before; empty before the first.
    """

    answer: str
    line: str


@dataclass(frozen=True)
class Talk:
    """A conversation as the rules see it.

    Args:
        name: the customer's, empty when unknown; a claim unless `verified`.
        plan: what they pay for, empty when it is not told.
        spoken: the language that they write in, by its English name; empty while it is not known.
        latest: the customer's lines that nobody has answered yet.
        earlier: their lines before that, oldest first.
        answers: what was said to them, oldest first.
        before: calls of earlier turns; `now` are those since the latest line.
        things: ids this conversation is about, the latest last.
        replies: all of their lines, each with what it answers, oldest first.
    """

    name: str
    verified: bool
    plan: str
    spoken: str
    latest: str
    earlier: tuple[str, ...]
    answers: tuple[str, ...]
    before: tuple[RuleCall, ...]
    now: tuple[RuleCall, ...]
    things: tuple[str, ...]
    replies: tuple[Reply, ...] = ()

    @property
    def answer(self) -> str:
        """The last thing said to them, empty before the first."""
        return self.answers[-1] if self.answers else ""

    @property
    def subject(self) -> str:
        """What this conversation was about last, empty where it is about nothing yet."""
        return self.things[-1] if self.things else ""

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


def read_talk(instructions: str, items: str | Sequence[Any], shapes: Shapes) -> Talk:
    """Return the conversation that a model's instructions and input items hold.

    Args:
        shapes: what ids of things look like here.
    """
    rows: list[Any] = [{"role": "user", "content": items}] if isinstance(items, str) else list(items)
    asked = _lines(rows, "user")
    answers = [(index, text) for index, text in _lines(rows, "assistant") if text]
    last_answer = answers[-1][0] if answers else -1
    start = next((index for index, _ in asked if index > last_answer), len(rows))

    customer = _Customer.named_in(instructions)
    calls = _calls(rows)
    return Talk(
        name=customer.name,
        verified=customer.verified,
        plan=customer.plan,
        spoken=spoken[1] if (spoken := _SPOKEN.search(instructions)) else "",
        latest="\n".join(_since(start, asked)),
        earlier=tuple(_before(start, asked)),
        answers=tuple(text for _, text in answers),
        before=tuple(_before(start, calls)),
        now=tuple(_since(start, calls)),
        things=_things(rows, calls, shapes),
        replies=tuple(Reply(_answer_before(index, answers), line) for index, line in asked),
    )


@dataclass(frozen=True)
class _Customer:
    """Who a model's instructions say it speaks with."""

    name: str = ""
    verified: bool = False
    plan: str = ""

    @classmethod
    def named_in(cls, instructions: str) -> Self:
        found = _CUSTOMER.search(instructions)
        if found is None:
            return cls()
        name = "" if found["name"] == _UNNAMED else found["name"]
        if found["not"]:
            return cls(name)
        plan = _PLAN.search(instructions, found.end())
        return cls(name, verified=True, plan=plan[1] if plan else "")


def _lines(rows: Sequence[Any], role: str) -> list[tuple[int, str]]:
    """What one side said, each line with its place."""
    return [(index, _text(row)) for index, row in enumerate(rows) if row.get("role") == role and _speaks(row)]


def _answer_before(start: int, answers: Sequence[tuple[int, str]]) -> str:
    return next((text for index, text in reversed(answers) if index < start), "")


def _before(start: int, placed: Iterable[tuple[int, _Placed]]) -> Iterator[_Placed]:
    return (each for index, each in placed if index < start)


def _since(start: int, placed: Iterable[tuple[int, _Placed]]) -> Iterator[_Placed]:
    return (each for index, each in placed if index >= start)


def _speaks(row: Any) -> bool:
    """Whether it is a line; a summary of what was said before is nobody's."""
    return not _text(row).startswith(_EARLIER)


def _calls(rows: Sequence[Any]) -> list[tuple[int, RuleCall]]:
    outputs = {row["call_id"]: row.get("output") for row in rows if row.get("type") == "function_call_output"}
    return [
        (index, RuleCall(row["name"], _json(row.get("arguments") or "{}") or {}, _json(outputs[row["call_id"]])))
        for index, row in enumerate(rows)
        if row.get("type") == "function_call" and row.get("call_id") in outputs
    ]


def _things(rows: Sequence[Any], calls: Sequence[tuple[int, RuleCall]], shapes: Shapes) -> tuple[str, ...]:
    """Ids the customer named or a tool was asked about and knows; a list the bot gave is no subject yet."""
    found: list[tuple[int, str]] = []
    for index, row in enumerate(rows):
        if row.get("role") == "user":
            found += [(index, thing) for thing in shapes.find(_text(row))]
    for index, call in calls:
        if not call.missed and not call.refused:
            found += [(index, str(value)) for value in call.arguments.values() if shapes.is_thing(value)]
    return tuple(thing for _, thing in sorted(found, key=lambda entry: entry[0]))


def _text(row: Any) -> str:
    content = row.get("content")
    if isinstance(content, str):
        text = content
    else:
        text = "".join(str(part.get("text", "")) for part in content or () if isinstance(part, Mapping))
    return _HUMAN_AGENT.sub("", text).strip()


def _json(value: Any) -> Any:
    """What a tool said, as JSON where it is; around a stranger's words stands a fence."""
    if not isinstance(value, str):
        return value
    fenced = _FENCED.search(value)
    text = fenced[1] if fenced else value
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()
