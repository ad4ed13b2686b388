"""Recognises tool calls that a model wrote as text, in the forms of the known chat templates.

Each form that is read here was posted to somebody's customers:
https://github.com/vllm-project/vllm/issues/21571 https://github.com/vllm-project/vllm/issues/25560
https://github.com/jundot/omlx/issues/2565 https://github.com/CatchTheTornado/open-agents-builder/issues/113
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.models.door.offered_tools import Call, Offered

MARK = re.compile(
    r"<\s*(?:\w+:)?(?:tool_?calls?|function_?calls?|tool_use|tool_code|tool_request|invoke|call_tool|use_tool)\b[^>]*>"
    r"|<function[=\s][^>]*>|\[TOOL_(?:CALLS?|REQUEST)\]|<start_function_call>"
    r"|<[|｜](?:python_tag|plugin|action_start|START_ACTION|tool_?calls?|tool[_▁]calls?(?:_section)?[_▁]begin)[|｜]?>",
    re.IGNORECASE,
)
"""Where a written call begins, whatever stands before it."""

_NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "recipient_name", "action", "tool_call", "call")
_ARGUMENT_KEYS = (
    "arguments",
    "parameters",
    "args",
    "params",
    "kwargs",
    "input",
    "tool_input",
    "action_input",
    "tool_args",
)
_OTHER_KEYS = {"id", "type", "call_id", "thought", "reason_for_call"}

_FUNCTION = re.compile(r"<function(?:=|\s+name=\"?)([^>\"\s]+)\"?\s*>(.*?)(?=</function>|<function|\Z)", re.DOTALL)
_INVOKE = re.compile(r"<(?:\w+:)?invoke\s+name=[\"']?([^\"'>]+)[\"']?\s*>(.*?)(?=</(?:\w+:)?invoke>|\Z)", re.DOTALL)
_PARAMETER = re.compile(
    r"<(?:\w+:)?parameter(?:=|\s+name=[\"']?)([^>\"'\s]+)[\"']?[^>]*>(.*?)</(?:\w+:)?parameter>", re.DOTALL
)
_KEYED = re.compile(r"<arg_key>(.*?)</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL)
_TAGGED = re.compile(r"<tool_call>\s*([\w.-]+)\s*(?=<arg_key>|</tool_call>)(.*?)(?=</tool_call>|\Z)", re.DOTALL)
_TOKEN = re.compile(r"<[|｜][^>]*?[|｜]>|</?(?:\w+:)?\w+[^>]*>|```\w*")
_FENCE = re.compile(r"```[\w-]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_REACT = re.compile(
    r"Action\s*:\s*(?P<name>[\w.-]+)\s*\n+\s*Action Input\s*:\s*(?P<given>.*)", re.DOTALL | re.IGNORECASE
)
_ALONE = re.compile(r"[\W_]*?([\w.-]+?)(?:\(\s*\)|\.)?[`*!\s]*")
_WRITTEN_INLINE = re.compile(r"\s*\(\s*(?:\w+\s*=|[\"'{])")
_NAME_BEFORE_JSON = re.compile(r"[\W_]{0,4}([\w.-]+)[\s:`(]*(?=\{)")
_MOVES = ("transfer_to_", "escalate_to_")
_LINE_OF_JSON = re.compile(r"(?m)^\s*[\[{]")


@dataclass(frozen=True)
class Written:
    """What a text holds.

    Args:
        before: what was said before the first call.
        calls: those that can be made.
        found: whether there was a call at all, or nothing but data: such a text is no answer.
    """

    before: str
    calls: tuple[Call, ...] = ()
    found: bool = False


def written_calls(text: str, offered: Offered) -> Written:
    """Return the calls in a whole text."""
    if mark := MARK.search(text):
        return Written(text[: mark.start()].strip(), _unique(_marked(text[mark.start() :], offered)), found=True)
    said = text.strip()
    for start in _starts(said, offered):
        before, rest = said[:start].strip(), said[start:].strip()
        if (calls := _unmarked(rest, offered, alone=not before)) is not None:
            return Written(before, _unique(calls), found=True)
    return Written(text, (), found=_is_data(said) or _names_call(said, offered))


def _starts(said: str, offered: Offered) -> Iterator[int]:
    """Where a call without a mark of its own may begin: at the text's head, at a fence, or at a line of its own."""
    yield 0
    yield from (match.start() for match in re.finditer(r"```", said) if match.start())
    yield from (match.start() for match in _LINE_OF_JSON.finditer(said) if match.start())
    yield from (match.start() for match in re.finditer(r"(?mi)^\s*Action\s*:", said) if match.start())
    if offered.names:
        pattern = re.compile(rf"(?m)^\W{{0,12}}{offered.names.pattern}\s*(?:[(:{{]|$)")
        yield from (match.start() for match in pattern.finditer(said) if match.start())


def _marked(area: str, offered: Offered) -> Iterator[Call]:
    shapes = [*_shaped(area)]
    if not shapes:
        shapes = [*_plain(_TOKEN.sub("\n", area).replace("[TOOL_CALLS]", "\n").replace("[ARGS]", " "), offered)]
    yield from (call for name, given in shapes if (call := offered.fitting(name, given)))


def _shaped(area: str) -> Iterator[tuple[str, object]]:
    """Calls whose arguments are tags."""
    for match in [*_FUNCTION.finditer(area), *_INVOKE.finditer(area)]:
        pairs = {name: value.strip() for name, value in _PARAMETER.findall(match[2])}
        yield match[1], pairs or _json(match[2]) or {}
    for match in _TAGGED.finditer(area):
        yield match[1], {name.strip(): value.strip() for name, value in _KEYED.findall(match[2])}


def _plain(said: str, offered: Offered) -> Iterator[tuple[str, object]]:
    """Calls as JSON, as `name {…}`, or as Python."""
    values = [*_json_values(said)]
    for start, value in values:
        if shapes := [*_interpreted(value, offered)]:
            yield from shapes
        elif isinstance(value, Mapping) and (name := _named_before(said[:start], offered)):
            yield name, value
    if not values:
        yield from _pythonic(said, offered)


def _unmarked(said: str, offered: Offered, *, alone: bool) -> Sequence[Call] | None:
    """Return the calls that a text begins with; None where it is something else.

    Args:
        alone: whether it is the whole text; behind a sentence a call of nobody's tool is an example of something.
    """
    fence = _FENCE.match(said)
    for shape in [*([fence[1].strip()] if fence else []), said]:
        shapes = [each for each in _shapes(shape, offered) if alone or offered.named(each[0])]
        if shapes:
            return [call for name, given in shapes if (call := offered.fitting(name, given))]
    return None


_Shapes = Sequence[tuple[str, object]]
"""Names with arguments, as they were written."""


def _shapes(said: str, offered: Offered) -> _Shapes:
    """Read by the first form that fits."""
    for form in (_as_action, _as_bare_name, _as_json, _as_name_and_json):
        if (shapes := form(said, offered)) is not None:
            return shapes
    return [*_pythonic(said, offered)] or [*_pythonic(said.partition("\n")[0], offered)]


def _as_action(said: str, _: Offered) -> _Shapes | None:
    match = _REACT.match(said)
    return [(match["name"], _json(match["given"]) or {})] if match else None


def _as_bare_name(said: str, offered: Offered) -> _Shapes | None:
    match = _ALONE.fullmatch(said)
    return [(match[1], {})] if match and offered.named(match[1]) else None


def _as_json(said: str, offered: Offered) -> _Shapes | None:
    """JSON, with other words behind it or without; with them it has to name a tool that there is."""
    found = _json_at(said, 0) if said[:1] in {"{", "["} else None
    if found is None:
        return None
    is_all = _json(said) is not None
    return [(name, given) for name, given in _interpreted(found[0], offered) if is_all or offered.named(name)]


def _as_name_and_json(said: str, offered: Offered) -> _Shapes | None:
    match = _NAME_BEFORE_JSON.match(said)
    if match is None or not offered.named(match[1]):
        return None
    found = _json_at(said, match.end())
    return [(match[1], found[0])] if found else None


def _json_at(said: str, place: int) -> tuple[Any] | None:
    """Return the first JSON value where it begins just here; in a tuple, for it may be None itself."""
    first = next(_json_values(said), None)
    return (first[1],) if first and first[0] == place else None


def _interpreted(value: Any, offered: Offered) -> Iterator[tuple[str, object]]:
    """Calls that a JSON value stands for."""
    match value:
        case list():
            for part in value:
                yield from _interpreted(part, offered)
        case {"tool_calls": list() as calls}:
            yield from _interpreted(calls, offered)
        case Mapping():
            yield from _from_object(value, offered)


def _from_object(value: Mapping[str, Any], offered: Offered) -> Iterator[tuple[str, object]]:
    """A call as `{"name": …, "arguments": …}`, by whatever keys, or as `{name: arguments}`."""
    key = next((key for key in _NAME_KEYS if isinstance(value.get(key), str | Mapping)), None)
    if key is None:
        yield from _only_entry(value, offered)
        return
    name = value[key]
    if isinstance(name, Mapping):
        yield from _interpreted(name, offered)
    elif (given := _arguments_in(value)) is not None:
        yield name, given
    elif offered.named(name):
        yield name, {other: each for other, each in value.items() if other not in {key, *_OTHER_KEYS}}


def _arguments_in(value: Mapping[str, Any]) -> object | None:
    """Return what stands under a key for arguments; None where there is no such key."""
    key = next((key for key in _ARGUMENT_KEYS if key in value), None)
    if key is None:
        return None
    given = value[key]
    return (_json(given) if isinstance(given, str) else given) or {}


def _only_entry(value: Mapping[str, Any], offered: Offered) -> Iterator[tuple[str, object]]:
    entries = list(value.items())
    if len(entries) == 1 and offered.named(str(entries[0][0])):
        yield entries[0]


def _pythonic(said: str, offered: Offered) -> Iterator[tuple[str, object]]:
    """`[look(a="b")]`, `look(a="b")`, `print(default_api.look(a="b"))`."""
    try:
        tree: ast.expr = ast.parse(said.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    nodes = tree.elts if isinstance(tree, ast.List | ast.Tuple) else [tree]
    for node in nodes:
        if not isinstance(node, ast.Call):
            return
        name = ast.unparse(node.func)
        if name == "print" and node.args and isinstance(node.args[0], ast.Call):
            node = node.args[0]  # noqa: PLW2901
            name = ast.unparse(node.func)
        if offered.named(name):
            yield name, _python_arguments(node, name, offered)


def _python_arguments(node: ast.Call, name: str, offered: Offered) -> object:
    try:
        given = [ast.literal_eval(each) for each in node.args]
        named = {each.arg or "": ast.literal_eval(each.value) for each in node.keywords}
    except (ValueError, TypeError, SyntaxError):
        return None
    if len(given) == 1 and isinstance(given[0], dict) and not named:
        return given[0]
    return {**offered.in_order(name, given), **named}


def _named_before(said: str, offered: Offered) -> str:
    words = re.findall(r"[\w.-]+", said.rpartition("}")[2])
    return next((word for word in reversed(words) if offered.named(word.split(":")[0])), "")


def _json(said: str) -> Any:
    try:
        return json.loads(_FENCE.sub(r"\1", said).strip())
    except ValueError:
        return None


def _json_values(said: str) -> Iterator[tuple[int, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while match := re.compile(r"[\[{]").search(said, at):
        try:
            value, at = decoder.raw_decode(said, match.start())
        except ValueError:
            at = match.start() + 1
        else:
            yield match.start(), value


def _is_data(said: str) -> bool:
    """Whether a text is nothing but JSON: no customer is answered so."""
    fence = _FENCE.match(said)
    said = fence[1].strip() if fence and not said[fence.end() :].strip() else said
    return said[:1] in {"{", "["} and isinstance(_json(said), dict | list)


def _names_call(said: str, offered: Offered) -> bool:
    """Whether a sentence holds a call, or speaks of a transfer that was not made."""
    if not offered.names:
        return False
    return any(
        _WRITTEN_INLINE.match(said, match.end()) or match[0].startswith(_MOVES)
        for match in offered.names.finditer(said)
    )


def _unique(calls: "Iterator[Call] | Sequence[Call]") -> tuple[Call, ...]:
    return tuple(dict.fromkeys(calls))
